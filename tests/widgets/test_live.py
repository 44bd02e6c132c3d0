"""Figures of several kinds in one notebook of JupyterLab."""

from lib.widgets import Calculator, KernelLab, Microscope
from tests.widgets.conftest import NAMED


def test_each_kind_of_figure_has_a_style_sheet_of_its_own():
    views = [kind(**NAMED, label="A figure").live() for kind in (Calculator, KernelLab, Microscope)]
    assert len({view._anywidget_id for view in views}) == 3
