"""The evaluation set of the context manager: long dialogues, written by hand, and questions with their evidence.

A file `<kind>-<number>.txt` is one dialogue; even numbers are held out. After `title: …` and `language: …`:

    @ 2026-02-03T09:12+01:00                          the time of what follows; each message adds 30 seconds
    user #visa: My appointment is on 14 March.        a message; `#visa` marks it as evidence
    user !: From now on give prices in euros only.    `!` marks a standing instruction
    assistant: Gladly.
    | a further line of the same message
    call c1 search_flights {"from": "GOT"}            lines of calls that follow each other are one message
    result c1: 2 flights found
    | #fare 07:40 SK4711 189 EUR                      one line as evidence
    ? How much is the flight = #fare #visa            the questions come last, each with all that answers it
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import JsonValue

from deskhand.context.message import Block, Message, Metadata, Role, Text, ToolCall, ToolResult

DATA = Path(__file__).parent / "data" / "context"
PAUSE = timedelta(seconds=30)
"""From one message to the next within a sitting."""

_LABELS = r"(?P<labels>(?: #[a-z0-9]+)*)"
_SAID = re.compile(rf"(?P<role>user|assistant)(?P<rule> !)?{_LABELS}: (?P<text>.*)")
_CALL = re.compile(r"call (?P<id>\S+) (?P<tool>\S+) (?P<arguments>\{.*\})")
_RESULT = re.compile(rf"result (?P<id>\S+){_LABELS}: ?(?P<text>.*)")
_MORE = re.compile(r"\|(?: (?:#(?P<label>[a-z0-9]+) )?(?P<text>.*))?")
_TIME = re.compile(r"@ (?P<time>.+)")
_QUESTION = re.compile(r"\? (?P<text>.+?) = (?P<labels>#[a-z0-9]+(?: #[a-z0-9]+)*) *")
_HEAD = re.compile(r"(?P<field>title|language): (?P<value>.+)")


class FormatError(ValueError):
    """A line that cannot be read, with its file and number."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What answers a question, or a part of it: a whole message, or one line of it."""

    position: int
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and all of what is needed to answer it."""

    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Dialogue:
    """A long dialogue; message `m<n>` stands at position n - 1."""

    name: str
    title: str
    language: str
    messages: tuple[Message, ...]
    questions: tuple[Question, ...]
    instructions: tuple[int, ...]
    """Positions of the messages that carry a standing instruction."""

    @property
    def kind(self) -> str:
        """`friends`, `project`, `mixed` or `agent`: what its file is named after."""
        return self.name.rpartition("-")[0]

    @property
    def held_out(self) -> bool:
        """Whether its number is even: those were only looked at for the report, not while weights were chosen."""
        return int(self.name.rpartition("-")[2]) % 2 == 0


@dataclass
class _Draft:
    """A message while its lines are being read."""

    role: Role
    at: datetime
    lines: list[str] = field(default_factory=list[str])
    calls: list[ToolCall] = field(default_factory=list[ToolCall])
    answers: ToolCall | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def blocks(self) -> tuple[Block, ...]:
        if self.answers is None:
            return tuple(self.calls) or (Text(text=self.text),)
        content = (Text(text=self.text),)
        return (ToolResult(call_id=self.answers.id, name=self.answers.name, content=content, source="data"),)


class _Reader:
    """Reads the lines of one file, from the first to the last."""

    def __init__(self) -> None:
        self.head: dict[str, str] = {}
        self.drafts: list[_Draft] = []
        self.instructions: list[int] = []
        self.asked: list[tuple[str, list[str], int]] = []
        self._labels: dict[str, tuple[int, int | None]] = {}  # position of the message, and of the line when it is one
        self._calls: dict[str, ToolCall] = {}
        self._open: set[str] = set()
        self._next: datetime | None = None
        self._kinds: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], None]], ...] = (
            (_SAID, self._said),
            (_MORE, self._more),
            (_CALL, self._call),
            (_RESULT, self._result),
            (_TIME, self._time),
            (_HEAD, self._head),
        )

    def read(self, line: str, number: int) -> None:
        """Take one line.

        Raises:
            ValueError: why it cannot be read.
        """
        if asked := _QUESTION.fullmatch(line):
            self.asked.append((asked["text"], asked["labels"].replace("#", "").split(), number))
            return
        if self.asked:
            raise ValueError("after the first question come only questions, as `? text = #label`")
        found = ((take, pattern.fullmatch(line)) for pattern, take in self._kinds)
        take, match = next(((take, match) for take, match in found if match), (None, None))
        if take is None or match is None:
            raise ValueError(f"cannot read {line[:60]!r}")
        take(match)

    def questions(self) -> Iterator[Question]:
        """The questions; ValueError for one that needs what is not there."""
        for text, labels, number in self.asked:
            if unknown := [label for label in labels if label not in self._labels]:
                raise ValueError(f"line {number}: no message has the label #{unknown[0]}")
            yield Question(text, tuple(self._evidence(label) for label in labels))

    def check_end(self) -> None:
        """Say what is missing now that all lines are read."""
        used = {label for _, labels, _ in self.asked for label in labels}
        missing = [f"has no {name}" for name in ("title", "language") if name not in self.head]
        missing += [f"call {name} has no result" for name in sorted(self._open)]
        missing += [f"no question needs #{label}" for label in self._labels if label not in used]
        if missing:
            raise ValueError("; ".join(missing))

    def _evidence(self, label: str) -> Evidence:
        position, line = self._labels[label]
        draft = self.drafts[position]
        return Evidence(position, draft.text if line is None else draft.lines[line])

    def _head(self, match: re.Match[str]) -> None:
        self.head[match["field"]] = match["value"].strip()

    def _time(self, match: re.Match[str]) -> None:
        time = datetime.fromisoformat(match["time"].strip())
        if time.tzinfo is None:
            raise ValueError("the time has no offset")
        if self._next and time < self._next - PAUSE:
            raise ValueError("the time goes back")
        self._next = time

    def _said(self, match: re.Match[str]) -> None:
        self._begin("user" if match["role"] == "user" else "assistant").lines.append(match["text"])
        if match["rule"]:
            self.instructions.append(len(self.drafts) - 1)
        self._label(match["labels"].replace("#", "").split())

    def _more(self, match: re.Match[str]) -> None:
        if not self.drafts or self.drafts[-1].calls:
            raise ValueError("a further line follows no message")
        self.drafts[-1].lines.append(match["text"] or "")
        if match["label"]:
            self._label([match["label"]], len(self.drafts[-1].lines) - 1)

    def _call(self, match: re.Match[str]) -> None:
        name = match["id"]
        if name in self._calls:
            raise ValueError(f"call {name} is there twice")
        arguments: dict[str, JsonValue] = json.loads(match["arguments"])
        call = self._calls[name] = ToolCall(id=name, name=match["tool"], arguments=arguments)
        draft = self.drafts[-1] if self.drafts and self.drafts[-1].calls else self._begin("assistant")
        draft.calls.append(call)
        self._open.add(name)

    def _result(self, match: re.Match[str]) -> None:
        name = match["id"]
        if name not in self._open:
            raise ValueError(f"result {name} answers no open call")
        self._open.remove(name)
        draft = self._begin("tool")
        draft.answers = self._calls[name]
        draft.lines.append(match["text"])
        self._label(match["labels"].replace("#", "").split())

    def _begin(self, role: Role) -> _Draft:
        if self._next is None:
            raise ValueError("a message comes before the first `@ time`")
        if self._open and role != "tool":
            raise ValueError(f"call {min(self._open)} has no result yet")
        self.drafts.append(_Draft(role, self._next))
        self._next += PAUSE
        return self.drafts[-1]

    def _label(self, labels: Iterable[str], line: int | None = None) -> None:
        for label in labels:
            if label in self._labels:
                raise ValueError(f"#{label} is there twice")
            self._labels[label] = (len(self.drafts) - 1, line)


def read_dialogue(file: Path) -> Dialogue:
    """The dialogue in a file.

    Raises:
        FormatError: a line cannot be read, or something is missing.
    """
    reader = _Reader()
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            if line.strip():
                reader.read(line, number)
        except ValueError as error:
            raise FormatError(f"{file.name}, line {number}: {error}") from error
    try:
        questions = tuple(reader.questions())
        reader.check_end()
    except ValueError as error:
        raise FormatError(f"{file.name}: {error}") from error
    language = reader.head["language"]
    messages = tuple(_message(draft, position, language) for position, draft in enumerate(reader.drafts))
    return Dialogue(file.stem, reader.head["title"], language, messages, questions, tuple(reader.instructions))


@cache
def dialogues() -> tuple[Dialogue, ...]:
    """Every dialogue of `bench/data/context`, by name."""
    return tuple(read_dialogue(file) for file in sorted(DATA.glob("*-[0-9]*.txt")))


def _message(draft: _Draft, position: int, language: str) -> Message:
    metadata = Metadata(timestamp=draft.at, language=language)
    return Message(role=draft.role, content=draft.blocks(), id=f"m{position + 1}", metadata=metadata)
