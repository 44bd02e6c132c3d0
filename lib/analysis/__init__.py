"""Look into a network: what each layer costs, sees and gives."""

from lib.analysis.captured import activations
from lib.analysis.receptive_fields import ReceptiveField, receptive_field
from lib.analysis.summaries import Summary, summary

__all__ = ["ReceptiveField", "Summary", "activations", "receptive_field", "summary"]
