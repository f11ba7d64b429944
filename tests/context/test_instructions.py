from pathlib import Path
from time import process_time

import pytest

from deskhand.context.instructions import MAX_CHARACTERS, standing_instructions
from deskhand.context.message import Message, Role, Text, user

CORPUS = [line.split(" ", 2) for line in Path(__file__).with_name("instructions.txt").read_text("utf-8").splitlines()]
"""Each line: + or - (a rule or not), the language, the sentence."""


def rules(text: str) -> tuple[str, ...]:
    return standing_instructions(user(text))


def test_the_corpus_has_enough_of_both_kinds_in_many_languages() -> None:
    assert sum(sign == "+" for sign, _, _ in CORPUS) >= 120
    assert sum(sign == "-" for sign, _, _ in CORPUS) >= 200
    assert len({language for _, language, _ in CORPUS}) >= 5


def test_rules_are_told_from_everything_else_with_high_precision_and_recall() -> None:
    found = [(sign, text) for sign, _, text in CORPUS if rules(text)]
    wrong = [text for sign, text in found if sign == "-"]
    missed = [text for sign, _, text in CORPUS if sign == "+" and (sign, text) not in found]
    assert len(wrong) <= 0.03 * len(found), wrong
    assert len(missed) <= 0.1 * sum(sign == "+" for sign, _, _ in CORPUS), missed


@pytest.mark.parametrize("language", sorted({language for _, language, _ in CORPUS}))
def test_each_language_finds_most_of_its_rules(language: str) -> None:
    texts = [text for sign, spoken, text in CORPUS if (sign, spoken) == ("+", language)]
    assert sum(bool(rules(text)) for text in texts) >= 0.75 * len(texts)


def test_only_the_sentences_that_are_rules_are_given() -> None:
    text = "We moved to Oslo. From now on give prices in kroner! Was it cold?\nNever share the door code. See you."
    assert rules(text) == ("From now on give prices in kroner!", "Never share the door code.")


def test_a_rule_in_the_second_half_of_a_sentence_is_found_with_the_whole_sentence() -> None:
    text = "Thanks, that was good, but please never use my full name."
    assert rules(text) == (text,)


@pytest.mark.parametrize("role", ["system", "assistant", "tool"])
def test_only_users_give_rules(role: Role) -> None:
    assert standing_instructions(Message(role=role, content=(Text(text="Always answer in French."),))) == ()


@pytest.mark.parametrize("text", ["", "?", "…", "\n\n", "always", "Never."])
def test_what_says_next_to_nothing_is_no_rule(text: str) -> None:
    assert rules(text) == ()


def test_a_document_without_full_stops_is_no_rule() -> None:
    rule = "Never share my address "
    assert rules(rule) == (rule.strip(),)
    assert rules(rule * (MAX_CHARACTERS // len(rule) + 1)) == ()


def test_a_hostile_text_takes_no_longer_than_it_is_long() -> None:
    started = process_time()
    for piece in ("please ", "and ", "whenever ", "- ", ", ", "never use always ", "if i ask "):
        rules(piece * 3_000)
        rules((piece * 80)[:590] + ". ")
    assert process_time() - started < 1.5


def test_a_long_conversation_is_read_fast() -> None:
    texts = [
        "We went for a walk because it was sunny, and then I cooked for everybody. How was your weekend with the kids?"
    ]
    texts += ["I never liked the rain so much, but it keeps you fresh! We always take the long way home."]
    started = process_time()
    for number in range(500):
        for text in texts:
            rules(f"{text} {number}")
    assert process_time() - started < 0.3
