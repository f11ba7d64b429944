"""What still waits for an answer: requests for a decision, questions that were put off, tool calls without a result.

A conversation that is shortened must not lose them: nobody would come back to what nobody sees. When in doubt an ask
counts as answered, because what is kept word for word takes room that something else needs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from deskhand.context.message import Message

MOST_OPEN = 5
"""How many messages stay open at most: the newest."""

# All expressions are matched against lower-case text, which is three times as fast as ignoring case.
_ASKS = re.compile(
    r"\b(?:shall|should|may|can|could|must) (?:i|we)\b[^.!\n]*\?|\b(?:do|would) you (?:want|like|prefer|agree"
    r"|approve|mind)\b[^.!\n]*\?"
    r"|\b(?:which|what) (?:one|of|option|version|date|time|day|\w+ (?:would|do|should))\b[^.!\n]*\?|\b(?:is|does"
    r"|would|are) (?:that|this|it|you)"
    r" (?:ok|okay|alright|all right|fine|correct|right|work|good|happy|sure|suit)\b[^.!\n]*\?|\b(?:ok|okay"
    r"|fine) (?:to|if i)\b[^.!\n]*\?"
    r"|\b(?:proceed|go ahead|confirm|approve)\b[^.!\n]*\?|\bplease (?:confirm|approve|decide|choose|pick"
    r"|tell me (?:which|whether))\b"
    r"|\blet me know (?:which|whether|if (?:you(?:'d| would| want| agree)|i should|this is|that is))|\b(?:your"
    r"|need) (?:approval|confirmation|go-ahead)\b"
    r"|\b(?:soll ich|darf ich|möchte(?:n sie|st du)|wollen sie|willst du|welche[rns]?)\b[^.!\n]*\?"
    r"|\bbitte (?:bestätig|entscheid)"
    r"|(?:quieres que|debo|puedo|te gustaría|prefieres)\b[^.!\n]*\?|por favor,? confirma|(?:veux-tu que"
    r"|voulez-vous que|dois-je|puis-je"
    r"|souhaitez-vous|préférez-vous|préfères-tu)\b[^.!\n]*\?|(?:vuoi che|devo|posso|preferisci)\b[^.!\n]*\?"
    r"|(?:quer que|queres que|prefere)\b[^.!\n]*\?"
    r"|(?:хотите|хочешь|мне (?:отправить|удалить|продолжить)|отправить|удалить|предпочита)[^.!\n]*\?|подтвердите"
    r"|ましょうか|よろしいですか|いいですか|どちらが|ご確認ください",
)
_COURTESY = re.compile(
    r"anything else|something else|what (?:shall|should) we (?:begin|start|do)|(?:can|may|could) i (?:help|assist"
    r"|do for)|how (?:can|may) i|(?:like"
    r"|want) to (?:know|hear|learn|talk|chat)|what would you like"
    r"|can i (?:just )?say|can i ask|should i (?:try|watch|read|visit|get)",
)
_DECIDES = re.compile(
    r"\W*(?:(?:oh|well|hm+|um|ah|great|thanks|thank you|perfect|please|actually|i think|let's say"
    r"|then)\b\W*)*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|no|nope|nah|do(?: it| so|n't| not)?\b"
    r"|go (?:ahead|for|with)|absolutely|definitely|of course|certainly|confirm|approve|agree|correct|right|fine"
    r"|sounds|that works|works for me|neither|both|either|any\b|all of|none"
    r"|the (?:first|second|third|fourth|last|latter|former|other|cheap|expensive|earl|late|short|long|big|small)"
    r"|(?:option|number|version) \w|[ab\d]\b|cancel|leave|skip|keep|send|delete|book"
    r"|i(?:'d| would)? (?:prefer|choose|pick|want|like)|i'll (?:take|go)|let's (?:do|go|take|keep|not)"
    r"|not (?:necessary|needed)|never ?mind|forget it|whichever|you decide|up to you"
    r"|ja|nein|genau|gern|klar|mach|sí|si|claro|vale|oui|non|d'accord|bien sûr|vas-y|sì|va bene|certo|sim|não|да"
    r"|нет|конечно|хорошо|давай|はい|いいえ|お願い|うん|いや)(?!\w*\s(?:idea|clue))",
)
_WAITS = re.compile(
    r"\b(?:hold on|hang on|wait\b|(?:one|a|just a) (?:moment|minute|sec\w*)|let me (?:think|check|see|ask|sleep"
    r"|get back)|i(?:'ll| will| need to| have to| must) (?:think|check|ask|get back"
    r"|let you know|decide|sleep)|not (?:sure|now|yet)|(?:but |^\W*)first,|(?:but "
    r"|^\W*(?:ok(?:ay)?,? )?)first\b(?! one)|before (?:that|we do|you do|i (?:decide|answer))|another (?:thing"
    r"|question)|meanwhile"
    r"|in the meantime|no (?:idea|clue)|i don't know|ask me later|later\W*$|by the way|quick question"
    r"|can'?t decide|undecided|warte|moment mal|später|zuerst|erst mal|espera|luego|primero"
    r"|un momento|attends|attendez|plus tard|d'abord|un instant|aspetta|più tardi|espere|depois|primeiro|подожди"
    r"|позже|сначала)|待って|後で|あとで|まず|ちょっと",
)
_PUTS_OFF = re.compile(
    r"\b(?:i(?:'ll| will)|let me|i(?:'m| am) going to|i need to|i have to) (?:\w+ )?(?:(?:look|dig) into|find out"
    r"|(?:get|come|circle|report) back|let you know|investigate|check (?:\w+ ){1,6}and"
    r" (?:\w+ )?(?:get|come|report|let|tell))|\bmelde mich\b|\bkläre das\b|\bte (?:aviso|digo) (?:luego|después)"
    r"|\bje reviens vers\b|\bti faccio sapere\b|\beu aviso\b|\bузнаю и\b|確認して(?:から)?(?:ご)?連絡",
)
_NOT_YET = re.compile(r"\b(?:not|yet|haven't|hasn't|didn't|will|noch|nicht)\b")
_AS_PROMISED = re.compile(
    r"\b(?:as promised|i (?:have )?(?:looked|checked|found out)|you asked|your (?:earlier )?question)\b", re.IGNORECASE
)
_ASKING = (
    "?",
    "confirm",
    "approv",
    "let me know",
    "please",
    "go-ahead",
    "bestätig",
    "entscheid",
    "подтверд",
    "か",
    "ください",
)
"""One of these is in every ask, all but the first also without a question mark."""
_SENTENCE = re.compile(r"[^.!?。\n]+[.!?。]?")
_READ = 600
"""How many characters of a message are looked at for an answer."""
_JUST_DONE = frozenset(["done", "erledigt", "hecho", "fait", "fatto", "feito", "готово"])
_PRESENT = {"sent": "send", "paid": "pay", "bought": "buy", "made": "make", "wrote": "write", "written": "write"}
_WORD = re.compile(r"[^\W\d_]{3,}|\d+")
_COMMON_WORDS = """
the and you for are was were with that this have has had not but can could shall should would will may want like please
prefer which what when where who how why one two now then them they there here your our his her its from into about just
also some any all let know tell get give make does did been more than out off yes
"""
_COMMON = frozenset(word[:4] for word in _COMMON_WORDS.split())


@dataclass(slots=True)
class _Ask:
    index: int
    words: frozenset[str]
    by_user: bool = False
    """A user's question that the assistant put off; else a decision that the assistant asked for."""
    fresh: bool = True
    """The user has said nothing since."""


@dataclass(slots=True)
class _Waiting:
    """What waits while the messages are read from the first to the last."""

    asks: list[_Ask] = field(default_factory=list[_Ask])
    calls: dict[str, int] = field(default_factory=dict[str, int])

    def user(self, text: str) -> None:
        """The user answers the newest ask, or one that the words name; or goes on to something else."""
        ask = self._meant(_words(text)) if any(not ask.by_user for ask in self.asks) else None
        if ask and _answers(text, ask):
            self.asks.remove(ask)
        for other in self.asks:
            other.fresh = False

    def assistant(self, index: int, text: str, question: tuple[int, str] | None) -> None:
        """The assistant did what it asked about, answers what it put off, asks, or puts off `question`."""
        if self.asks:
            self._close_done(text)
        if question and len(text) < _READ and _PUTS_OFF.search(text):
            self._add(_Ask(question[0], _words(question[1]), by_user=True))
        elif self.asks:
            self._close_answered(text)
        asked = _asked_for(text)
        if asked:
            self._add(_Ask(index, _words(asked)))

    def _meant(self, words: frozenset[str]) -> _Ask:
        decisions = [ask for ask in self.asks if not ask.by_user]
        return max(reversed(decisions), key=lambda ask: len(ask.words & words))

    def _close_done(self, text: str) -> None:
        tokens: list[str] = _WORD.findall(text[:_READ])
        verbs = {token for token in tokens if token.endswith("ed") or token in _PRESENT or token in _JUST_DONE}
        if not verbs or _NOT_YET.search(text):
            return
        stems: set[str] = {_PRESENT.get(verb, verb)[:4] for verb in verbs}
        decisions = [ask for ask in self.asks if not ask.by_user]
        over = [ask for ask in decisions if ask.words & stems]
        if not over and tokens[0] in _JUST_DONE:
            over = decisions[-1:]
        self.asks = [ask for ask in self.asks if ask not in over]

    def _close_answered(self, text: str) -> None:
        if not any(ask.by_user for ask in self.asks):
            return
        words = _words(text)
        promised = _AS_PROMISED.search(text) is not None
        self.asks = [
            ask
            for ask in self.asks
            if not (ask.by_user and (promised or len(ask.words & words) >= min(2, len(ask.words))))
        ]

    def _add(self, ask: _Ask) -> None:
        """Open an ask, in place of one about the same."""
        self.asks = [
            other for other in self.asks if 5 * len(other.words & ask.words) < 3 * len(other.words | ask.words)
        ]
        self.asks = [*self.asks, ask][-MOST_OPEN:]


def open_asks(messages: Sequence[Message]) -> set[int]:
    """Indexes of the messages that wait for an answer, an approval or a tool's result; the newest five at most."""
    waiting = _Waiting()
    question: tuple[int, str] | None = None
    for index, message in enumerate(messages):
        if message.role == "user":
            text = message.text.lower()
            waiting.user(text)
            question = (index, text)
        elif message.role == "assistant":
            calls = message.tool_calls
            waiting.calls.update({call.id: index for call in calls})
            if text := message.text.lower():
                waiting.assistant(index, text, question if not calls else None)
            question = None
        elif message.role == "tool":
            for block in message.content:
                if block.type == "tool_result":
                    waiting.calls.pop(block.call_id, None)
    return set(sorted({*waiting.calls.values(), *(ask.index for ask in waiting.asks)})[-MOST_OPEN:])


def _asked_for(text: str) -> str:
    """The sentence of a lower-case text that asks for a decision; empty when none does, or only out of courtesy."""
    if not any(cue in text for cue in _ASKING):
        return ""
    for sentence in _SENTENCE.findall(text):
        if (sentence.endswith("?") or any(cue in sentence for cue in _ASKING[1:])) and (
            _ASKS.search(sentence) and not _COURTESY.search(sentence)
        ):
            return sentence
    return ""


def _answers(text: str, ask: _Ask) -> bool:
    """Whether the user decides. Right after the ask anything does that is no question and does not put it off."""
    decides = _DECIDES.match(text) is not None
    if _WAITS.search(text, 0, _READ):
        return decides and text.lstrip().startswith(("yes", "no,", "no.", "the "))
    if decides:
        return ask.fresh or bool(ask.words & _words(text)) or len(text) <= 40
    return ask.fresh and not text.rstrip().endswith(("?", "？"))


def _words(text: str) -> frozenset[str]:
    """What a text is about: the beginnings of its words, so that "deleted" is the same as "delete"."""
    return frozenset(word[:4] for word in _WORD.findall(text[:_READ])) - _COMMON
