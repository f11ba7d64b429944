"""What a card says of a form that a server puts before the person, or of a page that it sends them to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.host.human import FormRequest
from deskhand.visible import visible, visible_line
from deskhand.web.form_parts import Form
from deskhand.web.forms import form_of
from deskhand.web.page_address import Address, address_of, may_open

FormContent = dict[str, str | int | float | bool | list[str] | None]


@dataclass(frozen=True, slots=True)
class FormCard:
    """What a server asks."""

    request: FormRequest

    @property
    def server(self) -> str:
        """Who asks."""
        return visible_line(self.request.server)

    @property
    def message(self) -> str:
        """What they say, hidden characters made visible."""
        return visible(self.request.message)

    def form(self, question: str) -> Form:
        """The fields, as a question of this id asks for them; refused where they are not all of them."""
        form = form_of(self.request.schema or {}, f"{question}.")
        if not form.left_out:
            return form
        asked = len(form.fields) + form.left_out
        words = f"It asks for {asked:,} values, and only {len(form.fields)} can be shown"
        return replace(form, refused=f"{words}. You cannot agree to what you do not see: decline, or leave it.")

    @property
    def url(self) -> str | None:
        """The page they want opened; None for a form."""
        return self.request.url

    @property
    def opens(self) -> bool:
        """Whether the page may be opened: a web address that everyone reads in the same way."""
        return may_open(self.request.url or "")

    def must_open(self) -> None:
        """Refuse to say that a page was visited which may not be opened.

        Raises:
            InvalidInput: it may not.
        """
        if not self.opens:
            raise InvalidInput("This page cannot be opened, so nothing can be done there. Decline, or leave it.")

    @property
    def address(self) -> Address:
        """The whole of the address, with its host apart; without a host where it may not be opened."""
        return address_of(self.request.url or "")


def content_of(values: Mapping[str, JsonValue]) -> FormContent:
    """What was filled in, as an elicitation takes it: flat (MCP 2025-11-25, "Elicitation").

    Raises:
        InvalidInput: the server asked for something else, which the protocol cannot carry.
    """
    odd = [name for name, value in values.items() if not _flat(value)]
    if odd:
        raise InvalidInput(
            f"The server asks for {visible_line(odd[0])} in a form that the protocol cannot carry: only texts, "
            "numbers, yes or no, and lists of texts can be sent. Decline, and tell who runs the server."
        )
    return cast(FormContent, dict(values))


def _flat(value: JsonValue) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return not isinstance(value, dict)
