"""Tensors of a safetensors file, mapped and not read: a question touches few rows of a matrix.

The form is that of https://github.com/huggingface/safetensors: eight bytes that tell the
length of a header, the header in JSON, and the tensors.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import safe_open

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "I8": np.dtype("i1")}
_LENGTH = 8  # bytes


def mapped_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of a file by name, read-only; the file must not be changed while they are in use.

    Types other than float32, float16 and int8 are read whole.

    :raises OSError: if it cannot be read.
    :raises safetensors.SafetensorError: if it is no safetensors file, or is cut.
    """
    with safe_open(path, "numpy") as file:  # which checks the header, and that the file is whole
        names = list(file.keys())
        data = np.memmap(path, np.uint8, "r")
        start = _LENGTH + int.from_bytes(data[:_LENGTH].tobytes(), "little")
        told = json.loads(data[_LENGTH:start].tobytes())
        found: dict[str, NDArray[Any]] = {}
        for name in names:
            kind, (first, last) = _TYPES.get(told[name]["dtype"]), told[name]["data_offsets"]
            if kind is None:
                found[name] = file.get_tensor(name)
            else:
                found[name] = data[start + first : start + last].view(kind).reshape(told[name]["shape"])
    return found
