"""The person behind a connection: what a server asks goes to them, and no deadline runs while they think."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import cast

import anyio
import mcp_types
from mcp.client import ClientRequestContext
from mcp.shared.exceptions import MCPError, UrlElicitationRequiredError
from pydantic import JsonValue

from deskhand.host.events import ElicitationAnswered, ElicitationAsked, Event
from deskhand.host.human import FormAnswer, FormRequest, Human
from deskhand.host.patience import Patience

FormContent = dict[str, str | int | float | bool | list[str] | None]


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
    ) -> mcp_types.ElicitResult:
        """Answer the SDK for the person."""
        form = params if isinstance(params, mcp_types.ElicitRequestFormParams) else None
        url = params.url if isinstance(params, mcp_types.ElicitRequestURLParams) else None
        with self.asked():
            answer = await self._ask(
                FormRequest(self._server, params.message, form.requested_schema if form else None, url)
            )
        content = _complete(answer, form.requested_schema) if form and answer.action == "accept" else None
        return mcp_types.ElicitResult(action=answer.action, content=content)

    async def visited(self, error: MCPError) -> bool:
        """A request failed because pages must be visited first (MCP 2025-11-25, -32042): whether the person did."""
        for page in UrlElicitationRequiredError.from_error(error.error).elicitations:
            with self.asked():
                answer = await self._ask(FormRequest(self._server, page.message, None, page.url))
            if answer.action != "accept":
                return False
        return True

    async def _ask(self, form: FormRequest) -> FormAnswer:
        async with self._asking:
            self._emit(ElicitationAsked(server=form.server, message=form.message, fields=form.schema, url=form.url))
            answer = await self._human.fill(form)
            self._emit(ElicitationAnswered(server=form.server, action=answer.action))
            return answer


def _complete(answer: FormAnswer, schema: dict[str, JsonValue]) -> FormContent:
    """The answer, with the schema's defaults where a field was left alone (MCP 2025-11-25, elicitation)."""
    properties = schema.get("properties")
    fields = properties.items() if isinstance(properties, dict) else ()
    defaults = {name: field["default"] for name, field in fields if isinstance(field, dict) and "default" in field}
    return cast(FormContent, {**defaults, **(answer.content or {})})
