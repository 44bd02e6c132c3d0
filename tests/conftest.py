"""Fixtures that more than one folder of tests uses."""

import pytest

from tests.requirements_present import skip_or_fail


@pytest.fixture(scope="session")
def torch():
    """PyTorch, for the tests that compare with it (mark them ``parity``)."""
    try:
        import torch
    except ImportError:
        skip_or_fail("PyTorch is not installed; `pip install torch==2.13.0` runs the parity tests")
    return torch
