"""Convolution as arithmetic on arrays: sliding windows, a readable form and fast ones."""

from lib.convolution.sizes import output_shape, output_size, pair, window_pair
from lib.convolution.threads import set_thread_count, thread_count
from lib.convolution.windows import col2im, convolve, convolve_backward, im2col, pad2d, unpad2d

__all__ = [
    "col2im",
    "convolve",
    "convolve_backward",
    "im2col",
    "output_shape",
    "output_size",
    "pad2d",
    "pair",
    "set_thread_count",
    "thread_count",
    "unpad2d",
    "window_pair",
]
