"""Standing instructions: the sentences by which a user tells the assistant how to behave from then on.

A rule is an order to the assistant that goes on being in force: an imperative with "always", "from now on", "whenever"
or the like, or about what every answer looks like, or how to address the user. So is a request to keep in mind what is
so about the user ("remember that I am allergic to nuts"): the assistant has to act on it later. What people tell of
themselves or advise each other ("I always jog", "never give up") is not, nor is an order for once ("don't send it").
"""

import re
from collections.abc import Iterator
from functools import cached_property

from deskhand.context.instruction_languages import JAPANESE, LANGUAGES
from deskhand.context.instruction_words import Language
from deskhand.context.message import Message

MAX_CHARACTERS = 600
"""A sentence longer than this is no instruction but a document that was pasted."""

_SENTENCE = re.compile(r"[^.!?。！？\n;]+(?:\.(?=\w)[^.!?。！？\n;]*)*[.!?。！？;]*")
_CLAUSE = re.compile(
    r"(?:[,:—–]|\s-)\s+(?:so\s+)?(?:(and|but|und|aber|y|pero|et|mais|ma|mas|и|а|но)\s+)?|\s(and|but|und|y|et|e|и)\s+",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\W*(?:i|i'm|i've|we|he|she|it|it's|they|there|that|that's|this|my|our|his|her|the|what|how|ich|wir|er|yo|je|io|eu|я|мы|он|она)\s"
    r"(?!want |prefer|would |need |expect|ask |go by|pronouns|answers)",
    re.IGNORECASE,
)
"""How a clause begins that tells of somebody, and gives no order."""
_TO_ASSISTANT = re.compile(r"\b(?:me|my|please|you|your|bitte|mir|mein\w*|por favor|mi|moi|mon)\b", re.IGNORECASE)
_REQUEST = re.compile(
    r"(?:.*\W)?(?:(?:can|could|would|will) you|kannst du|können sie|puedes|podrías|peux-tu|pouvez-vous|puoi|pode)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:said|says|say|tells?|told|asked|motto|advice|lyrics?|slogan|sagte|meinte|dijo|dice|disait|dit|disse|сказал\w*|говорит)\b[^.]{0,40}$",
    re.IGNORECASE,
)
_JAPANESE = re.compile(JAPANESE)
_KANA = re.compile("[\u3040-\u30ff]")


class _Rules:
    """The rules of one language. Compiled when a cue asks for them: that takes a while, and few messages do."""

    def __init__(self, language: Language) -> None:
        self.cues = tuple(language.cues.split("|"))
        self._language = language

    @cached_property
    def rule(self) -> re.Pattern[str]:
        """Matches where a clause begins."""
        return _rule(self._language)

    @cached_property
    def veto(self) -> re.Pattern[str]:
        """Matches what shows that none is meant."""
        return re.compile(rf"\b(?:{self._language.veto})", re.IGNORECASE)

    def cued(self, folded: str) -> bool:
        for cue in self.cues:  # noqa: SIM110 - twice as fast as any(), and most of what messages cost
            if cue in folded:
                return True
        return False

    def hold(self, sentence: str, starts: list[int]) -> bool:
        """Whether a rule begins at one of `starts`, which nobody else is said to have given."""
        start = next((start for start in starts if self.rule.match(sentence, start)), None)
        return start is not None and not self.veto.search(sentence, start) and not _REPORTED.search(sentence, 0, start)


def standing_instructions(message: Message) -> tuple[str, ...]:
    """The sentences of a user's message that are rules from then on, as they stand there; of other roles, none."""
    if message.role != "user":
        return ()
    text = message.text
    folded = text.lower()
    possible = [rules for rules in _RULES if rules.cued(folded)]
    if not possible and (text.isascii() or not _KANA.search(text)):
        return ()
    sentences = (match[0].strip() for match in _SENTENCE.finditer(text))
    return tuple(sentence for sentence in sentences if _is_rule(sentence, possible))


def _is_rule(sentence: str, possible: list[_Rules]) -> bool:
    if len(sentence) > MAX_CHARACTERS or (sentence.endswith("?") and not _REQUEST.match(sentence)):
        return False
    if not sentence.isascii() and _KANA.search(sentence):
        return _JAPANESE.search(sentence.rstrip("。！")) is not None
    folded = sentence.lower()
    cued = [rules for rules in possible if rules.cued(folded)]
    starts = list(_clauses(sentence)) if cued else []
    return any(rules.hold(sentence, starts) for rules in cued)


def _clauses(sentence: str) -> Iterator[int]:
    """Where an order may begin in a sentence: at its start, and after a comma or an "and"."""
    tells = _TELLS.match(sentence)
    if not tells:
        yield 0
    for match in _CLAUSE.finditer(sentence):
        # "I jog and always wear a hat" goes on telling of the same person.
        goes_on = tells and match.lastindex and not _TO_ASSISTANT.search(sentence, match.end())
        if not (goes_on or _TELLS.match(sentence, match.end())):
            yield match.end()


def _rule(language: Language) -> re.Pattern[str]:
    lead = rf"[\W_]*(?:(?:{language.lead})\b[\W_]*)*"
    order = rf"(?:{language.orders}|{language.bans})"
    always = rf"(?:{language.always})\s"
    lasting = rf"(?:{language.lasting})\b"
    forms = (
        rf"{always}(?:{language.lead}\s)?{order}\b",
        rf"{lasting}[\s,:]*{lead}(?:(?!only\b){always}|{order}|{language.idioms}|{language.wishes})",
        rf"{order}\b(?:[^,;:]{{0,80}}?\b(?:{language.after})|.{{0,200}}?\b(?:{language.lasting}|{language.style}))\b",
        language.idioms,
        rf"(?:{language.occasion})[^,]{{0,120}},\s*{lead}(?:{always})?{order}",
    )
    return re.compile(rf"{lead}(?:{'|'.join(forms)})", re.IGNORECASE | re.DOTALL)


_RULES = tuple(map(_Rules, LANGUAGES))
