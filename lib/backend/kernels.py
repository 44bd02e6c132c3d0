"""Kernels of our own for CuPy: one launch where the same in array functions takes many.

A card waits for Python before each kernel, often longer than the kernel takes. So three things
that every training step does over and over are written in CUDA C. They answer to their twins in
:mod:`lib.convolution.windows` and :mod:`lib.optimizers` and give the same numbers.
"""

from functools import cache

from lib.backend.arrays import empty, is_cupy

WINDOWS = (
    "int32 images, int32 h, int32 w, int32 kh, int32 kw, int32 sh, int32 sw, int32 ph, int32 pw, "
    "int32 dh, int32 dw, int32 out_h, int32 out_w"
)
# By name: what a kernel reads, what it writes, and what it does for each i of the numbers written.
KERNELS = {
    # i counts (C, N, OH, OW), so that neighbors read and write beside one another.
    "gather_windows": (
        f"raw T x, {WINDOWS}",
        "raw T col",
        """
        const ptrdiff_t windows = ptrdiff_t(images) * out_h * out_w;
        const ptrdiff_t channel = i / windows, window = i % windows;
        const ptrdiff_t image = window / (out_h * out_w);
        const int p = window / out_w % out_h, q = window % out_w;
        for (int u = 0; u < kh; ++u)
            for (int v = 0; v < kw; ++v) {
                const ptrdiff_t row = p * sh - ph + u * dh, column = q * sw - pw + v * dw;
                const bool inside = row >= 0 && row < h && column >= 0 && column < w;
                const ptrdiff_t pixel[] = {image, channel, row, column};
                col[((channel * kh + u) * kw + v) * windows + window] = inside ? x[pixel] : T(0);
            }
        """,
    ),
    # i counts (C, N, H, W): each pixel looks for the windows it lies in, so none adds to another's.
    "scatter_windows": (
        f"raw T col, {WINDOWS}",
        "T dx",
        """
        const ptrdiff_t pixels = ptrdiff_t(h) * w, of_channel = pixels * images;
        const ptrdiff_t channel = i / of_channel, image = i / pixels % images;
        const int row = i / w % h + ph, column = i % w + pw;
        T sum = 0;
        for (int u = 0; u < kh; ++u)
            for (int v = 0; v < kw; ++v) {
                const int y = row - u * dh, z = column - v * dw;
                if (y < 0 || y % sh || y / sh >= out_h || z < 0 || z % sw || z / sw >= out_w)
                    continue;
                const ptrdiff_t line = ((channel * kh + u) * kw + v) * images + image;
                sum += col[(line * out_h + y / sh) * out_w + z / sw];
            }
        dx = sum;
        """,
    ),
    "adam": (
        "T grad, T beta1, T rest1, T beta2, T rest2, T step, T correction, T eps",
        "T data, T mean, T square",
        """
        mean = mean * beta1 + rest1 * grad;
        square = square * beta2 + rest2 * (grad * grad);
        data -= step * mean / (sqrt(square) * correction + eps);
        """,
    ),
}


def has_kernels(x):
    """Tell whether the kernels take `x`: CuPy's, of float32 or float64."""
    return is_cupy(x) and x.dtype.name in ("float32", "float64")


@cache
def _kernel(name):
    import cupy

    return cupy.ElementwiseKernel(*KERNELS[name], name)


def gather_windows(x, kernel_size, stride, padding, dilation, out_shape):
    """Copy every window: what :func:`lib.convolution.im2col` does, in one launch.

    Shape
    -----
    ``(N, C, H, W)`` → ``(C, KH, KW, N, OH, OW)``
    """
    n, c, h, w = x.shape
    col = empty((c, *kernel_size, n, *out_shape), like=x)
    settings = n, h, w, *kernel_size, *stride, *padding, *dilation, *out_shape
    _kernel("gather_windows")(x, *settings, col, size=c * n * out_shape[0] * out_shape[1])
    return col


def scatter_windows(col, image_size, stride, padding, dilation):
    """Add every window to its pixels: what :func:`lib.convolution.col2im` does, in one launch.

    Shape
    -----
    ``(C, KH, KW, N, OH, OW)``, contiguous → ``(N, C, H, W)``
    """
    c, kh, kw, n, *out_shape = col.shape
    dx = empty((c, n, *image_size), like=col)
    settings = n, *image_size, kh, kw, *stride, *padding, *dilation, *out_shape
    _kernel("scatter_windows")(col, *settings, dx)
    return dx.transpose(1, 0, 2, 3)


def adam(data, grad, mean, square, *, betas, step, correction, eps):
    """Take a step of :class:`~lib.optimizers.Adam` in one launch, in place."""
    beta1, beta2 = betas
    shares = beta1, 1 - beta1, beta2, 1 - beta2
    _kernel("adam")(grad, *shares, step, correction, eps, data, mean, square)
