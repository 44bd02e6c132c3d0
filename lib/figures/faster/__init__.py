"""Figures of the chapter *Faster, and on more than one machine*."""

from lib.figures.faster.amdahl import (
    PARTS,
    describe_faster_part,
    describe_profile,
    draw_faster_part,
    draw_profile,
)
from lib.figures.faster.devices import (
    CARD,
    LAUNCHES,
    card_floors,
    describe_devices,
    describe_timeline,
    draw_devices,
    draw_timeline,
    step_bytes,
)
from lib.figures.faster.scaling import (
    WIRES,
    describe_speed_up,
    describe_steps,
    describe_time,
    draw_speed_up,
    draw_steps,
    draw_time,
    ring_seconds,
)
from lib.figures.faster.shards import (
    describe_apart,
    describe_ring,
    describe_shards,
    draw_apart,
    draw_ring,
    draw_shards,
)

__all__ = [
    "CARD",
    "LAUNCHES",
    "PARTS",
    "WIRES",
    "card_floors",
    "describe_apart",
    "describe_devices",
    "describe_faster_part",
    "describe_profile",
    "describe_ring",
    "describe_shards",
    "describe_speed_up",
    "describe_steps",
    "describe_time",
    "describe_timeline",
    "draw_apart",
    "draw_devices",
    "draw_faster_part",
    "draw_profile",
    "draw_ring",
    "draw_shards",
    "draw_speed_up",
    "draw_steps",
    "draw_time",
    "draw_timeline",
    "ring_seconds",
    "step_bytes",
]
