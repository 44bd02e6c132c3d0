"""Look into a network: what each layer costs, sees and gives, and what a decision rests on."""

from lib.analysis.attribution import (
    deconvnet,
    grad_cam,
    gradient,
    gradient_times_input,
    guided_backprop,
)
from lib.analysis.calibration import (
    best_temperature,
    expected_calibration_error,
    reliability,
)
from lib.analysis.captured import activations
from lib.analysis.covering import occlusion
from lib.analysis.gradient_check import directional_check, numeric_gradient, relative_error
from lib.analysis.maximization import activation_maximization
from lib.analysis.receptive_fields import ReceptiveField, receptive_field
from lib.analysis.summaries import Summary, summary
from lib.analysis.tracing import Call, trace, undisturbed

__all__ = [
    "Call",
    "ReceptiveField",
    "Summary",
    "activation_maximization",
    "activations",
    "best_temperature",
    "deconvnet",
    "directional_check",
    "expected_calibration_error",
    "grad_cam",
    "gradient",
    "gradient_times_input",
    "guided_backprop",
    "numeric_gradient",
    "occlusion",
    "receptive_field",
    "relative_error",
    "reliability",
    "summary",
    "trace",
    "undisturbed",
]
