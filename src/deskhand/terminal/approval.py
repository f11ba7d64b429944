"""Asking whether calls may be made: one card for all of a step, then a letter."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from pydantic import JsonValue
from rich.console import RenderableType
from rich.text import Text

from deskhand.host.human import ApprovalRequest, Decision, Span
from deskhand.terminal.cards import full_arguments, panel
from deskhand.terminal.keyboard import Keyboard
from deskhand.terminal.printable import one_line, printable

SHOWN_LINES = 24
"""Lines of arguments on a card; what is longer says so, and `w` shows the whole."""

_SPANS: dict[str, Span] = {"y": "once", "s": "session", "t": "tool", "v": "server"}
_ONE = "Allow?  [y]es  [n]o, or n and why  [e]dit  {reach}[w]hole: "
_REACH: dict[Span, str] = {"session": "[s]ession", "tool": "[t]ool always", "server": "[v] server always"}
_ALL = "Allow?  [y]es to all  [n]o to all  [o]ne by one  [w]hole: "
_WORDS = {"yes": "y", "no": "n", "edit": "e", "session": "s", "tool": "t", "server": "v", "whole": "w", "one": "o"}

Edit = Callable[[str], Awaitable[str]]
"""Lets the person change a text."""


class Approval:
    """One conversation about the calls of one step."""

    def __init__(self, keyboard: Keyboard, show: Callable[[RenderableType], None], edit: Edit) -> None:
        self._keyboard = keyboard
        self._show = show
        self._edit = edit

    async def decide(self, requests: Sequence[ApprovalRequest]) -> list[Decision]:
        """One decision per request. Only a clear yes is one."""
        self._show(approval_card(requests))
        if len(requests) == 1:
            return [await self._one(requests[0])]
        while True:
            letter, reason = _read(await self._keyboard.ask(_ALL))
            if letter in ("y", "n"):
                return [Decision(allow=letter == "y", reason=reason)] * len(requests)
            if letter == "o":
                return [await self._single(request) for request in requests]
            self._again(letter, requests)

    async def _single(self, request: ApprovalRequest) -> Decision:
        self._show(approval_card([request]))
        return await self._one(request)

    async def _one(self, request: ApprovalRequest) -> Decision:
        arguments: dict[str, JsonValue] | None = None
        while True:
            letter, reason = _read(await self._keyboard.ask(_question(request)))
            if letter in _SPANS and _SPANS[letter] in request.spans:
                return Decision(allow=True, span=_SPANS[letter], arguments=arguments)
            if letter == "n":
                return Decision(allow=False, reason=reason)
            if letter == "e":
                arguments = await self._edited(request, arguments or request.call.arguments)
            else:
                self._again(letter, [request])

    async def _edited(
        self, request: ApprovalRequest, before: dict[str, JsonValue] | None
    ) -> dict[str, JsonValue] | None:
        """Other arguments, shown once more before the answer counts; those before when they are no JSON object."""
        text = await self._edit(json.dumps(before or {}, indent=2, ensure_ascii=False))
        try:
            after = cast(JsonValue, json.loads(text))
        except ValueError as error:
            self._show(Text(f"That is not JSON ({error}). The arguments are as before.", style="yellow"))
            return before
        if not isinstance(after, dict):
            self._show(Text("The arguments must be a JSON object, {…}. They are as before.", style="yellow"))
            return before
        self._show(_arguments_card(request, after))
        return after

    def _again(self, letter: str, requests: Sequence[ApprovalRequest]) -> None:
        if letter == "w":
            self._show(approval_card(requests, lines=None))
        else:
            self._show(Text("Please type one of the letters in brackets.", style="yellow"))


def approval_card(requests: Sequence[ApprovalRequest], lines: int | None = SHOWN_LINES) -> RenderableType:
    """What is asked: each call with its server, the reason to ask, and its arguments."""
    many = len(requests) > 1
    parts: list[RenderableType] = []
    for number, request in enumerate(requests, start=1):
        if parts:
            parts.append(Text(""))
        parts += _call(request, f"{number}. " if many else "", lines)
    title = f"{len(requests)} calls need your approval" if many else "This call needs your approval"
    return panel(parts, Text(title, style="bold yellow"), "", "yellow")


def _question(request: ApprovalRequest) -> str:
    """The letters that count, with no wider yes than would hold."""
    return _ONE.format(reach="".join(f"{words}  " for span, words in _REACH.items() if span in request.spans))


def _call(request: ApprovalRequest, number: str, lines: int | None) -> list[RenderableType]:
    head = Text.assemble(
        number,
        (one_line(request.call.name, 60), "bold"),
        (f" · {one_line(request.server, 40)}" if request.server else "", ""),
        (
            f"  {one_line(request.reason)}",
            "red" if "destr" in request.reason or "outside" in request.reason else "yellow",
        ),
    )
    shown = full_arguments(request.call.arguments, request.call.raw)
    return [head, *_cut(shown, lines), *(Text(line) for line in printable(request.diff).split("\n") if request.diff)]


def _cut(shown: list[str], lines: int | None) -> list[RenderableType]:
    if lines is None or len(shown) <= lines:
        return [Text(f"  {line}") for line in shown]
    rest = f"  … {len(shown) - lines:,} more lines, not shown: type w to read them"
    return [*(Text(f"  {line}") for line in shown[:lines]), Text(rest, style="bold yellow")]


def _arguments_card(request: ApprovalRequest, arguments: dict[str, JsonValue]) -> RenderableType:
    parts = [Text(f"  {line}") for line in full_arguments(arguments, "")]
    return panel(parts, Text(f"{one_line(request.call.name, 60)}, as you edited it", style="bold yellow"), "", "yellow")


def _read(typed: str) -> tuple[str, str]:
    """The letter, and after a no its reason. Nothing typed is no answer."""
    word, _, rest = typed.strip().partition(" ")
    word = word.casefold().rstrip(",:;")
    letter = _WORDS.get(word, word)
    return ("", "") if rest and letter != "n" else (letter, rest.strip())
