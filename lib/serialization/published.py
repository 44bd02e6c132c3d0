"""Load weights that others have published, under the names that PyTorch gives them.

PyTorch's own files (``.pth``) are pickles, and a pickle can run any code when it is loaded. The
same weights in a safetensors file, or in an ``.npz`` file, are plain arrays.
"""

from lib.serialization.files import existing_file
from lib.serialization.formats import readers
from lib.serialization.weights import check_fit, check_network, load_arrays

# How many batches a batch normalization has seen: PyTorch counts them, we do not.
COUNTER = "num_batches_tracked"


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
    read_what_it_says, read = readers(path)
    headers = {
        name: header
        for name, header in read_what_it_says(path).items()
        if name.rpartition(".")[2] != COUNTER and name.partition(".")[0] not in absent
    }
    check_fit(network, headers, path)
    return load_arrays(network, read(path, headers), path)
