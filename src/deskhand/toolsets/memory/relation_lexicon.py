"""The words that `relation` knows: two TOML files per language in `relation_words`, read once and indexed by stems.

What `xx.toml` says of a form counts before what `xx.paraphrases.toml` says, which holds further ways to say the same.

A file lists forms separated by commas; a form may be several words, and `a/b` are forms of one meaning. The sections:

- `ignored`: articles, auxiliaries, polite words; `user`: what names the user; neither is content.
- `negations`: turn the polarity. `adding`: says that this comes on top of what was.
- `change`: something is new. `ended`: something is over. `replacing`: it stands in for what the text names.
- `copulas`: stand between what is described and its value. `over`: stand before the less preferred of two.
- `numbers`, `people`, `same`: forms that mean the same, by the name under which they are compared.
- `property` (nouns) and `predicate` (verbs): a subject has one value of it at a time. `becomes`: verbs that say that
  such a value is new.
- `several`: a subject may have many values of it. `opposite`: the contrary of a concept of another section.
- `episodes`: things that happen again and again. `events`: things that have one time. `times`: days and months.
- `modality`: planned, wished, possible or a duty, not a fact. `past`: verbs that tell a fact of another time, unless a
  word of `perfect` stands before them. `asking`: "please".
- `inverse`: name the doer last, as "owned by" does; `present_copulas`, `past_copulas`: what was may be no more.
- `contrary`: words with an opposite, which to an embedder looks the same. `sources`: "from".
- `interrogatives` begin a question; `replies` answer one, before a comma or a full stop.
- `interchangeable`: words of which one may stand for another when all else is the same.
- `states`: groups of values that exclude one another.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import Stemmer

Kind = Literal[
    "word",
    "name",
    "number",
    "time",
    "person",
    "property",
    "predicate",
    "several",
    "episode",
    "event",
    "state",
    "copula",
    "over",
    "adding",
    "replacing",
    "ignored",
    "user",
    "modality",
    "source",
]
Language = Literal["en", "de", "es", "ru", "ja"]
_SNOWBALL = {"en": "english", "de": "german", "es": "spanish", "ru": "russian"}
_KIND_OF_LIST: dict[str, Kind] = {
    "over": "over",
    "adding": "adding",
    "replacing": "replacing",
    "ignored": "ignored",
    "asking": "ignored",
    "sources": "source",
    "negations": "ignored",
    "change": "ignored",
    "ended": "ignored",
    "user": "user",
    "copulas": "copula",
    "episodes": "episode",
    "events": "event",
    "times": "time",
}
_KIND_OF_TABLE: dict[str, Kind] = {
    "modality": "modality",
    "numbers": "number",
    "people": "person",
    "same": "word",
    "property": "property",
    "predicate": "predicate",
    "several": "several",
}
_AS_WRITTEN: tuple[Kind, ...] = ("ignored", "copula", "over", "adding", "number", "time", "state", "modality", "source")
"""Single words of these kinds count only as they are listed: "reports" is no "reporter", and Marta no "martes"."""

_ALPHABETIC = re.compile(r"\d[\d.,:/@-]*\d|\d|[^\W\d_]+(?:'[^\W\d_]+)*|[.!?:;—€$¥₽%]")
_NOT = re.compile(r"^(.+?)n't$|^(can)not$")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_CLOCK = re.compile(r"\b(\d{1,2})(?::([0-5]\d)(?:\s*([ap]\.?m)\b)?|\s*([ap]\.?m)\b)(?!\d)", re.IGNORECASE)
_ABBREVIATED = re.compile(  # their full stop ends no sentence, where something follows
    r"\b(Dra?|Mrs?|Ms|Sr|Sra|St|Sta|Prof|Hr|Fr|Nr|bzw|ca|vs|e\.g|i\.e|z\. ?B|ул|пр|просп|пер|д|кв|корп|г)\.(?= \w)"
)
_SHORTENED = {"ca": "can", "wo": "will", "sha": "shall"}
_KANA = "ぁ-ゖゝゞ"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one form means: `flips` turns the polarity, `changes` says that this replaces what was.

    `ends`: says that something is over. `asks`: asks the assistant for something.
    """

    kind: Kind
    key: str
    flips: bool = False
    changes: bool = False
    ends: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sentence mark, the stem it is compared by, and whether it looks like a proper name.

    `owner`: it stands in the genitive ("the user's").
    """

    word: str
    stem: str
    name: bool = False
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language: `words` by how they are written, which counts first ("nicht" is no "Nichte").

    `forms` are the others by their stems, `longest` how many stems the longest form that begins with a stem has.
    `groups` are the names of the interchangeable groups of a key, `past` verbs that tell of what was, unless a word of
    `perfect` stands before them, `contrary` keys that are nobody's synonyms, `interrogatives` what begins a question,
    `replies` what begins an answer, `concepts` the keys of all entries.
    """

    language: Language
    words: dict[str, Entry]
    forms: dict[tuple[str, ...], Entry]
    longest: dict[str, int]
    tokens: Callable[[str], list[Token]]
    groups: dict[str, frozenset[str]]
    past: frozenset[str]
    perfect: frozenset[str]
    contrary: frozenset[str]
    interrogatives: frozenset[str]
    replies: frozenset[str]
    inverse: frozenset[str]
    present_copulas: frozenset[str]
    past_copulas: frozenset[str]
    concepts: frozenset[str]


@cache
def lexicon(language: Language) -> Lexicon:
    """The words of a language, with the function that cuts its texts into tokens."""
    basic, more = _file(language), _file(f"{language}.paraphrases")
    data = _merged(basic, more)
    kinds: dict[str, Kind] = {}
    for section, kind in _KIND_OF_TABLE.items():
        for key in data.get(section, {}):
            kinds.setdefault(key, kind)
    modality = {"modality": more.pop("modality")}
    entries = [pair for part in (modality, basic, more) for pair in _entries(part, kinds)]
    cut = _japanese([form for form, _ in entries]) if language == "ja" else _alphabetic(language)
    forms: dict[tuple[str, ...], Entry] = {}
    longest: dict[str, int] = {}
    words: dict[str, Entry] = {}
    for form, entry in entries:
        words.setdefault(form, entry)
        stems = (form,) if language == "ja" else tuple(token.stem for token in cut(form))
        if len(stems) == 1 and entry.kind in _AS_WRITTEN and (entry.flips or not entry.changes):
            continue
        forms.setdefault(stems, entry)
        longest[stems[0]] = max(len(stems), longest.get(stems[0], 0))
    listed = ("interrogatives", "replies", "inverse", "present_copulas", "past_copulas")
    past, perfect = (frozenset(_split(data.get(section, ""))) for section in ("past", "perfect"))
    lists = {section: frozenset(_split(data.get(section, ""))) for section in listed}
    opposites = _split(data.get("contrary", ""))
    contrary = frozenset(words[form].key if form in words else cut(form)[0].stem for form in opposites)
    groups = _groups(data, words)
    concepts = frozenset(entry.key for entry in words.values())
    return Lexicon(language, words, forms, longest, cut, groups, past, perfect, contrary, **lists, concepts=concepts)


def _file(name: str) -> dict[str, Any]:
    path = files("deskhand.toolsets.memory").joinpath("relation_words", f"{name}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Both files as one: forms are added to forms, and tables to tables."""
    both = dict(first)
    for key, value in second.items():
        if isinstance(value, str):
            both[key] = f"{both[key]}, {value}" if key in both else value
        else:
            both[key] = _merged(both.get(key, {}), value)
    return both


def _groups(data: dict[str, Any], words: dict[str, Entry]) -> dict[str, frozenset[str]]:
    """The groups that each key belongs to; they are listed by a form of the key, or by the key."""
    groups: dict[str, frozenset[str]] = {}
    for name, forms in data.get("interchangeable", {}).items():
        for form in _split(forms):
            key = words[form].key if form in words else form
            groups[key] = groups.get(key, frozenset()) | {name}
    return groups


def _entries(data: dict[str, Any], kinds: dict[str, Kind]) -> Iterator[tuple[str, Entry]]:
    """Every form with its meaning; of two meanings of one form, the first counts."""
    for section, kind in _KIND_OF_TABLE.items():
        for key, forms in data.get(section, {}).items():
            yield from ((form, Entry(kind, key)) for form in _split(forms))
    for key, forms in data.get("becomes", {}).items():
        yield from ((form, Entry("predicate", key, changes=True)) for form in _split(forms))
    for key, forms in data.get("opposite", {}).items():
        yield from ((form, Entry(kinds[key], key, flips=True)) for form in _split(forms))
    for group, values in data.get("states", {}).items():
        for value in values:
            first, *others = _split(value)
            yield from ((form, Entry("state", f"{group}={first}")) for form in (first, *others))
    for section, kind in _KIND_OF_LIST.items():
        flips, changes = section in ("negations", "ended"), section in ("change", "ended", "replacing")
        for alike in _split(data.get(section, "")):
            first, *others = alike.split("/")
            entry = Entry(kind, first, flips, changes, section == "ended", section == "asking")
            yield from ((form, entry) for form in (first, *others))


def _split(forms: str) -> list[str]:
    return [form.strip() for form in forms.split(",") if form.strip()]


def normalised(text: str) -> str:
    """Compatibility characters, quotes, spaces, clock times and thousands made equal; the case is kept."""
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").split())
    plain = _ABBREVIATED.sub(r"\1", plain) if "." in plain else plain
    return _CLOCK.sub(_clock, _THOUSANDS.sub("", plain))


def _clock(match: re.Match[str]) -> str:
    """Hours of 24, and minutes unless they are none: "3 pm", "15:00" and "15" are one."""
    hour, minutes, half = int(match[1]), match[2] or "00", (match[3] or match[4] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return f"{hour}" if minutes == "00" else f"{hour}:{minutes}"


def _alphabetic(language: Language) -> Callable[[str], list[Token]]:
    """Cuts at what is neither letter nor digit. German nouns have capitals too, so there no word is a name for that."""
    stem = Stemmer.Stemmer(_SNOWBALL[language], 0).stemWord
    capitals = language != "de"

    def cut(text: str) -> list[Token]:
        tokens: list[Token] = []
        starts = True
        for word in _ALPHABETIC.findall(text):
            if word[0].isalpha():
                plain = word.lower().removesuffix("'s").replace("ё", "е")
                if denial := _NOT.match(plain):
                    base = denial.group(1) or denial.group(2)
                    base = _SHORTENED.get(base, base)
                    tokens += (Token(base, stem(base)), Token("not", "not"))
                    starts = False
                    continue
                name = capitals and not starts and word[0].isupper()
                tokens.append(Token(plain, stem(plain), name, word.endswith("'s")))
                starts = False
            else:
                tokens.append(Token(word, word))
                starts = word in ".!?:;—"
        return tokens

    return cut


def _japanese(forms: list[str]) -> Callable[[str], list[Token]]:
    """Cuts at known forms, longest first, then where the script changes; endings of verbs are dropped.

    What was done ends in "ta" and what is wished in "tai": a form of the one is none of the other.
    """
    known = "|".join(re.escape(form) for form in sorted(set(forms), key=len, reverse=True))
    pattern = re.compile(
        rf"(?P<known>(?:{known})(?!(?<=た)い))|(?P<run>[一-鿿々]+?(?={known}|[^一-鿿々]|$)|[ァ-ヺー]+?(?={known}|[^ァ-ヺー]|$)|[A-Za-z]+|\d[\d.,:/-]*\d|\d)"
        rf"|(?P<kana>[{_KANA}]+?(?={known}|[^{_KANA}]|$))|(?P<mark>[。!?])"
    )

    def cut(text: str) -> list[Token]:
        tokens: list[Token] = []
        after_kanji = False
        for match in pattern.finditer(text):
            word = match.group()
            if not (match.lastgroup == "kana" and after_kanji and len(word) <= 3):
                tokens.append(Token(word.lower(), word.lower()))
            after_kanji = "一" <= word[-1] <= "鿿"
        return tokens

    return cut
