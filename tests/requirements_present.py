"""What a test does when the machine lacks something it needs."""

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the running test, loudly; with ``REQUIRE_ALL=1`` in the environment, fail it.

    A reader's machine may lack a browser or PyTorch. The machine that guards the project may not.
    """
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{reason} (REQUIRE_ALL=1 turns this skip into a failure)", pytrace=False)
    pytest.skip(reason)
