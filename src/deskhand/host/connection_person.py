"""The person behind a connection: what a server asks goes to them, and no deadline runs while they think."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import anyio
import mcp_types
from mcp.client import ClientRequestContext
from mcp.shared.exceptions import MCPError, UrlElicitationRequiredError
from pydantic import JsonValue

from deskhand.host.beginnings import beginning
from deskhand.host.events import ElicitationAnswered, ElicitationAsked, Event, Notice
from deskhand.host.human import FormAnswer, FormRequest, Human
from deskhand.host.patience import Patience

FormContent = dict[str, str | int | float | bool | list[str] | None]

LONGEST_MESSAGE = 4_000
"""Characters of what a server says that are shown, and kept in the conversation."""
LARGEST_FORM = 256 * 1024
"""Characters of a form's schema as JSON: it stands on every page of the person until they answer."""
LONGEST_ADDRESS = 8_000
"""Characters of an address to visit: a part of one leads elsewhere. Servers must take so many (RFC 9110, 4.1)."""


class Questions:
    """Elicitation on one connection, in both eras: the request from the server, and the input a result asks for."""

    def __init__(self, server: str, human: Human, emit: Callable[[Event], None], asking: anyio.Lock) -> None:
        self._server = server
        self._human = human
        self._emit = emit
        self._asking = asking
        """Held while a person is asked, whichever server asks: one form at a time."""
        self._waiting: set[Patience] = set()
        self._people = 0

    @contextmanager
    def patient(self, seconds: float) -> Generator[Patience]:
        """A deadline for the server, which pauses while a person is asked on its behalf."""
        with Patience(seconds) as patience:
            self._waiting.add(patience)
            for _ in range(self._people):
                patience.pause()
            try:
                yield patience
            finally:
                self._waiting.discard(patience)

    @contextmanager
    def asked(self) -> Generator[None]:
        """A person is being asked. Which request it is for is not always said, so all of this server's pause."""
        self._people += 1
        for patience in self._waiting:
            patience.pause()
        try:
            yield
        finally:
            self._people -= 1
            for patience in self._waiting:
                patience.resume()

    async def elicit(
        self, context: ClientRequestContext, params: mcp_types.ElicitRequestParams
    ) -> mcp_types.ElicitResult | mcp_types.ErrorData:
        """Answer the SDK for the person. What is too large to be put before one is refused."""
        schema = params.requested_schema if isinstance(params, mcp_types.ElicitRequestFormParams) else None
        url = params.url if isinstance(params, mcp_types.ElicitRequestURLParams) else None
        request = FormRequest(self._server, params.message, schema, url)
        if problem := _too_large(request):
            return self._refused(problem)
        with self.asked():
            answer = await self._ask(request)
        content: FormContent | None = None
        if schema is not None and answer.action == "accept":
            content = _defaults(schema) if answer.content is None else answer.content
        return mcp_types.ElicitResult(action=answer.action, content=content)

    async def visited(self, error: MCPError) -> bool:
        """A request failed because pages must be visited first (MCP 2025-11-25, -32042): whether the person did."""
        for page in UrlElicitationRequiredError.from_error(error.error).elicitations:
            request = FormRequest(self._server, page.message, None, page.url)
            if problem := _too_large(request):
                self._refused(problem)
                return False
            with self.asked():
                answer = await self._ask(request)
            if answer.action != "accept":
                return False
        return True

    def _refused(self, problem: str) -> mcp_types.ErrorData:
        self._emit(Notice(level="warning", text=f"{self._server} wanted to ask you something. {problem}"))
        return mcp_types.ErrorData(code=mcp_types.INVALID_PARAMS, message=problem)

    async def _ask(self, form: FormRequest) -> FormAnswer:
        form = replace(form, message=beginning(form.message, LONGEST_MESSAGE))
        async with self._asking:
            self._emit(ElicitationAsked(server=form.server, message=form.message, fields=form.schema, url=form.url))
            answer = await self._human.fill(form)
            self._emit(ElicitationAnswered(server=form.server, action=answer.action))
            return answer


def _too_large(form: FormRequest) -> str:
    """What is too large about it, and how large it may be; empty when nothing is."""
    if form.url is not None and len(form.url) > LONGEST_ADDRESS:
        return f"The address is {len(form.url):,} characters long; at most {LONGEST_ADDRESS:,} are put before a person."
    size = len(json.dumps(form.schema))
    if size > LARGEST_FORM:
        return f"The form is {size:,} characters of JSON; at most {LARGEST_FORM:,} are put before a person."
    return ""


def _defaults(schema: dict[str, JsonValue]) -> FormContent:
    """A form as it stands before anything is filled in (MCP 2025-11-25, elicitation)."""
    properties = schema.get("properties")
    fields = properties.items() if isinstance(properties, dict) else ()
    defaults = {name: field["default"] for name, field in fields if isinstance(field, dict) and "default" in field}
    return cast(FormContent, defaults)
