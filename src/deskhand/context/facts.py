"""The strings of a text that a summary must not lose: numbers, dates, names, codes, addresses, what is quoted.

No dictionary and no model: a fact is recognised by its shape, so that it works in any language that writes digits and,
for names, capital letters. What is too common to be a fact (a list's number, a sentence's first word) is left out.
"""

import re
import unicodedata
from collections.abc import Iterator

_UPPER = "".join(chr(code) for code in range(0x530) if chr(code).isupper())
_MONTH_NAMES = """
jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october
november december januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août
septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro março maio junho
julho setembro outubro dezembro января февраля марта апреля мая июня июля августа сентября октября ноября декабря
"""
_MONTHS = frozenset(_MONTH_NAMES.split())
_UNITS = {
    "eur": "€ eur euro euros",
    "usd": "$ usd dollar dollars",
    "gbp": "£ gbp pound pounds",
    "jpy": "¥ jpy yen 円",
    "rub": "₽ rub рублей",
    "chf": "chf francs",
    "%": "% percent prozent",
    "k": "k",
    "million": "million millions millionen mio",
    "kilometre": "km kilometre kilometres kilometer kilometers",
    "metre": "m metre metres meter meters",
    "centimetre": "cm",
    "millimetre": "mm",
    "mile": "mile miles mi",
    "kilogram": "kg kilo kilos kilogram kilograms",
    "gram": "g gram grams",
    "litre": "l litre litres liter liters",
    "degree": "° °c °f degrees",
    "byte": "kb mb gb tb",
    "second": "s sec second seconds sekunden ms",
    "minute": "min mins minute minutes minuten",
    "hour": "h hour hours hr hrs stunde stunden uhr",
    "day": "day days tag tage tagen",
    "week": "week weeks woche wochen",
    "month": "month months monat monate monaten",
    "year": "year years jahr jahre jahren",
}
_CANONICAL = {name: unit for unit, names in _UNITS.items() for name in names.split() if unit != "byte"}
_UNIT = "|".join(
    sorted((re.escape(name) for names in _UNITS.values() for name in names.split()), key=len, reverse=True)
)
_GROUPED = r"\d{1,3}(?:[.,'’ ]\d{3})+(?!\d)(?:[.,]\d+)?"
_SIGNS = "€$£¥₽"

# The first character comes before what must not precede it: so the search can skip to digits.
_NUMBER = re.compile(
    r"""
    \d(?<![A-Za-zÀ-ɏЀ-ӿ\d_.,/]\d)(?:
      \d{3}-\d{2}-\d{2}(?:[T\ ]\d{2}:\d{2}(?::\d{2})?)?
    | \d?[./]\d{1,2}[./](?:\d{4}|\d{2})(?!\d)
    | \d?:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b)?
    | \d?\s?[ap]\.?m\b
    | \d*年(?:\d+月(?:\d+日)?)? | \d?月\d+日
    | \d*(?:[.,'’\u00a0\u202f]\d+)+ | \d*(?:[\ ]\d{3})+(?!\d) | \d*
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AFTER_NUMBER = re.compile(r"(st|nd|rd|th|\.|º)?[ \u00a0-]?(?:of |de )?([^\W\d_]{1,12}(?!\w)|[€$£¥₽%]|°[CF]?)")
_YEAR = re.compile(r",? (?:de )?\d{4}\b")
_DAY = re.compile(r" \d{1,2}(?:st|nd|rd|th)?\b")
_NAME = re.compile(
    rf"[{_UPPER}](?<![\w.@/’'-].)[\w’'&-]*(?:[ ](?:(?:de|von|van|der|da|di|of)[ ])?[{_UPPER}][\w’'&-]*)*"
)
_QUOTED = re.compile(r"[\"“„«「『]([^\"“”„«»「」『』\n]{2,120})[\"”“»」』]")
_ADDRESSED = re.compile(r"([\u3400-\u9fff\u30a0-\u30ff々]{1,8})(?:さん|様|氏|君)")
_BEGINS = '.!?:;…•*-–—>|#\n\r\t(“„«"'
"""After one of these a capital letter says nothing."""
_NOT_NAMES_TEXT = """
    i i'm i've i'll i'd ok okay a an the and but or so then when if my your our his her their its it he she we you they
    this that these those there here what who where why how which yes no not please thanks thank hi hello hey dear
    today tomorrow yesterday now also just in on at for from to with by as after before since until let's let do does
    did is are was were can could would should will have has had one some all any every each oh well mr mrs ms dr
    der die das ein eine und aber oder wenn ich du sie wir ihr es mein dein sein in am im um von zu mit auf für
    le la les un une et mais je tu il elle nous vous el los las una y pero yo o os as um uma e mas eu
    herr frau señor señora monsieur madame я мы вы он она они это и но в на с по для если
"""
_NOT_NAMES = frozenset(_NOT_NAMES_TEXT.split())
_GERMAN_WORDS = """
der die das und ist nicht ich ein eine mit auf wir sie zu er im den dem sich hat bei nach uns für auch noch wird von
"""
_GERMAN = frozenset(_GERMAN_WORDS.split())
_GERMAN_TITLES = frozenset(["herr", "frau", "dr.", "prof.", "namens", "heißt", "heiße", "nach", "aus"])
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9._/#-]*\d[A-Za-z0-9._/#-]*|\d+(?!(?:st|nd|rd|th)$)[A-Za-z][A-Za-z0-9-]*")
_AROUND = ".,;:!?()[]{}<>\"'“”„«»「」*…"
_LETTER = re.compile("[A-Za-z]")
_WORD = re.compile(r"\S+$")


def facts(text: str) -> frozenset[str]:
    """The strings of a text that must be kept, as written there (white space collapsed)."""
    tokens = text.split()
    found = {
        *_marked(tokens),
        *_numbers(text),
        *_names(text, german=len(_GERMAN.intersection(tokens)) > 1),
    }
    found.update(match[1] for match in _QUOTED.finditer(text))
    if not text.isascii():
        found.update(match[1] for match in _ADDRESSED.finditer(text))
    whole = [" ".join(fact.split()) for fact in found]
    parts = {word.strip(",") for fact in whole if " " in fact for word in fact.split()}
    return frozenset(
        [fact for fact in whole if fact not in parts or not (fact[0].isdigit() or fact.casefold() in _MONTHS)]
    )


def missing(facts: frozenset[str], text: str) -> frozenset[str]:
    """Those of `facts` that do not stand in `text`. Case, white space and thousands separators do not matter.

    A number's unit may be written another way (€1,940, 1940 euros), but has to stand beside it.
    """
    plain = _plain(text)
    return frozenset(fact for fact in facts if not _stands(_plain(fact), plain))


def _marked(tokens: list[str]) -> list[str]:
    """Addresses, and codes: words with digits and letters in them, or of capitals only."""
    odd = [token for token in tokens if token.isupper() or not token.isalpha()]
    if len(tokens) > 2 and 2 * sum(map(str.isupper, tokens)) > len(tokens):
        odd = [token for token in odd if not token.isalpha()]  # shouted
    words = [word for token in odd if not (word := token.strip(_AROUND)).isalpha() or word.isupper()]
    return [word for word in words if "://" in word or ("@" in word and "." in word) or _is_code(word)]


def _is_code(word: str) -> bool:
    if word.isalpha():
        return word.isupper() and 2 <= len(word) <= 6 and word.isascii()
    return _CODE.fullmatch(word) is not None


def _numbers(text: str) -> Iterator[str]:
    for match in _NUMBER.finditer(text):
        number = match[0].rstrip(".,")
        start, end = match.start(), match.start() + len(number)
        if start and text[start - 1] in _SIGNS:
            yield text[start - 1 : end]
        elif longer := _with_word(text, end):
            yield text[start:longer]
        elif end - start > 1 and not _LETTER.match(text, end):
            yield number


def _with_word(text: str, end: int) -> int:
    """Where a number that stops at `end` stops together with its unit, or its month and year; 0 without."""
    after = _AFTER_NUMBER.match(text, end)
    word = after[2].casefold() if after else ""
    if after and word in _MONTHS:
        year = _YEAR.match(text, after.end())
        return year.end() if year else after.end()
    return after.end() if after and word in _CANONICAL and not after[1] else 0


def _names(text: str, *, german: bool) -> Iterator[str]:
    for match in _NAME.finditer(text):
        words = match[0].rstrip("’'&-").split()
        if words[-1].casefold() in _MONTHS and (day := _DAY.match(text, match.end())):
            year = _YEAR.match(text, day.end())
            yield words[-1] + text[match.end() : year.end() if year else day.end()]
            words.pop()
        titled = german and bool(words) and words[0].casefold() in _GERMAN_TITLES
        words = _without_lead(words, german=german)
        if words and (titled or len(words) > 1 or _is_name(text, match.start(), german=german)):
            yield " ".join(words).removesuffix("'s").removesuffix("’s")


def _without_lead(words: list[str], *, german: bool) -> list[str]:
    """The run without what has its capital for another reason: "Yesterday", "Herr", a German noun before "von"."""
    start = words.index("von") + 1 if german and "von" in words else 0
    while start < len(words) and words[start].casefold().replace("’", "'") in _NOT_NAMES:
        start += 1
    return [] if all(map(str.isupper, words[start:])) else words[start:]


def _is_name(text: str, start: int, *, german: bool) -> bool:
    """Whether the single capitalised word at `start` is a name: not where any word has a capital."""
    if german:
        last = _WORD.search(text[max(0, start - 24) : start].rstrip())
        return bool(last) and last[0].casefold() in _GERMAN_TITLES
    while start and text[start - 1] == " ":
        start -= 1
    return bool(start) and text[start - 1] not in _BEGINS and not text[start - 1].isdigit()


def _stands(fact: str, text: str) -> bool:
    """Whether the fact is in the text, not as a part of a longer word or number."""
    at = text.find(fact)
    while at >= 0:
        if _ends(text[max(0, at - 2) : at][::-1], fact[0]) and _ends(
            text[at + len(fact) : at + len(fact) + 2], fact[-1]
        ):
            return True
        at = text.find(fact, at + 1)
    return not fact


def _ends(beyond: str, edge: str) -> bool:
    """Whether a word that has `edge` at its end goes no further in what is beyond it."""
    if not beyond or not edge.isalnum() or edge >= "\u3000":
        return True
    if edge.isdigit():
        return not (beyond[0].isdigit() or (beyond[0] in ".,:" and beyond[1:].isdigit()))
    return not beyond[0].isalnum()


_SPELT = re.compile(rf"([{_SIGNS}]\s?)?({_GROUPED}|\d+(?:[.,]\d+)?)(?![\d:])(?:[\s-]?({_UNIT})(?!\w))?")


def _plain(text: str) -> str:
    """A text as it is compared: one case, one kind of space and dash, numbers and their units spelt one way."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_SAME)
    return " ".join(_SPELT.sub(_spelt, folded).split())


_SAME = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"})
_SEPARATOR = re.compile(r"[.,'’ ](?=\d{3}(?!\d))")


def _spelt(match: re.Match[str]) -> str:
    sign, number, name = match.groups()
    unit = _CANONICAL.get((sign or name or "").strip(), name or "")
    return _SEPARATOR.sub("", number).replace(",", ".") + (f" {unit}" if unit else "")
