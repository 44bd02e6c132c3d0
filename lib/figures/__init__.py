"""Every plot that the chapters draw: functions that return a matplotlib figure.

:mod:`lib.figures.style` holds the colours and the helpers they share.
"""
