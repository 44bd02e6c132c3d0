"""Look into a network: what each layer costs and sees."""

from lib.analysis.receptive_fields import ReceptiveField, receptive_field
from lib.analysis.summaries import Summary, summary

__all__ = ["ReceptiveField", "Summary", "receptive_field", "summary"]
