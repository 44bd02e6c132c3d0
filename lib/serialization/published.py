"""Load weights that others have published, under the names that PyTorch gives them.

PyTorch's own files (``.pth``) are pickles, and a pickle can run any code when it is loaded. The
same weights in a safetensors file, or in an ``.npz`` file, are plain arrays.
"""

import json

import numpy as np
from safetensors import SafetensorError, deserialize

from lib.serialization.files import existing_file
from lib.serialization.npz import MOST_BYTES, Header, read_arrays, read_headers
from lib.serialization.weights import check_fit, check_network, load_arrays

# The types of numbers in a safetensors file, in NumPy's words; it has none for BF16.
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
DTYPES |= {"I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?"}
# How many batches a batch normalization has seen: PyTorch counts them, we do not.
COUNTER = "num_batches_tracked"
MOST_HEADER = 100_000_000  # the format's own limit
DAMAGED = "truncated, damaged, or not safetensors"


def load_pretrained(network, path):
    """Set all parameters and buffers of a network from a file of published weights.

    The network keeps its dtypes and stays on its device. Nothing changes unless everything fits.
    Two kinds of surplus are passed over: PyTorch's counts of batches, ``num_batches_tracked``, and
    the parts in :attr:`~lib.networks.Network.optional_parts` that this network was built without.

    Parameters
    ----------
    network : Network
        Whose names are those of PyTorch: `VGG`, `AlexNet`, `GoogLeNet`, `ResNet`, `MobileNetV2`.
    path : path
        A safetensors or an ``.npz`` file, told apart by what is in it. Its numbers are float64,
        float32, float16 or bfloat16.

    Returns
    -------
    Network
        The same network.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError
        If `network` is no network.
    ValueError
        If it is another kind of file, is truncated or damaged, holds another kind of numbers, or
        does not fit the network: all names that are missing, unexpected or misshapen are listed.

    Notes
    -----
    A safetensors file has no checksum: an altered name, shape or size is noticed, an altered weight
    is not. Compare the file with the SHA-256 that its publisher states.

    Where PyTorch is installed, this turns its file into one that can be read here::

        from safetensors.torch import save_file
        save_file(torch.load("vgg16.pth", weights_only=True), "vgg16.safetensors")

    Those networks saw photographs with three channels in [0, 1], less the means (0.485, 0.456,
    0.406) and divided by (0.229, 0.224, 0.225); GoogLeNet's less 0.5, divided by 0.5. To use one
    for other classes, load the weights first and then replace its last layer.

    Examples
    --------
    >>> import tempfile
    >>> from safetensors.numpy import save_file
    >>> from lib.networks import AlexNet
    >>> published, network = AlexNet(width=1 / 32), AlexNet(width=1 / 32)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_file(published.state(), f"{folder}/alexnet.safetensors")
    ...     _ = load_pretrained(network, f"{folder}/alexnet.safetensors")
    >>> bool((network.features[0].weight.data == published.features[0].weight.data).all())
    True
    """
    check_network(network)
    path = existing_file(path)
    optional = getattr(network, "optional_parts", ())  # a Sequential may have the same names
    absent = [part for part in optional if part not in network.children()]
    read_what_it_says, read = _readers(path)
    headers = {
        name: header
        for name, header in read_what_it_says(path).items()
        if name.rpartition(".")[2] != COUNTER and name.partition(".")[0] not in absent
    }
    check_fit(network, headers, path)
    return load_arrays(network, read(path, headers), path)


def read_safetensors(path, names=None, *, most_bytes=MOST_BYTES):
    """Read the arrays of a safetensors file into a dictionary; bfloat16 becomes float32.

    Parameters
    ----------
    path : path
    names : collection of str, optional
        Those to return; all if not given.
    most_bytes : int, default 2 GiB
        How large the file may be.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no safetensors file, is truncated or damaged, is larger, or holds a type of numbers
        that NumPy lacks.

    Examples
    --------
    >>> import tempfile
    >>> from safetensors.numpy import save_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_file({"fc.bias": np.ones(2, np.float16)}, f"{folder}/x.safetensors")
    ...     read_safetensors(f"{folder}/x.safetensors")
    {'fc.bias': array([1., 1.], dtype=float16)}
    """
    path = existing_file(path)
    if (size := path.stat().st_size) > most_bytes:
        raise ValueError(f"{path}: has {size:,} bytes; {most_bytes:,} are allowed")
    content = path.read_bytes()
    try:
        entries = deserialize(content)
    except SafetensorError as error:
        raise ValueError(f"{path}: {DAMAGED}: {error}") from error
    del content  # as large as the arrays
    return {
        name: _decoded(f'{path}: "{name}"', **entry)
        for name, entry in entries
        if names is None or name in names
    }


def _read_safetensors_headers(path):
    """Read what a safetensors file says of its arrays, but not the arrays."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > min(MOST_HEADER, path.stat().st_size - 8):
            raise ValueError(f"{path}: {DAMAGED}: its header would have {size:,} bytes")
        text = file.read(size)
    try:
        entries = json.loads(text)
        entries.pop("__metadata__", None)
        return {
            name: Header(tuple(entry["shape"]), _numbers(f'{path}: "{name}"', entry["dtype"]))
            for name, entry in entries.items()
        }
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: {DAMAGED}: its header is no list of arrays") from error


def _numbers(place, dtype):
    """Return what kind of numbers an entry gives; `place` says in an error where it stands."""
    if dtype not in DTYPES:
        raise ValueError(f"{place} holds {dtype}, which NumPy lacks")
    return np.dtype("<f4" if dtype == "BF16" else DTYPES[dtype])


def _decoded(place, dtype, shape, data):
    """Return the array of one entry; `place` says in an error where it stands."""
    _numbers(place, dtype)
    array = np.frombuffer(data, DTYPES[dtype]).reshape(shape)
    if dtype == "BF16":  # the upper half of a float32
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array


def _readers(path):
    """Return what reads the headers, and what reads the arrays, of a file of either kind."""
    with open(path, "rb") as file:
        start = file.read(512)
    if start[8:9] == b"{":  # behind its length, the header of a safetensors file is JSON
        return _read_safetensors_headers, read_safetensors
    # A pickle as torch.save wrote it before version 1.6, and since.
    if start[:1] == b"\x80" or b"/data.pkl" in start:
        raise ValueError(
            f"{path}: a pickle, as PyTorch saves it, which is not read here; turn it into a "
            "safetensors file: the documentation of lib.serialization.load_pretrained "
            "shows how"
        )
    if start[:2] == b"PK":
        return read_headers, read_arrays
    raise ValueError(f"{path}: neither a safetensors nor an .npz file")
