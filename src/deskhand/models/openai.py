"""Any OpenAI-compatible chat-completions endpoint: OpenAI, Ollama, llama.cpp, vLLM, LM Studio and their kin.

Over plain HTTP: the official SDK walks the whole history again on every call, on the event loop.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

from deskhand.models.endpoint import Endpoint, Events
from deskhand.models.listing import for_chat
from deskhand.models.model import ModelEvent, Request, StreamCut
from deskhand.models.openai_answer import OpenAIAnswer
from deskhand.models.openai_request import OpenAIRequest
from deskhand.models.tool_calls import own_names

DEFAULT_WINDOW = 128_000
"""Tokens, when nothing tells."""


class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint. `label` is the provider's name as shown to people."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        label: str = "openai",
        context_window: int = DEFAULT_WINDOW,
        max_output_tokens: int = 4_096,
    ) -> None:
        self._endpoint = endpoint
        self._name = f"{label}/{model}"
        self._window = context_window
        self._max_output_tokens = max_output_tokens
        # OpenAI's reasoning models refuse `max_tokens`; most other servers know nothing else.
        official = endpoint.peer.address == "api.openai.com"
        self._request = OpenAIRequest(model, "max_completion_tokens" if official else "max_tokens")

    @property
    def name(self) -> str:
        """`provider/model`."""
        return self._name

    @property
    def others(self) -> Sequence[str]:
        """The models for chat that its endpoint has listed, this one among them; none where it was never asked."""
        return for_chat(self._endpoint.listed)

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
        answer = OpenAIAnswer(own_names(request.tools))
        async with (
            self._endpoint.stream("/chat/completions", body) as events,
            aclosing(self._events(events, answer)) as answered,
        ):
            yield answered

    async def _events(self, events: Events, answer: OpenAIAnswer) -> AsyncGenerator[ModelEvent]:
        async with aclosing(events.read()) as arriving:
            try:
                async for event in arriving:
                    for model_event in answer.take(events.json(event)):
                        yield model_event
            except StreamCut:
                if not answer.finished:
                    raise
        if not (answer.finished or events.done):
            raise StreamCut("The model's answer ended before it was finished. Ask again.")
        self._request.reasoning_key = answer.reasoning_key or self._request.reasoning_key
        await events.drain()
        for model_event in answer.end():
            yield model_event
