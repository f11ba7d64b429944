"""Where one word ends and the next begins, in any script: names, numbers, dates, addresses and identifiers too."""

import re
import unicodedata

from deskhand.retrieval.months import month_term

CHUNK = re.compile(r"[^\W_]+(?:['’._@/:,&-][^\W_]+)*(?:\+\+|#)?|[^\W_]")
"""A word together with what is glued to it: `anna@example.org`, `2026-05-07`, `don't`, `snake_case`."""

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a1-\u30ff\u31f0-\u31ff"
_HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer write words without spaces
_NO_WORDS = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}{_HANGUL}{_UNSPACED}]")
_RUN = re.compile(
    rf"(?P<month>\d{{1,2}})月|(?P<han>[{_HAN}]+)|(?P<katakana>[{_KATAKANA}]+)"
    rf"|(?P<grams>[{_HIRAGANA}]+|[{_HANGUL}]+|[{_UNSPACED}]+)|(?P<word>[^\W_{_HAN}{_HIRAGANA}{_KATAKANA}{_HANGUL}{_UNSPACED}]+)"
)
_GLUE = re.compile(r"[-_.@/:,&+]")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_ISO_DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)")
_POINT_DATE = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DECIMAL = re.compile(r"\d+[.,]\d+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_ARTICLES = "l d j m t s n c qu lorsqu puisqu jusqu dell all nell sull dall un quest quell sant"
_ELIDED = frozenset(_ARTICLES.split())  # French and Italian: l'école, dell'arte


def normal(text: str) -> str:
    """One form for what looks the same: NFKC, straight apostrophes."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("’", "'")


def pieces(chunk: str) -> tuple[str, ...]:
    """The words a chunk may be found by, casefolded, in order: its parts, then the whole when it has parts.

    Text without spaces between words (Japanese, Chinese, Korean, Thai) comes as pairs of characters.
    """
    if chunk.isalpha() and chunk.isascii():
        return _letters(chunk)
    if _NO_WORDS.search(chunk):
        return _runs(chunk)
    date = _ISO_DATE.match(chunk) or _POINT_DATE.match(chunk)
    if date and 1 <= int(date["month"]) <= 12:
        rest = chunk[date.end() :].lstrip("T.:-/")
        return str(int(date["day"])), month_term(int(date["month"])), date["year"], *(pieces(rest) if rest else ())
    return _glued(chunk)


def _letters(chunk: str) -> tuple[str, ...]:
    """A word of plain letters; `getUserName` also by its parts."""
    word = chunk.casefold()
    if chunk.islower() or chunk.isupper() or chunk[1:].islower():
        return (word,)
    parts = [part.casefold() for part in _CAMEL.findall(chunk)]
    return (*parts, word) if len(parts) > 1 and min(map(len, parts)) > 1 else (word,)


def _glued(chunk: str) -> tuple[str, ...]:
    chunk = chunk.removesuffix("++") + "plusplus" if chunk.endswith("++") else chunk
    if _THOUSANDS.fullmatch(chunk):
        return (chunk.replace(",", "").replace(".", ""),)
    if _DECIMAL.fullmatch(chunk):
        return (chunk.replace(",", "."),)
    if len(parts := [part for part in _GLUE.split(chunk) if part]) == 1:
        return _one_word(parts[0])
    words = [word for part in parts for word in _one_word(part)]
    return (*words, "".join(words))


def _one_word(part: str) -> tuple[str, ...]:
    """A part without glue, but perhaps with an apostrophe, an ordinal's ending or digits."""
    word = part.casefold()
    if ordinal := _ORDINAL.fullmatch(word):
        return (ordinal[1],)
    if "'" in word:
        return _apostrophe(word)
    if word.isdecimal():
        return (str(int(word)) if len(word) < 3 else word,)
    return _letters(part) if part.isascii() and part.isalpha() else (word,)


def _apostrophe(word: str) -> tuple[str, ...]:
    """`anna's` is Anna, `l'école` an école, `o'brien` one name, `don't` itself."""
    if word.endswith("'s"):
        return (word[:-2].replace("'", ""),)
    head, _, tail = word.partition("'")
    if head in _ELIDED and tail:
        return (head, *(_apostrophe(tail) if "'" in tail else (tail,)))
    return (word.replace("'", ""),)


def _runs(chunk: str) -> tuple[str, ...]:
    """A chunk that has unspaced script in it, run by run of one script."""
    words: list[str] = []
    for run in _RUN.finditer(chunk):
        text = run[0]
        if run["month"]:
            words.append(month_term(int(run["month"])) if 1 <= int(run["month"]) <= 12 else text)
        elif run["word"]:
            words += pieces(text)
        elif run["han"]:
            words += [*text, *grams(text)] if len(text) > 1 else [text]
        else:
            words += grams(text)
    return tuple(words)


def grams(run: str) -> list[str]:
    """Every two characters that stand side by side; one alone as it is."""
    return [run[i : i + 2] for i in range(len(run) - 1)] if len(run) > 1 else [run]
