"""What a card says of a call that waits for approval: why it asks, its arguments, how far a yes can reach."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from deskhand.host.beginnings import beginning
from deskhand.host.human import ApprovalRequest, Span
from deskhand.visible import visible, visible_line

SHOWN = 4_000
"""Characters of the arguments or of what changed that a card shows at once; it says how many more there are, and shows
them when asked."""
SHOWN_ARGUMENTS = 40
_LONGEST_NAME = 200

_WHY: Mapping[str, str] = {
    "writes": "It changes something.",
    "destructive": "It may destroy or overwrite something, or does not say that it leaves everything in place.",
    "writes to the outside world": "It changes or sends something outside this machine.",
    "untrusted server": "Its server is not trusted: what the server says of its tools is not believed.",
    "definition changed": "Its definition is not the one that you agreed to. A description is text that the model "
    "obeys: read what changed.",
}

_REACH: Mapping[Span, tuple[str, str]] = {
    "once": ("Allow once", "This call only."),
    "session": (
        "Allow for this session",
        "Calls of this tool in this conversation are not asked about again until Deskhand is restarted.",
    ),
    "tool": (
        "Always allow this tool",
        "This tool is never asked about again, in any conversation, for as long as its definition stays as it is.",
    ),
    "server": (
        "Always allow this server",
        "Tools of this server that read, or change only what is their own, are never asked about again. Those that "
        "destroy something or reach outside still are.",
    ),
}


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to say yes."""

    span: Span
    words: str
    hint: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as it is shown: hidden characters are visible. `long` text goes on lines of its own."""

    name: str
    text: str

    @property
    def long(self) -> bool:
        """Whether it needs a block of its own."""
        return "\n" in self.text or len(self.text) > 80


@dataclass(frozen=True, slots=True)
class Shown:
    """Arguments, or what changed in a definition, and how many characters of them are left out."""

    arguments: Sequence[Argument] = ()
    left_out: int = 0
    diff: str = ""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Those of what changed, each with what it is: `add`, `del`, `at` or nothing."""
        return [(_mark(line), visible(line)) for line in self.diff.split("\n") if line]


@dataclass(frozen=True, slots=True)
class CallCard:
    """One call on a card; `number` counts from 0 among those that are asked about together."""

    number: int
    request: ApprovalRequest

    @property
    def name(self) -> str:
        """The tool, as the model calls it."""
        return _name(self.request.call.name)

    @property
    def title(self) -> str:
        """The tool, as it is called for people; empty where that is its name."""
        title = _name(self.request.title)
        return "" if title == self.name else title

    @property
    def server(self) -> str:
        """Who offers the tool."""
        return _name(self.request.server)

    @property
    def why(self) -> str:
        """A sentence on why it asks."""
        return _WHY.get(self.request.reason, visible(self.request.reason))

    @property
    def grave(self) -> bool:
        """Whether a wrong yes can hardly be taken back."""
        return self.request.reason not in ("writes", "untrusted server")

    @property
    def redefined(self) -> bool:
        """Whether it is not a call that is asked about, but the definition of the tool."""
        return self.request.reason == "definition changed"

    @property
    def reaches(self) -> list[Reach]:
        """How far a yes can reach."""
        return [Reach(span, *_REACH[span]) for span in self.request.spans]

    @property
    def beginning(self) -> Shown:
        """As much of it as a card shows at once."""
        if self.redefined:
            diff = self.request.diff
            return Shown(diff=diff[:SHOWN], left_out=max(0, len(diff) - SHOWN))
        return _beginning(self.whole.arguments)

    @property
    def whole(self) -> Shown:
        """Every argument, or all that changed, to the last character."""
        if self.redefined:
            return Shown(diff=self.request.diff)
        call = self.request.call
        if call.arguments is None:
            return Shown([Argument("", visible(call.raw))])
        return Shown([Argument(visible(name), _text(value)) for name, value in call.arguments.items()])

    @property
    def editable(self) -> str:
        """The arguments as JSON that can be changed; with escapes where it would hide a character otherwise."""
        arguments = self.request.call.arguments or {}
        text = json.dumps(arguments, indent=2, ensure_ascii=False)
        return text if visible(text) == text else json.dumps(arguments, indent=2)


def cards_of(requests: Sequence[ApprovalRequest]) -> list[CallCard]:
    """One for each call."""
    return [CallCard(number, request) for number, request in enumerate(requests)]


def reaches_of_all(cards: Sequence[CallCard]) -> list[Reach]:
    """How far one yes to all of them can reach."""
    return [reach for reach in cards[0].reaches if all(reach in card.reaches for card in cards)]


def _name(text: str) -> str:
    return visible_line(beginning(text, _LONGEST_NAME))


def _text(value: JsonValue) -> str:
    return visible(value if isinstance(value, str) and value else json.dumps(value, indent=2, ensure_ascii=False))


def _beginning(arguments: Sequence[Argument]) -> Shown:
    shown = list(_within(arguments))
    total = sum(len(argument.name) + len(argument.text) for argument in arguments)
    return Shown(shown, total - sum(len(argument.name) + len(argument.text) for argument in shown))


def _within(arguments: Sequence[Argument]) -> Iterator[Argument]:
    room = SHOWN
    for argument in arguments[:SHOWN_ARGUMENTS]:
        if room <= 0:
            return
        name, text = argument.name[:_LONGEST_NAME], argument.text[:room]
        room -= len(name) + len(text)
        yield Argument(name, text)


def _mark(line: str) -> str:
    marks = {"+": "add", "-": "del", "@": "at"}
    return "" if line.startswith(("+++", "---")) else marks.get(line[:1], "")
