"""A model that talks to the scripted endpoint, over real HTTP on loopback."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from scripted_endpoint import Fields, ScriptedEndpoint, serving

from deskhand.context.message import user
from deskhand.models.anthropic import API_VERSION, AnthropicModel
from deskhand.models.credentials import ApiKey
from deskhand.models.endpoint import Endpoint
from deskhand.models.model import Model, ModelEvent, Request, TextDelta
from deskhand.models.openai import OpenAIModel
from deskhand.models.script import Step


def model_at(provider: str, url: str, key: str = "", idle_seconds: float = 5) -> Model:
    header, cls = ("x-api-key", AnthropicModel) if provider == "anthropic" else ("Authorization", OpenAIModel)
    headers = {"anthropic-version": API_VERSION}
    credentials = ApiKey(key, "TEST_KEY", header)
    return cls(Endpoint(f"{url}/v1", credentials, headers=headers, idle_seconds=idle_seconds), "scripted")


@dataclass
class Talk:
    """A model, and the endpoint it talks to."""

    model: Model
    endpoint: ScriptedEndpoint

    async def ask(self, request: Request | str = "hello") -> list[ModelEvent]:
        asked = request if isinstance(request, Request) else Request([user(request)])
        async with self.model.stream(asked) as events:
            return [event async for event in events]

    @property
    def sent(self) -> Fields:
        """The body of the last request."""
        return self.endpoint.requests[-1].body


TalkFactory = Callable[..., AbstractAsyncContextManager[Talk]]
"""`async with talk(Step(…), …, key=…) as t: await t.ask()`."""


@asynccontextmanager
async def talking(
    provider: str, *steps: Step, key: str = "", endpoint_key: str | None = None, idle_seconds: float = 5
) -> AsyncGenerator[Talk]:
    async with serving(steps, endpoint_key) as endpoint:
        model = model_at(provider, endpoint.url, key, idle_seconds)
        try:
            yield Talk(model, endpoint)
        finally:
            await model.aclose()


def text_of(events: list[ModelEvent]) -> str:
    """The answer's text."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))
