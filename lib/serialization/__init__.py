"""Files: parameters in npz files, published weights, and records, written whole or not at all."""

from lib.serialization.files import check_writable, read_json, write_json
from lib.serialization.npz import as_npz_path, read_arrays, read_headers, write_arrays
from lib.serialization.published import load_pretrained
from lib.serialization.safetensors_files import read_safetensors
from lib.serialization.weights import check_fit, load, load_arrays, save

__all__ = [
    "as_npz_path",
    "check_fit",
    "check_writable",
    "load",
    "load_arrays",
    "load_pretrained",
    "read_arrays",
    "read_headers",
    "read_json",
    "read_safetensors",
    "save",
    "write_arrays",
    "write_json",
]
