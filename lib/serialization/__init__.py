"""Files: parameters in npz files, published weights, and records, written whole or not at all."""

from lib.serialization.npz import load, load_arrays, read_arrays, save, write_arrays, write_json
from lib.serialization.published import load_pretrained, read_safetensors

__all__ = [
    "load",
    "load_arrays",
    "load_pretrained",
    "read_arrays",
    "read_safetensors",
    "save",
    "write_arrays",
    "write_json",
]
