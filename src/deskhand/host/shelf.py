"""Which tools the model is offered when all of them would take too much of its context window."""

import json
from collections.abc import Sequence

from deskhand.context.tokens import estimate
from deskhand.models.model import ToolSpec
from deskhand.retrieval.analysis import index_terms, query_terms
from deskhand.retrieval.corpus import Corpus
from deskhand.retrieval.entry import Entry
from deskhand.retrieval.keyword import keyword_shares

FOUND = 5
"""Most tools that one search takes from the shelf."""


class Shelf:
    """Holds all tools. What fits `room` tokens is offered: what was found or called, then what the person speaks of.

    While all fit, all are offered, and nothing is looked for.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._tools: dict[str, ToolSpec] = {}
        self._costs: dict[str, int] = {}
        self._corpus = Corpus.of(())
        self._taken: dict[str, None] = {}
        self._wish = ""

    def put(self, tools: Sequence[ToolSpec]) -> None:
        """These are all the tools there are now."""
        self._tools = {tool.name: tool for tool in tools}
        self._costs = {tool.name: _cost(tool) for tool in tools}
        self._corpus = Corpus.of([Entry(tool.name, index_terms(_words(tool))) for tool in tools])

    @property
    def fits(self) -> bool:
        """Whether all tools can be offered."""
        return sum(self._costs.values()) <= self._room

    @property
    def names(self) -> list[str]:
        """All tools there are."""
        return list(self._tools)

    def wish(self, text: str) -> None:
        """What the person asks for now."""
        self._wish = text

    def take(self, name: str) -> None:
        """A tool was found or called: offer it from now on, for as long as there is room for it."""
        if name in self._tools:
            self._taken.pop(name, None)
            self._taken[name] = None

    def find(self, query: str) -> list[ToolSpec]:
        """The tools that do what the query says, best first; they are taken."""
        found = [self._tools[name] for name in self._ranked(query)[:FOUND]]
        for tool in reversed(found):
            self.take(tool.name)
        return found

    def offered(self) -> list[ToolSpec]:
        """What the model sees, in the order of the shelf, so that it changes as little as can be."""
        if self.fits:
            return list(self._tools.values())
        chosen: set[str] = set()
        left = self._room
        for name in dict.fromkeys([*reversed(self._taken), *self._ranked(self._wish), *self._tools]):
            cost = self._costs.get(name, left + 1)
            if cost <= left:
                chosen.add(name)
                left -= cost
        return [tool for name, tool in self._tools.items() if name in chosen]

    def _ranked(self, text: str) -> list[str]:
        if not self._tools or not text.strip():
            return []
        shares = keyword_shares(self._corpus, query_terms(text))
        rated = [(float(shares[row]), self._corpus.key(row)) for row in self._corpus.living.tolist()]
        return [name for share, name in sorted(rated, key=lambda each: -each[0]) if share > 0]


def _cost(tool: ToolSpec) -> int:
    return estimate(json.dumps([tool.name, tool.description, tool.parameters], ensure_ascii=False))


def _words(tool: ToolSpec) -> str:
    return f"{tool.name.replace('_', ' ')}. {tool.description}"
