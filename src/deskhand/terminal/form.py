"""Filling in what a server asks: one question after the other, then a last look before it is sent."""

from collections.abc import Callable, Sequence

from rich.console import RenderableType
from rich.text import Text

from deskhand.errors import InvalidInput
from deskhand.host.form_fields import FormField, Value, form_fields, shown_value
from deskhand.host.human import FormAnswer, FormRequest
from deskhand.host.sign_in import safe_to_open
from deskhand.terminal.cards import panel
from deskhand.terminal.keyboard import Keyboard
from deskhand.terminal.printable import one_line, printable

_LEAVE = "Type /decline to say no, /cancel to leave it unanswered."
_SEND = "Send?  [y]es  [e]dit  [d]ecline  [c]ancel: "
_GO = "Open it in a browser?  [y]es  [d]ecline  [c]ancel: "


class _Left(Exception):
    """The person left the form, this way."""

    def __init__(self, answer: FormAnswer) -> None:
        super().__init__(answer.action)
        self.answer = answer


class Form:
    """One conversation about one form."""

    def __init__(
        self, keyboard: Keyboard, show: Callable[[RenderableType], None], open_url: Callable[[str], object]
    ) -> None:
        self._keyboard = keyboard
        self._show = show
        self._open_url = open_url

    async def fill(self, request: FormRequest) -> FormAnswer:
        """The person's answer; a form that cannot be shown is cancelled, and says why."""
        if request.url is not None:
            return await self._visit(request, request.url)
        try:
            fields = form_fields(request.schema or {})
        except InvalidInput as error:
            self._show(Text(f"{one_line(request.server)} asked something else: {error.message}", style="red"))
            return FormAnswer("cancel")
        self._show(form_card(request, fields))
        try:
            return await self._fill(fields)
        except _Left as left:
            return left.answer

    async def _fill(self, fields: Sequence[FormField]) -> FormAnswer:
        given: dict[str, Value | None] = {}
        while True:
            for field in fields:
                given[field.name] = await self._one(field, given.get(field.name))
            if len(fields) > 1:
                self._show(_summary(fields, given))
            if len(fields) == 1 or await self._send():
                return FormAnswer("accept", {name: value for name, value in given.items() if value is not None})

    async def _one(self, field: FormField, before: Value | None) -> Value | None:
        self._show(_question(field))
        default = shown_value(field, before) if before is not None else field.default_text
        while True:
            typed = await self._keyboard.ask(f"{one_line(field.title, 60)}: ", default=default)
            _left(typed)
            try:
                return field.parse(typed)
            except InvalidInput as error:
                self._show(Text(printable(error.message), style="yellow"))
                default = typed

    async def _send(self) -> bool:
        """Whether to send it; if not, the questions come again with what was answered."""
        while True:
            typed = (await self._keyboard.ask(_SEND)).strip().casefold()
            _left({"d": "/decline", "decline": "/decline", "c": "/cancel", "cancel": "/cancel"}.get(typed, typed))
            if typed in ("y", "yes"):
                return True
            if typed in ("e", "edit"):
                return False

    async def _visit(self, request: FormRequest, url: str) -> FormAnswer:
        if not safe_to_open(url):
            self._show(
                Text(f"{one_line(request.server)} asks to open {one_line(url)}, which is not https.", style="red")
            )
            return FormAnswer("cancel")
        parts = [Text(printable(request.message)), Text(""), Text(printable(url), style="bold", overflow="fold")]
        self._show(panel(parts, _title(request, "sends you to a web page"), "", "magenta"))
        while True:
            typed = (await self._keyboard.ask(_GO)).strip().casefold()
            if typed in ("y", "yes"):
                self._open_url(url)
                return FormAnswer("accept")
            if typed in ("d", "decline", "/decline", "c", "cancel", "/cancel"):
                return FormAnswer("decline" if "d" in typed else "cancel")


def form_card(request: FormRequest, fields: Sequence[FormField]) -> RenderableType:
    """Who asks what, and how to say no."""
    asked = ", ".join(one_line(field.title, 40) for field in fields)
    parts = [Text(printable(request.message)), Text("")]
    parts += [Text(f"Asked for: {asked}. {_LEAVE}" if fields else _LEAVE, style="dim")]
    return panel(parts, _title(request, "asks you"), "", "magenta")


def _title(request: FormRequest, what: str) -> Text:
    return Text(f"{one_line(request.server)} {what}", style="bold magenta")


def _question(field: FormField) -> RenderableType:
    lines = Text()
    if field.description:
        lines.append(f"{printable(field.description)}\n", style="dim")
    for number, choice in enumerate(field.choices, start=1):
        lines.append(f"  {number}. {one_line(choice.title)}\n")
    lines.append(f"{one_line(field.title, 60)}: {one_line(field.hint())}", style="dim")
    return lines


def _summary(fields: Sequence[FormField], given: dict[str, Value | None]) -> RenderableType:
    parts = [
        Text(f"{one_line(field.title, 40)}: {one_line(shown_value(field, given[field.name]))}") for field in fields
    ]
    return panel(parts, Text("Your answers", style="bold magenta"), "", "magenta")


def _left(typed: str) -> None:
    word = typed.strip().casefold()
    if word == "/decline":
        raise _Left(FormAnswer("decline"))
    if word == "/cancel":
        raise _Left(FormAnswer("cancel"))
