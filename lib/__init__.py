"""Convolutional networks from scratch: the library behind the book.

Layers, losses, optimizers and training, written on NumPy alone. The same code runs on a GPU
through CuPy or PyTorch: see :mod:`lib.backend`.
"""
