"""Look into a network: what each layer costs, sees and gives, and what a decision rests on."""

from lib.analysis.attribution import (
    deconvnet,
    grad_cam,
    gradient,
    gradient_times_input,
    guided_backprop,
)
from lib.analysis.captured import activations
from lib.analysis.covering import occlusion
from lib.analysis.gradient_check import directional_check, numeric_gradient, relative_error
from lib.analysis.maximization import activation_maximization
from lib.analysis.picture_codes import (
    PrincipalComponents,
    codes,
    nearest_neighbors,
    principal_components,
)
from lib.analysis.receptive_fields import ReceptiveField, receptive_field
from lib.analysis.summaries import Summary, summary
from lib.analysis.tracing import Call, trace, undisturbed

__all__ = [
    "Call",
    "PrincipalComponents",
    "ReceptiveField",
    "Summary",
    "activation_maximization",
    "activations",
    "codes",
    "deconvnet",
    "directional_check",
    "grad_cam",
    "gradient",
    "gradient_times_input",
    "guided_backprop",
    "nearest_neighbors",
    "numeric_gradient",
    "occlusion",
    "principal_components",
    "receptive_field",
    "relative_error",
    "summary",
    "trace",
    "undisturbed",
]
