"""A memory as `relation` compares it: what it is about, what it says of that, and whether it denies it."""

import re
from dataclasses import dataclass
from functools import lru_cache

from deskhand.toolsets.memory.relation_lexicon import Entry, Kind, Language, Lexicon, Token, lexicon, normalised

_READ_LAST = 16
_CYRILLIC = re.compile("[а-яА-Я]")
_KANA = re.compile("[ぁ-ゖァ-ヺ]")
_GERMAN = re.compile(
    r"[äöüß]|\b(?:der|die|das|ist|sind|war|waren|sie|und|nicht|kein\w*|ich|ein|eine|einen|mein\w*|mit|seit|wird|hat|mag|am|zum|gern|nutzer\w*)\b",
    re.IGNORECASE,
)
_SPANISH = re.compile(
    r"[ñ¿¡áíóú]|\b(?:el|la|los|las|es|en|que|del|una?|su|mi|con|por|usuari[oa]|tiene|vive|prefiere|le|ya|al)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"\b(?:the|is|are|was|a|an|of|to|in|on|at|user\w*|my|and|with|has|for|does|not|i|from|likes|every|by)\b",
    re.IGNORECASE,
)
_AND = frozenset({"and", "or", "und", "oder", "y", "e", "o", "и", "или", "と", "や"})
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of content: the key that equal meanings share."""

    key: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Statement:
    """The content of a text in order.

    `negated`: an odd number of negations. `denied`: the first item after the last of them. `changed`: the text says
    that this is new or over. `adds`: that it comes on top. `breaks`: indexes of items before which a copula stood.
    `lesser`: what is the less preferred of two. `replaces`: the text names what it replaces. `ended`: something is
    over. `asks`: the assistant is asked for something. `modality`: in which ways it is no fact of today. `sources`:
    what stands after "from". `user_at`: before which item the user is first mentioned, other than as owner; else -1.
    `joined`: indexes of items before which an "and" stood. `inverse`: who does it is named last.
    `copula_tenses`: whether it is, was, or both.
    """

    language: Language
    items: tuple[Item, ...]
    negated: bool
    denied: str
    changed: bool
    adds: bool
    breaks: tuple[int, ...]
    lesser: str
    replaces: bool
    ended: bool
    asks: bool
    modality: frozenset[str]
    sources: frozenset[str]
    user_at: int
    joined: frozenset[int]
    inverse: bool
    copula_tenses: frozenset[str]

    def keys(self) -> frozenset[str]:
        """The content as a set."""
        return frozenset(item.key for item in self.items)

    def property_index(self) -> int:
        """Where the first single-valued property or predicate stands; -1 when there is none.

        After a verb of another kind a noun is only its object: "prefers window seats".
        """
        governed = False
        for index, item in enumerate(self.items):
            if item.kind == "predicate" or (item.kind == "property" and not governed):
                return index
            governed |= item.kind in ("several", "episode")
        return -1


def language_of(text: str) -> Language:
    """The language of a short text: by script, else by its function words; English when nothing speaks."""
    if _KANA.search(text):
        return "ja"
    if _CYRILLIC.search(text):
        return "ru"
    counts = {
        "en": len(_ENGLISH.findall(text)),
        "de": len(_GERMAN.findall(text)),
        "es": len(_SPANISH.findall(text)),
    }
    best = max(counts.values())
    return "en" if counts["en"] == best else "de" if counts["de"] == best else "es"


@lru_cache(maxsize=_READ_LAST)
def statement(text: str, language: Language) -> Statement:
    """Read a text; linear in its length. The last few are kept: a new text is compared with several old ones."""
    words = lexicon(language)
    tokens = words.tokens(normalised(text))
    stems = tuple(token.stem for token in tokens)
    reading = _Reading()
    index = 0
    while index < len(tokens):
        length, entry = _longest(words, tokens, stems, index)
        if tokens[index].word in words.past and (not index or tokens[index - 1].word not in words.perfect):
            reading.modality.add("past")
        reading.follow(words, [token.word for token in tokens[index : index + length]])
        index += length
        reading.take(entry or _unknown(tokens[index - 1]), owner=tokens[index - 1].owner)
    return reading.result(language)


def _longest(words: Lexicon, tokens: list[Token], stems: tuple[str, ...], index: int) -> tuple[int, Entry | None]:
    """How many tokens the longest known form at `index` takes, and what it means.

    A modality is a matter of endings, so that its forms count only as they are listed: "le gustaría" is no "le gusta".
    """
    for length in range(words.longest.get(stems[index], 0), 1, -1):
        entry = words.forms.get(stems[index : index + length])
        if entry is None:
            continue
        written = " ".join(token.word for token in tokens[index : index + length])
        if entry.kind != "modality" or words.words.get(written) == entry:
            return min(length, len(stems) - index), entry
    return 1, words.words.get(tokens[index].word) or words.forms.get((stems[index],))


def _unknown(token: Token) -> Entry:
    """A number, a name or a plain word; a sentence mark is nothing."""
    stem = token.stem
    if stem[0].isdigit():
        ordinal = _ORDINAL.match(stem)
        return Entry("number", ordinal.group(1) if ordinal else stem)
    if not stem[0].isalnum():
        return Entry("ignored", stem)
    return Entry("name" if token.name else "word", stem)


class _Reading:
    """Collects entries into a statement."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._breaks: list[int] = []
        self._negated = False
        self._denial = -1
        self._changed = False
        self._adds = False
        self._lesser = -1
        self._replaces = False
        self._ended = False
        self._asks = False
        self._sources: list[int] = []
        self._user_at = -1
        self._joined: set[int] = set()
        self._inverse = False
        self._tenses: set[str] = set()
        self.modality: set[str] = set()

    def follow(self, words: Lexicon, form: list[str]) -> None:
        """Note what the written words of the next form say of roles and tense, whatever the form means."""
        if len(form) == 1 and form[0] in _AND:
            self._joined.add(len(self._items))
        if (form[0] if len(form) == 1 else " ".join(form)) in words.inverse:
            self._inverse = True
        if len(form) == 1 and form[0] in words.past_copulas:
            self._tenses.add("past")
        elif form[0] in words.present_copulas:
            self._tenses.add("present")

    def take(self, entry: Entry, *, owner: bool) -> None:
        """Add what the next form says; `owner`: it is in the genitive."""
        if entry.flips:
            self._negated = not self._negated
            self._denial = len(self._items) + (entry.kind != "ignored")
        self._changed |= entry.changes
        self._ended |= entry.ends
        self._asks |= entry.asks
        if entry.kind == "copula":
            self._breaks.append(len(self._items))
        elif entry.kind == "over":
            self._lesser = len(self._items)
        elif entry.kind == "adding":
            self._adds = True
        elif entry.kind == "replacing":
            self._replaces = True
        elif entry.kind == "modality":
            self.modality.add(entry.key)
        elif entry.kind == "source":
            self._sources.append(len(self._items))
        elif entry.kind == "user":
            self._user_at = len(self._items) if self._user_at < 0 and not owner else self._user_at
        elif entry.kind != "ignored":
            self._items.append(Item(entry.key, entry.kind))

    def result(self, language: Language) -> Statement:
        """What was read. In Japanese the less preferred stands before its mark, elsewhere after it."""
        lesser = self._lesser - 1 if language == "ja" and self._lesser > 0 else self._lesser
        compares = any(item.key in ("prefer", "like") for item in self._items)
        return Statement(
            language=language,
            items=tuple(self._items),
            negated=self._negated,
            denied=self._key(self._denial),
            changed=self._changed,
            adds=self._adds,
            breaks=tuple(self._breaks),
            lesser=self._key(lesser) if compares else "",
            replaces=self._replaces,
            ended=self._ended,
            asks=self._asks,
            modality=frozenset(self.modality),
            sources=self._origins(after=language != "ja"),
            user_at=self._user_at,
            joined=frozenset(self._joined),
            inverse=self._inverse,
            copula_tenses=frozenset(self._tenses),
        )

    def _origins(self, *, after: bool) -> frozenset[str]:
        places = (at if after else at - 1 for at in self._sources)
        items = [self._items[at] for at in places if 0 <= at < len(self._items)]
        return frozenset(item.key for item in items if item.kind in ("name", "word"))

    def _key(self, index: int) -> str:
        return self._items[index].key if 0 <= index < len(self._items) else ""
