"""Reading a `.safetensors` file: 8 bytes of length, a JSON header of that length, then the raw numbers.

The format is described at https://huggingface.co/docs/safetensors.
"""

import json
import math
import mmap
from collections.abc import Mapping
from typing import TypeAlias, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from deskhand.errors import Unavailable

Tensors: TypeAlias = Mapping[str, NDArray[np.float32]]

_LENGTH_BYTES = 8


class _Entry(TypedDict):
    dtype: str
    shape: list[int]
    data_offsets: list[int]


def read_tensors(content: mmap.mmap | bytes) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors of a file by name, as views of `content`. Other types are left out.

    Raises:
        Unavailable: the file is cut, or its header does not fit its content.
    """
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    start = _LENGTH_BYTES + length
    try:
        if start > len(content):
            raise ValueError(f"a header of {length} bytes does not fit into {len(content)}")
        header = cast("dict[str, _Entry]", json.loads(content[_LENGTH_BYTES:start]))
        entries = {name: entry for name, entry in header.items() if entry.get("dtype") == "F32"}
        return {name: _tensor(content, start, entry) for name, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"The weights are not a whole .safetensors file: {error}.") from error


def _tensor(content: mmap.mmap | bytes, start: int, entry: _Entry) -> NDArray[np.float32]:
    shape, (begin, end) = entry["shape"], entry["data_offsets"]
    if not 0 <= begin <= end <= len(content) - start or end - begin != 4 * math.prod(shape):
        raise ValueError(f"a tensor of shape {shape} cannot lie at {begin}:{end}")
    return np.frombuffer(content, "<f4", math.prod(shape), start + begin).reshape(shape)
