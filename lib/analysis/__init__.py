"""Look into a network: what each layer costs, sees and gives, and what a decision rests on."""

from lib.analysis.adversarial import fgsm
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
from lib.analysis.effective_fields import effective_receptive_field
from lib.analysis.gradient_check import directional_check, numeric_gradient, relative_error
from lib.analysis.maximization import activation_maximization
from lib.analysis.patches import Patches, top_patches
from lib.analysis.picture_codes import (
    PrincipalComponents,
    codes,
    nearest_neighbors,
    principal_components,
)
from lib.analysis.profiling import Seconds, profile
from lib.analysis.randomizing import shuffled
from lib.analysis.receptive_fields import ReceptiveField, receptive_field
from lib.analysis.summaries import Summary, summary
from lib.analysis.through_depth import gradient_norms, gradient_turn
from lib.analysis.tracing import Call, trace, undisturbed

__all__ = [
    "Call",
    "Patches",
    "PrincipalComponents",
    "ReceptiveField",
    "Seconds",
    "Summary",
    "activation_maximization",
    "activations",
    "best_temperature",
    "codes",
    "deconvnet",
    "directional_check",
    "effective_receptive_field",
    "expected_calibration_error",
    "fgsm",
    "grad_cam",
    "gradient",
    "gradient_norms",
    "gradient_times_input",
    "gradient_turn",
    "guided_backprop",
    "nearest_neighbors",
    "numeric_gradient",
    "occlusion",
    "principal_components",
    "profile",
    "receptive_field",
    "relative_error",
    "reliability",
    "shuffled",
    "summary",
    "top_patches",
    "trace",
    "undisturbed",
]
