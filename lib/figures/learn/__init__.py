"""Figures of the chapter *Making it learn*."""

from lib.figures.learn.batch_norm import (
    describe_sent_back,
    draw_company,
    draw_sent_back,
    pass_back,
)
from lib.figures.learn.depth import (
    describe_chain,
    describe_depth,
    draw_chain,
    draw_depth,
    pass_through,
)
from lib.figures.learn.ravine import RAVINE_START, describe_ravine, draw_ravine, ravine_slope
from lib.figures.learn.schedules import SCHEDULES, describe_schedule, draw_schedule, rates_of
from lib.figures.learn.trainings import (
    describe_rates,
    describe_repairs,
    draw_range_test,
    draw_rates,
    draw_repairs,
    draw_starts,
    ends_by_rate,
)

__all__ = [
    "RAVINE_START",
    "SCHEDULES",
    "describe_chain",
    "describe_depth",
    "describe_rates",
    "describe_ravine",
    "describe_repairs",
    "describe_schedule",
    "describe_sent_back",
    "draw_chain",
    "draw_company",
    "draw_depth",
    "draw_range_test",
    "draw_rates",
    "draw_ravine",
    "draw_repairs",
    "draw_schedule",
    "draw_sent_back",
    "draw_starts",
    "ends_by_rate",
    "pass_back",
    "pass_through",
    "rates_of",
    "ravine_slope",
]
