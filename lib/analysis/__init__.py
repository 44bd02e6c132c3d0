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
from lib.analysis.maximisation import activation_maximisation
from lib.analysis.receptive_fields import ReceptiveField, receptive_field
from lib.analysis.summaries import Summary, summary

__all__ = [
    "ReceptiveField",
    "Summary",
    "activation_maximisation",
    "activations",
    "deconvnet",
    "grad_cam",
    "gradient",
    "gradient_times_input",
    "guided_backprop",
    "occlusion",
    "receptive_field",
    "summary",
]
