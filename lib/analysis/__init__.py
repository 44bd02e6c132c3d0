"""Look into a network: what each layer costs and sees."""

from lib.analysis.receptive_fields import ReceptiveField, receptive_field

__all__ = ["ReceptiveField", "receptive_field"]
