"""Check a reader's answers to the exercises of a chapter.

``check("convolution-1", my_function)`` prints ✅, or ❌ and why. Each chapter has a module here
with one checker an exercise; see :func:`exercise` for how to write one.
"""

from lib.exercises.comparison import Rejected, expect, expect_equal
from lib.exercises.registry import Exercise, Verdict, all_exercises, check, exercise, verdict

__all__ = [
    "Exercise",
    "Rejected",
    "Verdict",
    "all_exercises",
    "check",
    "exercise",
    "expect",
    "expect_equal",
    "verdict",
]
