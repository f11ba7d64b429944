"""The whole way: what is saved with the memory's backend, as a tool call does, and found again with it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.memory_data import Question, UserSet, user_sets
from bench.server import Row

from deskhand.principal import Principal
from deskhand.retrieval.find import find_embedder
from deskhand.settings import Settings
from deskhand.store.database import Database
from deskhand.store.memories import Kind
from deskhand.testing import services
from deskhand.toolsets.memory.backend import MemoryBackend
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request
from deskhand.toolsets.memory.results import KINDS, Found
from deskhand.toolsets.memory.toolset import Memory, MemorySettings

_KINDS: dict[str, Kind] = {kind: kind for kind in KINDS}
_BEST = Request(limit=10, max_tokens=20_000)
_WITHIN = Request(limit=50, max_tokens=1_000)


class Measured:
    """Sums over all questions."""

    def __init__(self) -> None:
        self.questions = 0
        self.at_5 = self.at_10 = self.within = 0.0
        self.statuses: Counter[str] = Counter()

    def add(self, question: Question, best: list[set[str]], within: list[set[str]]) -> None:
        """One question, with the evidence ids of each hit in order."""
        self.questions += 1
        self.at_5 += _share(question, best[:5])
        self.at_10 += _share(question, best)
        self.within += _share(question, within)


def rows() -> Iterator[Row]:
    """What save_memory and search_memory make of the evaluation set."""
    measured = asyncio.run(_measure())
    figures = [f"{100 * part / measured.questions:.1f}" for part in (measured.at_5, measured.at_10, measured.within)]
    yield Row(
        "save_memory, then search_memory: R@5 / R@10 / in 1,000 tokens",
        " / ".join(figures),
        f"{measured.questions} questions",
    )
    told = measured.statuses
    others = ", ".join(f"{status} {number}" for status, number in told.items() if status != "saved")
    yield Row("entries that are all different, and are kept as such", f"{told['saved']:,}", f"not: {others or 'none'}")


async def _measure() -> Measured:
    measured = Measured()
    with TemporaryDirectory() as folder, Database.in_folder(Path(folder)) as database:
        lent = replace(services(Path(folder), database=database), embedding=find_embedder(Settings()))
        backend = Memory(MemorySettings(), lent).backend
        for one in user_sets():
            await _one_person(backend, one, measured)
    return measured


async def _one_person(backend: MemoryBackend, one: UserSet, measured: Measured) -> None:
    caller = Principal(one.name)
    kept: dict[str, set[str]] = {}
    for entry in one.entries:
        kind = _KINDS.get(entry.kind, "episode")
        draft = Draft(entry.text, kind, entry.speaker or None, entry.at.isoformat())
        saved = await backend.save(caller, draft)
        measured.statuses[saved.status] += 1
        kept.setdefault(saved.id, set()).add(entry.id)
    for question in one.questions:
        best = await backend.search(caller, question.text, _BEST)
        within = await backend.search(caller, question.text, _WITHIN)
        measured.add(question, _entries(best, kept), _entries(within, kept))


def _entries(found: Found, kept: dict[str, set[str]]) -> list[set[str]]:
    return [kept.get(hit.id, set()) for hit in found.hits]


def _share(question: Question, hits: list[set[str]]) -> float:
    found = {entry for hit in hits for entry in hit}
    return len(question.evidence & found) / len(question.evidence)
