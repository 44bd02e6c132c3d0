"""Figures with controls, the same in JupyterLab and in the built book.

:func:`explore` shows a figure with controls, :func:`show` one without. In JupyterLab a control asks
the live kernel for the next figure. The built book has no kernel: there the same call draws every
figure while the book is built (``BOOK_STATIC=1``) and stores them in the page. What a figure
function marks with :func:`touchable` sets the controls when the reader touches it.
"""

from lib.explore.interactive import Explore, explore
from lib.explore.kinds import Buttons, Play, Stepper
from lib.explore.sliders import Slider
from lib.explore.state import State
from lib.explore.still import Still, show
from lib.explore.touch import touchable, touchable_along, touchable_area

__all__ = [
    "Buttons",
    "Explore",
    "Play",
    "Slider",
    "State",
    "Stepper",
    "Still",
    "explore",
    "show",
    "touchable",
    "touchable_along",
    "touchable_area",
]
