"""What the README of the context data says of it is counted again."""

import re
from collections.abc import Iterable

from bench.context_data import DATA, Dialogue, dialogues

from deskhand.context.tokens import TokenMeter

README = (DATA / "README.md").read_text("utf-8")


def counts(part: Iterable[Dialogue]) -> list[int]:
    """Dialogues, messages, tokens, questions, standing instructions."""
    each = [
        (1, len(one.messages), TokenMeter().total(one.messages), len(one.questions), len(one.instructions))
        for one in part
    ]
    return [sum(column) for column in zip(*each, strict=True)]


def row(kind: str) -> list[int]:
    """The numbers of a row of the table."""
    found = re.search(rf"^\| {kind} \|(.*)\|$", README, re.MULTILINE)
    assert found, kind
    return [int(number.replace(",", "")) for number in re.findall(r"\| ([\d,]+) (?=\||$)", f"|{found[1]}")]


def test_the_table_counts_what_there_is() -> None:
    for kind in ("friends", "project", "mixed", "agent"):
        assert row(kind) == counts(one for one in dialogues() if one.kind == kind)
    assert row("all") == counts(dialogues())


def test_the_sentence_about_the_held_out_half_counts_it() -> None:
    held_out, every = counts(one for one in dialogues() if one.held_out), counts(dialogues())
    said = f"{held_out[0]} of the {every[0]} dialogues and {held_out[3]} of the {every[3]} questions are held out"
    assert said in README


def test_the_sentence_about_words_in_common_counts_them() -> None:
    questions = [question for dialogue in dialogues() for question in dialogue.questions]
    apart = sum(
        long_words(question.text).isdisjoint(long_words(" ".join(each.text for each in question.evidence)))
        for question in questions
    )
    said = f"{apart} of the {len(questions)} questions share no word of four letters or more with their evidence"
    assert said in README


def long_words(text: str) -> set[str]:
    """The words of a text with four letters or more."""
    return set(re.findall(r"\w{4,}", text.casefold()))
