"""What a person would not see is shown; what shapes writing and emoji stays."""

from time import process_time

import pytest

from deskhand.visible import hides, visible

HIDDEN = {
    "soft hyphen": ("a\u00adb", r"a\xadb"),
    "grapheme joiner": ("a\u034fb", r"a\u034fb"),
    "fillers": ("\u115f\u1160\u3164\uffa0", r"\u115f\u1160\u3164\uffa0"),
    "Khmer vowels that are not there": ("\u17b4\u17b5", r"\u17b4\u17b5"),
    "Mongolian selectors": ("\u180b\u180e\u180f", r"\u180b\u180e\u180f"),
    "controls of shorthand and music": ("\U0001bca0\U0001d173", r"\U0001bca0\U0001d173"),
    "supplementary selector": ("❤\U000e0100", r"❤\U000e0100"),
    "selectors as bits": ("x\ufe00\ufe01", r"x\ufe00\ufe01"),
    "selector after a letter": ("a\ufe0f", r"a\ufe0f"),
    "selector at the beginning": ("\ufe0f", r"\ufe0f"),
    "second selector": ("❤\ufe0f\ufe0e", "❤\ufe0f\\ufe0e"),
    "digit that is no keycap": ("1\ufe0f", r"1\ufe0f"),
    "joiner between Latin letters": ("a\u200db\u200cc", r"a\u200db\u200cc"),
    "joiner at the end of a symbol": ("👩\u200d", r"👩\u200d"),
    "non-joiner between emoji": ("👩\u200c👩", r"👩\u200c👩"),
    "two joiners": ("می\u200c\u200cخواهم", r"می\u200c\u200cخواهم"),
}
SHOWN = {
    "heart": "❤\ufe0f",
    "copyright as text": "©\ufe0e",
    "keycap": "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "family": "👩\u200d👩\u200d👧",
    "flag of a rainbow": "🏳\ufe0f\u200d🌈",
    "tone of skin": "👩🏽\u200d💻",
    "Persian": "می\u200cخواهم",
    "Hindi": "क्\u200dष",
    "Malayalam at the end of a word": "അവന്\u200d ",
    "Braille": "⠓\u2800⠊",
}


@pytest.mark.parametrize(("text", "shown"), [pytest.param(*pair, id=name) for name, pair in HIDDEN.items()])
def test_what_nobody_sees_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert hides(text)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SHOWN.items()])
def test_writing_and_emoji_stay_as_they_are(text: str) -> None:
    assert visible(text) == text
    assert not hides(text)


def test_a_text_of_nothing_but_joiners_takes_linear_time() -> None:
    def seconds(letters: int) -> float:
        """The least of three: another process may have had the processor."""
        taken: list[float] = []
        for _ in range(3):
            started = process_time()
            visible("\u200d" * letters)
            taken.append(process_time() - started)
        return min(taken)

    assert seconds(400_000) < 30 * max(seconds(40_000), 0.005)  # 100 times it, were it quadratic
