"""Fixtures that more than one folder of tests uses."""

import numpy as np
import pytest
from hypothesis import settings

from lib.datasets import load_cifar10
from lib.datasets.cifar10 import find_cifar10
from tests.kinds import KINDS
from tests.requirements_present import skip_or_fail

# The same examples every time: a failure on one machine is a failure on all.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, max_examples=30, database=None
)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def cifar10():
    """CIFAR-10, if it is here; reading it takes ten seconds."""
    return load_cifar10() if find_cifar10() else None


@pytest.fixture(scope="session")
def torch():
    """PyTorch, for the tests that compare with it (mark them ``parity``)."""
    try:
        import torch
    except ImportError:
        skip_or_fail("PyTorch is not installed; `pip install torch==2.13.0` runs the parity tests")
    return torch


@pytest.fixture(scope="session")
def keras(torch, tmp_path_factory):
    """Keras, computing with PyTorch, for the tests that compare with it (mark them ``parity``).

    It would read its settings from the home directory, and write them there.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        try:
            import keras
        except ImportError:
            skip_or_fail(
                "Keras is not installed; `pip install keras==3.15.1` runs the parity tests"
            )
    return keras


@pytest.fixture(scope="session")
def onnxruntime():
    """What runs ONNX models, for the tests that compare with it (mark them ``parity``)."""
    try:
        import onnx  # noqa: F401 - it writes the models
        import onnxruntime
    except ImportError:
        skip_or_fail("onnxruntime is not installed; `pip install onnx onnxruntime` runs its tests")
    return onnxruntime


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium; see :mod:`tests.browser`."""
    from tests.browser import launch  # the library's tests do without Playwright

    with launch() as browser:
        if browser is None:
            skip_or_fail("there is no Chromium here, so nothing was tested in a browser")
        yield browser


@pytest.fixture(scope="session")
def sheet(chromium):
    """A page without a network, and its log, for one figure after the other."""
    from tests.browser import new_page
    from tests.figure_pages import COLUMN

    with new_page(chromium, viewport=COLUMN, offline=True) as page_and_log:
        yield page_and_log


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    """Make arrays of one kind: see :mod:`tests.kinds`."""
    return KINDS[request.param]


@pytest.fixture
def rng():
    """A random generator that starts anew in each test."""
    return np.random.default_rng(0)
