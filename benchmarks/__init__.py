"""Measured speed: ratios from one run, never bare seconds."""
