"""What may become a memory."""

import re
import time
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.errors import InvalidInput
from deskhand.toolsets.memory.accepted import MAX_CHARACTERS, accepted


@pytest.mark.parametrize(
    "text",
    [
        "I like tea.",
        "two\nlines\tand a tab",
        "Ärger, señor, дом, 東京, 서울",
        "family: 👨‍👩‍👧‍👦, hearts: ❤️, skin: 👍🏽, flag: 🏳️‍🌈, 🇩🇪",
        "England: \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "مرحبا بالعالم",
        "می‌خواهم",  # Persian writes with a zero width non-joiner
        "שלום עולם",
        "שלום\u200f!",
        "क्‍ष",  # Devanagari, with a zero width joiner
        "葛\U000e0100城",  # the form of the first letter is chosen by a variation selector
        "I use a password manager",
    ],
)
def test_letters_of_all_scripts_pass_untouched(text: str) -> None:
    assert accepted(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  I like tea. \n", "I like tea."),
        ("cafe\u0301", "caf\u00e9"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u2028b", "a\nb"),
        ("\ufeffI like tea.", "I like tea."),
    ],
)
def test_a_text_is_kept_in_one_form(text: str, kept: str) -> None:
    assert accepted(text) == kept


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t ", "\u200b", "\u200d\u200d", "\u3164", "\u2800", "\u00a0", "\u200e\u200f"]
)
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        accepted(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "U+0000"),
        ("a\x1b[31mb", "U+001B"),
        ("a\x07b", "U+0007"),
        ("a\x85b", "U+0085"),
        ("a\ud800b", "U+D800"),
        ("a\udcffb", "U+DCFF"),
        ("a\u202eb", "U+202E"),
        ("a\u2066b", "U+2066"),
        ("a\u200bb", "U+200B"),
        ("a\u2060b", "U+2060"),
        ("a\u00adb", "U+00AD"),
        ("a\ufeffb", "U+FEFF"),
        ("a\U000e0041b", "U+E0041"),
        ("a\U000e0100b", "U+E0100"),
        ("\ufe0f\ufe0eb", "U+FE0E"),
        ("a\u200c\u200d\u200c\u200db", "U+200C"),
        ("\U0001f3f4" + "\U000e0041" * 20, "U+E0041"),
        ("a\U000e0001b", "U+E0001"),
    ],
)
def test_what_nobody_can_see_is_refused_and_shown(text: str, shown: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(f"Character 2 of the text is {shown} (")):
        accepted(text)


def test_a_secret_is_refused_with_its_kind_and_is_not_repeated() -> None:
    with pytest.raises(InvalidInput, match="a password") as refusal:
        accepted("My password is hunter2")
    assert "hunter2" not in refusal.value.message
    assert "password manager" in refusal.value.message


def test_a_text_of_the_greatest_length_is_accepted_and_a_longer_one_is_not() -> None:
    assert accepted("ab " * (MAX_CHARACTERS // 3)) == ("ab " * (MAX_CHARACTERS // 3)).strip()
    with pytest.raises(InvalidInput, match=r"8,001 characters; a memory has at most 8,000\..*file in the workspace"):
        accepted("a" * (MAX_CHARACTERS + 1))


def test_a_text_that_grows_in_its_one_form_is_measured_in_that_form() -> None:
    grows = "\ufb2c"  # one character, three in normal form C
    assert len(unicodedata.normalize("NFC", grows)) == 3
    with pytest.raises(InvalidInput, match="8,001 characters"):
        accepted(grows * (MAX_CHARACTERS // 3 + 1))


def test_two_megabytes_are_refused_at_once() -> None:
    text = "\u0301a" * 1_000_000
    began = time.process_time()
    with pytest.raises(InvalidInput, match="2,000,000 characters"):
        accepted(text)
    assert time.process_time() - began < 0.005


@given(st.text(st.characters(), max_size=200))
def test_what_is_accepted_round_trips_and_is_accepted_as_it_is(text: str) -> None:
    kept = None
    with suppress(InvalidInput):
        kept = accepted(text)
    if kept is not None:
        assert kept.encode().decode() == kept
        assert accepted(kept) == kept
        assert unicodedata.is_normalized("NFC", kept)
        assert kept.strip() == kept != ""
