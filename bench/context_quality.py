"""How much of what later questions need is still there when a dialogue is compacted, on `bench/data/context`.

    python -m bench.context_quality            every method, beside its anchor from a public benchmark
    python -m bench.context_quality --parts    also by kind of dialogue and by kind of evidence
    python -m bench.context_quality --missed   what the last method misses at 10 % of "dev", to learn from

Each dialogue is compacted to 25, 10 and 5 % of its tokens. A question scores the share of its pieces of evidence whose
text stands, word for word, in what is returned. Weights were chosen on the dialogues with odd numbers ("dev"); those
with even numbers ("held-out") were only looked at for the report.
"""

import sys
from collections.abc import Callable, Iterator, Sequence

from bench.context_baselines import last_messages, lexrank_messages, random_messages
from bench.context_data import Dialogue, dialogues
from bench.context_methods import Ours, digest_only
from bench.context_scores import EVIDENCE, SHARES, Scores, evaluate, together
from bench.context_vectors import kept_vectors
from bench.server import Row

SEEDS = range(5)

PUBLIC = {
    "last messages": (26.0, 10.6, 4.2),
    "random messages": (24.4, 10.3, 5.4),
    "LexRank": (17.9, 7.0, 2.5),
    "digest only": (50.7, 24.4, 12.4),
    "Deskhand by words and vectors": (92.9, 86.5, 79.7),
}
"""Measured on a public benchmark of long conversations: another data set, not to be compared line by line."""


def measured(among: Sequence[Dialogue]) -> Iterator[tuple[str, Scores]]:
    """Every method with its name, one after the other."""
    yield "last messages", evaluate(among, last_messages, with_query=False)
    runs = [evaluate(among, random_messages(seed), with_query=False) for seed in SEEDS]
    yield "random messages", together(runs)
    yield "LexRank", evaluate(among, lexrank_messages, with_query=False)
    yield "digest only", evaluate(among, digest_only, with_query=False)
    yield "Deskhand without a query", evaluate(among, Ours(), with_query=False)
    yield "Deskhand by words", evaluate(among, Ours())
    if vectors := kept_vectors():
        yield "Deskhand by words and vectors", evaluate(among, Ours(vectors))


def rows() -> Iterator[Row]:
    """Each method on the dialogues that were held out, beside the public benchmark."""
    for name, scores in measured(dialogues()):
        value = _numbers(lambda share, got=scores: got.recall(share, _held_out))
        yield Row(f"context at 25 / 10 / 5 %, {name}, held out", value, f"another, public set: {_public(name)}")


def tables(measured: Sequence[tuple[str, Scores]]) -> Iterator[str]:
    """The report in Markdown: each method, on the halves and on all."""
    yield "| | dev | held-out | all | all, by message id | rules kept | public set, for orientation |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, scores in measured:
        halves = [_numbers(lambda share, of=of, got=scores: got.recall(share, of)) for of in (_dev, _held_out, _all)]
        by_id = _numbers(lambda share, got=scores: got.recall(share, by_id=True))
        yield f"| {' | '.join((name, *halves, by_id, _numbers(scores.instructions), _public(name)))} |"


def parts(measured: Sequence[tuple[str, Scores]]) -> Iterator[str]:
    """The same by kind of dialogue, and by kind of evidence, on all of them."""
    kinds = sorted({one.dialogue.kind for _, scores in measured for one in scores.found})
    yield f"| | {' | '.join((*kinds, *EVIDENCE))} |"
    yield f"|---|{'---:|' * len((*kinds, *EVIDENCE))}"
    for name, scores in measured:
        cells = [_numbers(lambda share, of=of, got=scores: got.recall(share, of)) for of in map(_of_kind, kinds)]
        cells += [_numbers(lambda share, kind=kind, got=scores: got.recall(share, kind=kind)) for kind in EVIDENCE]
        yield f"| {' | '.join((name, *cells))} |"


def missed(scores: Scores, share: float) -> Iterator[str]:
    """The questions of the dialogues to tune with, each with its evidence that is not there."""
    for one in scores.found:
        pieces = zip(one.question.evidence, one.texts, strict=True)
        gone = [evidence for evidence, there in pieces if not there]
        if gone and one.share == share and _dev(one.dialogue):
            yield f"{one.dialogue.name}: {one.question.text}"
            yield from (f"    m{evidence.position + 1} {evidence.text[:200]!r}" for evidence in gone)


def _all(_dialogue: Dialogue) -> bool:
    return True


def _dev(dialogue: Dialogue) -> bool:
    return not dialogue.held_out


def _held_out(dialogue: Dialogue) -> bool:
    return dialogue.held_out


def _of_kind(kind: str) -> Callable[[Dialogue], bool]:
    return lambda dialogue: dialogue.kind == kind


def _public(name: str) -> str:
    return " / ".join(map(str, PUBLIC.get(name, ())))


def _numbers(value: Callable[[float], float]) -> str:
    return " / ".join(f"{value(share):.1f}" for share in SHARES)


if __name__ == "__main__":
    found = list(measured(dialogues()))
    counts = [len([one for one in dialogues() if of(one)]) for of in (_dev, _held_out)]
    asked = sum(len(dialogue.questions) for dialogue in dialogues())
    print(f"{counts[0]} + {counts[1]} dialogues, {asked} questions; percent at 25 / 10 / 5 % of the tokens\n")
    print("\n".join(tables(found)))
    if "--parts" in sys.argv:
        print("", *parts(found), sep="\n")
    if "--missed" in sys.argv:
        print("", *missed(found[-1][1], SHARES[1]), sep="\n")
