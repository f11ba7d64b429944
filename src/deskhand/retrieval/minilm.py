"""all-MiniLM-L6-v2 on this machine: English sentences to 384 numbers, with numpy and no network."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

import anyio
import anyio.to_thread
import numpy as np

from deskhand.errors import Unavailable
from deskhand.retrieval.bert import Bert, Encode, NumpyLayers, unit
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.tensors import Tensors, read_tensors
from deskhand.retrieval.weights import VOCABULARY, WEIGHTS
from deskhand.retrieval.wordpiece import WordPiece

MODEL = "all-MiniLM-L6-v2"
DIMENSION = 384
LAYERS, HEADS = 6, 12
WINDOW = 256
"""Pieces the model was made to see at once, with the marks of start and end (`max_seq_length`)."""
WINDOWS = 32
"""Of a longer text at most so many windows are read: about 6,000 words."""
_CHARACTERS = 64_000
"""Of a text at most so many are looked at."""
_JUDGED = 2_000
"""Characters by which a text is judged to be known."""
_BATCH = 1_024
"""Pieces in one call of the model: a fraction of a second, after which others have their turn, or it is cancelled."""
_TEXTS = 64
_AT_ONCE = 3
"""Calls at the same time: one for what is saved and one for the background (`ReachableEmbedder`), one for questions."""

Pieces: TypeAlias = list[int]
T = TypeVar("T")


class MiniLM:
    """The model in a folder. It is loaded when it is first used, and its files are checked then.

    A text longer than the model sees at once is cut into windows of equal length, whose vectors are averaged.
    """

    model = MODEL
    is_local = True
    dimension = DIMENSION

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._words_lock, self._model_lock = threading.Lock(), threading.Lock()
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)
        self._tokenizer: WordPiece | None = None
        self._encoder: Bert | None = None
        self._problem: str | None = None

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts`; the work is done in a thread.

        Raises:
            Unavailable: the files are missing, cut or not the expected ones.
        """
        rows = [np.empty((0, DIMENSION), np.float32)]
        for start in range(0, len(texts), _TEXTS):
            cut = await self._aside(partial(self._cut, texts[start : start + _TEXTS]))
            rows.append(await self._of_windows(cut))
        return np.concatenate(rows)

    def covers(self, text: str) -> float:
        """How far the vocabulary knows `text`, see `WordPiece.covers`; 0 when the model cannot be loaded."""
        try:
            return self._words().covers(text[:_JUDGED])
        except Unavailable:
            return 0.0

    def load(self) -> str:
        """Load and check the files now; gives the library that runs the model.

        Raises:
            Unavailable: as `embed`.
        """
        self._words()
        return self._model().encode.engine

    async def aclose(self) -> None:
        """Forget the weights."""
        with self._model_lock:
            self._encoder = None

    async def _aside(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def _of_windows(self, cut: Sequence[Sequence[Pieces]]) -> Vectors:
        """The vectors of texts that are cut into windows."""
        flat = [window for windows in cut for window in windows]
        made = [await self._aside(partial(self._encode, batch)) for batch in batches(flat)]
        starts = np.cumsum([0, *(len(windows) for windows in cut[:-1])])
        return unit(np.add.reduceat(np.concatenate(made), starts, axis=0))

    def _cut(self, texts: Sequence[str]) -> list[list[Pieces]]:
        words = self._words()
        return [
            [[words.start, *window, words.end] for window in windows_of(words.ids(text[:_CHARACTERS]))]
            for text in texts
        ]

    def _encode(self, batch: Sequence[Pieces]) -> Vectors:
        return self._model()(batch)

    def _words(self) -> WordPiece:
        with self._words_lock:
            if self._tokenizer is None:
                self._tokenizer = self._loaded(self._read_words)
            return self._tokenizer

    def _model(self) -> Bert:
        with self._model_lock:
            if self._encoder is None:
                self._encoder = self._loaded(self._read_model)
            return self._encoder

    def _loaded(self, read: Callable[[], T]) -> T:
        """What `read` gives. A failure is kept: reading 90 MB again for every text would not make them right."""
        if self._problem is not None:
            raise Unavailable(self._problem)
        try:
            return read()
        except Unavailable as error:
            self._problem = error.message
            raise

    def _read_words(self) -> WordPiece:
        with VOCABULARY.open(self.folder) as content:
            return WordPiece.from_json(content[:])

    def _read_model(self) -> Bert:
        try:
            tensors = read_tensors(WEIGHTS.open(self.folder))
            return Bert(tensors, fastest(tensors))
        except KeyError as error:
            raise Unavailable(f"{self.folder / WEIGHTS.name} lacks the tensor {error}.") from error


def fastest(tensors: Tensors) -> Encode:
    """The encoder in onnxruntime where that is installed, which takes half the time for a question; else in numpy."""
    try:
        from deskhand.retrieval.onnx_layers import OnnxLayers

        return OnnxLayers(tensors, layers=LAYERS, heads=HEADS)
    except ImportError:
        return NumpyLayers(tensors, layers=LAYERS, heads=HEADS)


def batches(windows: Sequence[Pieces]) -> list[list[Pieces]]:
    """`windows` in their order, in groups of at most `_BATCH` pieces."""
    made: list[list[Pieces]] = []
    room = 0
    for window in windows:
        if len(window) > room:
            made.append([])
            room = _BATCH
        made[-1].append(window)
        room -= len(window)
    return made


def windows_of(pieces: Pieces) -> list[Pieces]:
    """`pieces` in as few parts as the model's window allows, of equal length so that each counts the same."""
    inside = WINDOW - 2
    pieces = pieces[: inside * WINDOWS]
    count = max(1, -(-len(pieces) // inside))
    length = max(1, -(-len(pieces) // count))
    return [pieces[start : start + length] for start in range(0, max(1, len(pieces)), length)]
