"""Anthropic's Messages API, natively: thinking is signed and given back, and the prompt is cached."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import anyio

from deskhand.errors import DeskhandError
from deskhand.models.anthropic_answer import AnthropicAnswer
from deskhand.models.anthropic_request import AnthropicRequest
from deskhand.models.endpoint import Endpoint, Events
from deskhand.models.model import ModelEvent, ModelFailed, Request, StreamCut
from deskhand.models.tool_calls import own_names

API_VERSION = "2023-06-01"
DEFAULT_WINDOW = 200_000
"""Tokens: what every Claude model since 2.1 takes at least."""
COUNT_SECONDS = 2.0
"""How long a count may take: it is only worth having while it is quicker than asking the model."""


class AnthropicModel:
    """A Claude model. The endpoint must send `anthropic-version: 2023-06-01` and its base URL ends in /v1."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        context_window: int = DEFAULT_WINDOW,
        max_output_tokens: int = 4_096,
    ) -> None:
        self._endpoint = endpoint
        self._model = model
        self._window = context_window
        self._max_output_tokens = max_output_tokens
        self._request = AnthropicRequest(model)
        self._counts = True

    @property
    def name(self) -> str:
        """`anthropic/model`."""
        return f"anthropic/{self._model}"

    @property
    def context_window(self) -> int:
        """Tokens that fit, input and output together."""
        return self._window

    async def aclose(self) -> None:
        """Close the connections."""
        await self._endpoint.aclose()

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[AsyncIterator[ModelEvent]]:
        """Ask the model; see the Model protocol for the errors."""
        body = self._request.body(request, request.max_output_tokens or self._max_output_tokens)
        answer = AnthropicAnswer(self._model, own_names(request.tools))
        async with (
            self._endpoint.stream("/messages", body) as events,
            aclosing(self._events(events, answer)) as answered,
        ):
            yield answered

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens as Anthropic counts them; None when it does not say within `COUNT_SECONDS`.

        What refuses to count once (a gateway that serves only messages answers 404) is not asked again.
        """
        if not self._counts:
            return None
        try:
            with anyio.move_on_after(COUNT_SECONDS):
                return await self._count(request)
        except ModelFailed:
            self._counts = False
        except DeskhandError:
            return None  # busy or cut off; the next time it may count
        return None

    async def _count(self, request: Request) -> int | None:
        body = self._request.body_to_count(request)
        async with (
            self._endpoint.stream("/messages/count_tokens", body) as events,
            aclosing(events.read()) as arriving,
        ):
            async for event in arriving:
                tokens = events.json(event).get("input_tokens")
                return tokens if isinstance(tokens, int) else None
        return None

    async def _events(self, events: Events, answer: AnthropicAnswer) -> AsyncGenerator[ModelEvent]:
        async with aclosing(events.read()) as arriving:
            try:
                async for event in arriving:
                    fields = events.json(event)
                    if fields.get("type") == "message_stop":
                        break
                    for model_event in answer.take(fields):
                        yield model_event
            except StreamCut:
                if not answer.finished:
                    raise
        if not answer.finished:
            raise StreamCut("The model's answer ended before it was finished. Ask again.")
        await events.drain()
        for model_event in answer.end():
            yield model_event
