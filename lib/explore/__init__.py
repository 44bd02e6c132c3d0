"""Figures with sliders, the same in JupyterLab and in the built book.

:func:`explore` shows a figure with sliders, :func:`show` one without. In JupyterLab a slider asks
the live kernel for the next figure. The built book has no kernel: there the same call draws every
figure while the book is built (``BOOK_STATIC=1``) and stores them in the page.
"""

from lib.explore.interactive import Explore, explore
from lib.explore.sliders import Slider
from lib.explore.state import State
from lib.explore.still import Still, show

__all__ = ["Explore", "Slider", "State", "Still", "explore", "show"]
