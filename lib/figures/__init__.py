"""Every plot that the chapters draw: functions that return a matplotlib figure.

:mod:`lib.figures.style` holds the colors and the helpers they share.
"""
