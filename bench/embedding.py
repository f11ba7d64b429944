"""What the local embedding model costs on one core: a question, many notes, the load; numpy beside onnxruntime.

    python -m bench.embedding

It is measured in a process of its own that may use one core: libraries of linear algebra take all there are otherwise.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from bench.server import Row

from deskhand.retrieval.bert import Bert, NumpyLayers
from deskhand.retrieval.minilm import HEADS, LAYERS, MiniLM, batches
from deskhand.retrieval.onnx_layers import OnnxLayers
from deskhand.retrieval.tensors import read_tensors
from deskhand.retrieval.weights import VOCABULARY, WEIGHTS, beside_python
from deskhand.retrieval.wordpiece import WordPiece

GOAL_MILLISECONDS = 30
QUESTION = "Where did I put the key of the bicycle shed last week?"
NOTES = [f"Note {number}: the plumber comes on Thursday to look at the kitchen sink." for number in range(64)]
TIMES = 30
ON_ONE_CORE = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_CHILD = "--measure"


def milliseconds(work: Callable[[], object], times: int = TIMES) -> float:
    """CPU of one run, all threads: the median of so many, after one that does not count."""
    work()
    spent: list[float] = []
    for _ in range(times):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return statistics.median(spent) * 1_000


def measure() -> dict[str, float]:
    """Every number, in this process."""
    folder = beside_python()
    words = WordPiece.from_json((folder / VOCABULARY.name).read_bytes())
    tensors = read_tensors(WEIGHTS.open(folder))

    def pieces(text: str) -> list[int]:
        return [words.start, *words.ids(text), words.end]

    found = {
        "check": milliseconds(lambda: WEIGHTS.open(folder), 3),
        "load": milliseconds(lambda: MiniLM(folder).load(), 3),
    }
    for engine in (NumpyLayers, OnnxLayers):
        model = Bert(tensors, engine(tensors, layers=LAYERS, heads=HEADS))
        together = batches([pieces(note) for note in NOTES])
        spent = milliseconds(lambda model=model, together=together: [model(batch) for batch in together], 5)
        found[f"{engine.engine} question"] = milliseconds(lambda model=model: model([pieces(QUESTION)]))
        found[f"{engine.engine} notes"] = len(NOTES) / spent * 1_000
    return found


def on_one_core() -> dict[str, float]:
    """The same in a process that may use one core."""
    command = [sys.executable, "-m", "bench.embedding", _CHILD]
    shown = subprocess.run(command, env={**os.environ, **ON_ONE_CORE}, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(shown.stdout)
    return found


def rows() -> list[Row]:
    """All of it."""
    found = on_one_core()
    question, faster = found["numpy question"], found["onnxruntime question"]
    notes, more = found["numpy notes"], found["onnxruntime notes"]
    return [
        Row("embedding of one question: numpy", f"{question:.1f} ms", f"one core; goal: {GOAL_MILLISECONDS} ms"),
        Row("embedding of one question: onnxruntime", f"{faster:.1f} ms", f"{faster / question:.2f} x that"),
        Row("embedding of many notes: numpy", f"{notes:.0f} /s", "one core"),
        Row("embedding of many notes: onnxruntime", f"{more:.0f} /s", f"{more / notes:.2f} x that"),
        Row("first use of the embedding model", f"{found['load']:.0f} ms", f"{found['check']:.0f} ms of it sha256"),
    ]


if __name__ == "__main__":
    if _CHILD in sys.argv:
        if hasattr(os, "sched_setaffinity"):  # not on macOS
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(json.dumps(measure()))
    else:
        for row in rows():
            print(f"{row.what:<44} {row.value:>14}   {row.goal}")
