"""How a way to compact dialogues scores: what of the questions' evidence is still there, and what of the rules."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.context_baselines import Method, Returned, text_of
from bench.context_data import Dialogue, Evidence, Question

from deskhand.context.tokens import TokenMeter

SHARES = (0.25, 0.10, 0.05)
EVIDENCE = ("talk", "tool result")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Found:
    """What of a question's evidence was there: `texts` by the text itself, `ids` by the id of its message."""

    dialogue: Dialogue
    question: Question
    share: float
    texts: tuple[bool, ...]
    ids: tuple[bool, ...]

    def among(self, kind: str, *, by_id: bool = False) -> list[bool]:
        """Which pieces of evidence of a kind ("": of any) are there."""
        found = self.ids if by_id else self.texts
        pieces = zip(self.question.evidence, found, strict=True)
        return [there for evidence, there in pieces if kind in ("", evidence_kind(self.dialogue, evidence))]


@dataclass(frozen=True, slots=True)
class Rules:
    """How many standing instructions of a dialogue are still there word for word."""

    dialogue: Dialogue
    share: float
    kept: int


Of: TypeAlias = Callable[[Dialogue], bool]


def _any(_dialogue: Dialogue) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Scores:
    """What one method got on every question of every dialogue, at each share of the tokens."""

    found: tuple[Found, ...]
    rules: tuple[Rules, ...]

    def recall(self, share: float, of: Of = _any, *, kind: str = "", by_id: bool = False) -> float:
        """Mean over the questions of the share of their evidence, in percent; NaN when there is none of that kind."""
        each = [one.among(kind, by_id=by_id) for one in self.found if one.share == share and of(one.dialogue)]
        shares = [sum(pieces) / len(pieces) for pieces in each if pieces]
        return 100 * sum(shares) / len(shares) if shares else float("nan")

    def instructions(self, share: float, of: Of = _any) -> float:
        """Standing instructions that are still there, in percent."""
        part = [one for one in self.rules if one.share == share and of(one.dialogue)]
        there = sum(len(one.dialogue.instructions) for one in part)
        return 100 * sum(one.kept for one in part) / there if there else float("nan")


def evidence_kind(dialogue: Dialogue, evidence: Evidence) -> str:
    """Of `EVIDENCE`."""
    return EVIDENCE[dialogue.messages[evidence.position].role == "tool"]


def evaluate(
    among: Iterable[Dialogue], method: Method, *, with_query: bool = True, shares: Sequence[float] = SHARES
) -> Scores:
    """Compact every dialogue to every share, and ask every question.

    Without `with_query` what is returned is the same for all questions of a dialogue.
    """
    found: list[Found] = []
    rules: list[Rules] = []
    for dialogue in among:
        for share in shares:
            budget = int(TokenMeter().total(dialogue.messages) * share)
            answer = method(dialogue, budget)
            general = _Reading(answer(""), budget)
            rules.append(Rules(dialogue, share, _kept_rules(dialogue, general)))
            for question in dialogue.questions:
                reading = _Reading(answer(question.text), budget) if with_query else general
                found.append(_found(dialogue, question, share, reading))
    return Scores(tuple(found), tuple(rules))


def together(scores: Sequence[Scores]) -> Scores:
    """Several runs as one, so that a mean is taken over all of them."""
    return Scores(
        tuple(found for one in scores for found in one.found), tuple(rules for one in scores for rules in one.rules)
    )


class _Reading:
    """What is returned as one text; it must be within the budget."""

    def __init__(self, returned: Returned, budget: int) -> None:
        tokens = TokenMeter().total(returned.messages)
        assert tokens <= budget, f"{tokens} tokens are more than {budget}"
        self.ids = returned.ids
        self._text = _normal("\n".join(map(text_of, returned.messages)))

    def has(self, text: str) -> bool:
        return _normal(text) in self._text


def _normal(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _found(dialogue: Dialogue, question: Question, share: float, reading: _Reading) -> Found:
    texts = tuple(reading.has(evidence.text) for evidence in question.evidence)
    ids = tuple(dialogue.messages[evidence.position].id in reading.ids for evidence in question.evidence)
    return Found(dialogue, question, share, texts, ids)


def _kept_rules(dialogue: Dialogue, reading: _Reading) -> int:
    return sum(reading.has(text_of(dialogue.messages[position])) for position in dialogue.instructions)
