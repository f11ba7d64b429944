from time import process_time

import pytest

from deskhand.context.facts import facts, missing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we paid €1,940 for it", {"€1,940"}),
        ("it costs 1.940 Euro or 12,5 % more", {"1.940 Euro", "12,5 %"}),
        ("it weighs 3 kg and took 5 minutes", {"3 kg", "5 minutes"}),
        ("it grew to 1 200 000 of 40", {"1 200 000", "40"}),
        ("on 12 March 2026 at 14:30 or 3pm", {"12 March 2026", "14:30", "3pm"}),
        ("on March 12, 2026 and the 5th of May", {"March 12, 2026", "5th of May"}),
        ("due 2026-07-28, not 28.07.2026 or 7/28/2026", {"2026-07-28", "28.07.2026", "7/28/2026"}),
        ("at 2026-07-28 10:15 it was over", {"2026-07-28 10:15"}),
        ("flight SK4711, room 12B, v2.3.1 of NASA", {"SK4711", "12B", "v2.3.1", "NASA"}),
        ("then Anna Weber and Bob went to Lisbon", {"Anna Weber", "Bob", "Lisbon"}),
        ("it is Anna's, from the Bank of England", {"Anna", "Bank of England"}),
        ("Anna Weber called. Yesterday it rained.", {"Anna Weber"}),
        (
            "write to kim.b@example.org, see https://example.org/a?b=1.",
            {"kim.b@example.org", "https://example.org/a?b=1"},
        ),
        ("she called it “a long walk”", {"a long walk"}),
        ("Da hat er uns im Flur „bis bald“ gesagt", {"bis bald"}),
        ("Вчера мы с Мариной поехали в Казань за 3500 рублей", {"Мариной", "Казань", "3500 рублей"}),
        ("田中さんは2026年7月28日に来ます。", {"田中", "2026年7月28日"}),
        ("« demain » dit Claire, le 3 avril", {"demain", "Claire", "3 avril"}),
    ],
)
def test_facts_are_found_by_their_shape(text: str, expected: set[str]) -> None:
    assert {fact.strip() for fact in facts(text)} == expected


@pytest.mark.parametrize(
    "text",
    [
        "I think so. The weather was fine, I'm glad. And you?",
        "1. first\n2. second",
        "THIS IS SO COOL",
        "- Bring it\n- Take it away",
        "",
    ],
)
def test_what_says_nothing_is_no_fact(text: str) -> None:
    assert facts(text) == frozenset()


def test_german_nouns_are_no_names_but_people_and_places_are() -> None:
    found = facts("Ich habe mit Frau Weber in der Firma über die Rechnung und den Vertrag von Anna Schmidt gesprochen.")
    assert found == {"Weber", "Anna Schmidt"}


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("1,940", "it was 1940 then"),
        ("1940", "it was 1.940 then"),
        ("€1,940", "it costs 1940 euros"),
        ("1.940 Euro", "it costs €1,940"),
        ("5 km", "a 5km walk"),
        ("3 hours", "a 3-hour walk"),
        ("12,5 %", "by 12.5 percent"),
        ("Anna  Weber", "anna\nweber came"),
        ("Anna", "Anna's flight"),
        ("it’s late", "it's late"),
        ("2026-07-28", "on 2026-07-28."),
        ("田中", "田中さんが来た"),
    ],
)
def test_a_fact_is_found_however_it_is_spelt(fact: str, text: str) -> None:
    assert missing(frozenset([fact]), text) == frozenset()


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("40", "it was 1940 then"),
        ("194", "it was 1,940 then"),
        ("€1,940", "it costs 1940 dollars"),
        ("5 km", "a 5 m walk"),
        ("12 March", "on 13 March"),
        ("12 March", "on 112 March"),
        ("14:30", "at 14:35"),
        ("12.5", "12.55"),
        ("Ann", "Anna came"),
        ("SK4711", "SK47110"),
        ("Lisbon", ""),
    ],
)
def test_a_fact_that_is_changed_is_missing(fact: str, text: str) -> None:
    assert missing(frozenset([fact]), text) == {fact}


@pytest.mark.parametrize(
    "text", ["we paid €1,940 to Anna Weber on 12 March 2026", "Er kam am 12. März um 14:30 Uhr, SK4711"]
)
def test_nothing_is_missing_from_the_text_it_was_found_in(text: str) -> None:
    assert facts(text)
    assert missing(facts(text), text) == frozenset()


def test_a_long_conversation_is_read_fast() -> None:
    text = (
        "we met Anna on 12 March and then I went home because it was raining; we should do it more often, I would say"
    )
    started = process_time()
    for number in range(1_000):
        facts(f"{text} {number}")
    assert process_time() - started < 0.3
