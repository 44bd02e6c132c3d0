"""A plugin for pytest: an example that fails is enough, and need not be the smallest."""

from hypothesis import Phase, settings


def pytest_configure(config):
    """Change the profile that `conftest.py` has loaded by now."""
    phases = Phase.explicit, Phase.generate
    settings.register_profile("no shrinking", settings.default, phases=phases)
    settings.load_profile("no shrinking")
