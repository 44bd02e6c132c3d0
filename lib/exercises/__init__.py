"""Ask a reader: exercises with checkers and solutions, predictions, and a quiz.

``check("convolution-1", my_function)`` prints ✅, or ❌ and why. Each chapter has a module here
with one checker an exercise; see :func:`exercise` for how to write one. The solutions lie in
``solutions/``, and what :func:`predict` and :func:`quiz` ask in ``questions/``.
"""

from lib.exercises.asking import Asked, predict, quiz
from lib.exercises.comparison import Rejected, expect, expect_equal
from lib.exercises.registry import Exercise, Verdict, all_exercises, check, exercise, verdict
from lib.exercises.solved import Solution, solution

__all__ = [
    "Asked",
    "Exercise",
    "Rejected",
    "Solution",
    "Verdict",
    "all_exercises",
    "check",
    "exercise",
    "expect",
    "expect_equal",
    "predict",
    "quiz",
    "solution",
    "verdict",
]
