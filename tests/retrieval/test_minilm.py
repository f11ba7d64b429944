"""The model gives the vectors of PyTorch and transformers: mean pooling, unit length."""

import base64
import json
import subprocess
import sys
from math import erf, sqrt
from pathlib import Path

import anyio
import anyio.lowlevel
import numpy as np
import pytest

from deskhand.errors import Unavailable
from deskhand.retrieval.bert import Bert, NumpyLayers, gelu
from deskhand.retrieval.embedder import Embedder, Vectors
from deskhand.retrieval.minilm import DIMENSION, HEADS, LAYERS, WINDOW, WINDOWS, MiniLM, batches, windows_of
from deskhand.retrieval.onnx_layers import OnnxLayers
from deskhand.retrieval.tensors import read_tensors
from deskhand.retrieval.weights import VOCABULARY, WEIGHTS, beside_python
from deskhand.retrieval.wordpiece import WordPiece

pytestmark = pytest.mark.anyio

GOLDEN = json.loads((Path(__file__).parent / "data" / "minilm_vectors.json").read_bytes())
TEXTS = [str(golden["text"]) for golden in GOLDEN]
REFERENCE = np.stack([np.frombuffer(base64.b64decode(golden["float32"]), "<f4") for golden in GOLDEN])


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM(beside_python())


def cosines(left: Vectors, right: Vectors) -> Vectors:
    return np.sum(left * right, axis=1)


async def test_the_vectors_are_those_of_the_reference(model: MiniLM) -> None:
    vectors = await model.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert cosines(vectors, REFERENCE).min() > 0.99999
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("engine", [NumpyLayers, OnnxLayers])
def test_each_engine_gives_the_vectors_of_the_reference(engine: type[NumpyLayers] | type[OnnxLayers]) -> None:
    tensors = read_tensors(WEIGHTS.open(beside_python()))
    words = WordPiece.from_json((beside_python() / VOCABULARY.name).read_bytes())
    model = Bert(tensors, engine(tensors, layers=LAYERS, heads=HEADS))
    vectors = model([[words.start, *words.ids(text), words.end] for text in TEXTS])
    assert cosines(vectors, REFERENCE).min() > 0.99999


@pytest.mark.parametrize(("missing", "engine"), [(None, "onnxruntime"), ("onnxruntime", "numpy"), ("onnx", "numpy")])
def test_onnxruntime_runs_the_model_where_it_is_installed(
    missing: str | None, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
        monkeypatch.delitem(sys.modules, "deskhand.retrieval.onnx_layers", raising=False)
    assert MiniLM(beside_python()).load() == engine


def test_onnxruntime_leaves_no_identity_behind(tmp_path: Path) -> None:
    code = "from deskhand.retrieval.weights import beside_python; from deskhand.retrieval.minilm import MiniLM\n"
    environment = {"HOME": str(tmp_path), "PATH": ""}
    command = [sys.executable, "-c", f"{code}print(MiniLM(beside_python()).load())"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "onnxruntime"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_vector_does_not_depend_on_its_company(model: MiniLM) -> None:
    together = await model.embed(TEXTS[:4] * 20)
    alone = await model.embed([TEXTS[3]])
    assert np.abs(together[79] - alone[0]).max() < 1e-5


async def test_the_same_is_said_in_other_words(model: MiniLM) -> None:
    query, right, wrong = await model.embed(
        ["What do I drive?", "I bought a small electric car last spring.", "The bakery opens at seven on Sundays."]
    )
    assert query @ right > query @ wrong + 0.1


async def test_no_text_gives_no_vector(model: MiniLM) -> None:
    assert (await model.embed([])).shape == (0, DIMENSION)


async def test_a_long_text_is_the_mean_of_its_windows(model: MiniLM) -> None:
    long = "The plumber comes on Thursday. " * 40 + "Biscuit is a dog. " * 80
    (whole,) = await model.embed([long])
    about_dogs, truncated = await model.embed(["Biscuit is a dog.", "The plumber comes on Thursday. " * 40])
    assert whole @ about_dogs > truncated @ about_dogs + 0.1
    assert abs(np.linalg.norm(whole) - 1) < 1e-5


async def test_a_giant_text_costs_no_more_than_its_windows(model: MiniLM) -> None:
    with anyio.fail_after(60):
        vectors = await model.embed(["word " * 400_000])
    assert vectors.shape == (1, DIMENSION)


@pytest.mark.parametrize("count", [0, 1, 253, 254, 255, 508, 509, 5_000])
def test_windows_hold_every_piece_once_and_are_about_equal(count: int) -> None:
    windows = windows_of(list(range(count)))
    assert [piece for window in windows for piece in window] == list(range(count))
    assert max(map(len, windows)) <= WINDOW - 2
    assert len(windows) == max(1, -(-count // (WINDOW - 2)))
    assert max(map(len, windows)) - min(map(len, windows)) <= len(windows)


def test_of_a_giant_text_the_first_windows_count() -> None:
    assert len(windows_of([1] * 1_000_000)) == WINDOWS


def test_batches_are_bounded_and_keep_the_order() -> None:
    windows = [[number] * (number % 256 + 1) for number in range(100)]
    made = batches(windows)
    assert [window for batch in made for window in batch] == windows
    assert max(sum(map(len, batch)) for batch in made) <= 1_024


def test_gelu_is_the_exact_one() -> None:
    x = np.linspace(-10, 10, 4_001, dtype=np.float32)
    exact = np.array([value * (1 + erf(value / sqrt(2))) / 2 for value in x.tolist()])
    assert np.abs(gelu(x) - exact).max() < 1e-6


async def test_it_covers_what_its_vocabulary_covers(model: MiniLM) -> None:
    assert model.covers("Where is the key of the shed?") > 0.9
    assert model.covers("Где ключ от сарая?") == 0


async def test_the_event_loop_is_free_meanwhile(model: MiniLM) -> None:
    turns = 0
    async with anyio.create_task_group() as group:

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await anyio.lowlevel.checkpoint()

        group.start_soon(count)
        await model.embed(TEXTS)
        group.cancel_scope.cancel()
    assert turns > 20


async def test_callers_at_the_same_time_get_what_each_asked_for() -> None:
    model: Embedder = MiniLM(beside_python())
    found: dict[int, Vectors] = {}

    async def ask(number: int) -> None:
        found[number] = await model.embed([TEXTS[number]])

    async with anyio.create_task_group() as group:
        for number in range(len(TEXTS)):
            group.start_soon(ask, number)
    assert cosines(np.concatenate([found[number] for number in range(len(TEXTS))]), REFERENCE).min() > 0.99999
    await model.aclose()


def folder_with(path: Path, weights: bytes | None) -> Path:
    (path / VOCABULARY.name).write_bytes((beside_python() / VOCABULARY.name).read_bytes())
    if weights is not None:
        (path / WEIGHTS.name).write_bytes(weights)
    return path


@pytest.mark.parametrize(
    ("weights", "said"),
    [(None, "cannot be read"), (b"", "cannot be read"), (b"x" * 1_000, "it was cut"), (bytes(WEIGHTS.size), "damaged")],
    ids=["missing", "empty", "cut", "other"],
)
async def test_wrong_weights_are_named_with_what_to_do(tmp_path: Path, weights: bytes | None, said: str) -> None:
    model = MiniLM(folder_with(tmp_path, weights))
    for _ in range(2):
        with pytest.raises(Unavailable, match=said) as caught:
            await model.embed(["hello"])
        assert "deskhand embeddings install" in caught.value.message


async def test_without_a_vocabulary_nothing_is_covered(tmp_path: Path) -> None:
    model = MiniLM(tmp_path)
    assert model.covers("hello") == 0
    with pytest.raises(Unavailable, match="tokenizer"):
        await model.embed(["hello"])
