"""A real HTTP server that answers like OpenAI and like Anthropic, from a script. For tests of whole processes.

    python tests/endpoints/scripted_endpoint.py --port 0 --script script.json [--key KEY]

It prints one line, `http://127.0.0.1:PORT`, when it is ready. Point a client at it:

- OpenAI: `DESKHAND_MODEL__BASE_URL=http://127.0.0.1:PORT/v1`, any model name (`scripted` is listed);
- Anthropic: the same base URL with `DESKHAND_MODEL__PROVIDER=anthropic`.

Only streaming requests are answered; `/v1/messages/count_tokens` takes a step that has a `reply`. `GET /requests`
gives what was asked so far, as a JSON list of `{"path", "headers", "body", "disconnected"}`; `disconnected` says that
the client left before the answer's end.
With `--key`, requests without that key get 401. A conversation that the strictest servers refuse (strict_turns.py) gets
400.

The script is the product's format (src/deskhand/models/script.py): steps with `match`, `on`, `longer_than`, `times`;
`text`, `reasoning`, `calls` (parallel; `raw` for broken JSON), `finish`, `chunk`, `delay` (slow pieces), `usage`, and
`error`, which becomes HTTP here:

- `{"kind": "overloaded", "retry_after": 1}`: 429 with Retry-After; `"status": 500` or 529 for another one;
- `{"kind": "overflow"}`: 400 in the provider's words, until the request is shorter than the first that was refused;
- `{"kind": "failed", "message": "…"}`: 400;
- `{"kind": "cut"}`: the connection breaks after the step's text; with `"clean": true` the body just ends;
- any of them with `"after_text": true`: an error event inside the stream.

Two more keys are only for this server: `"wire"`, a list of events to send as they are (a string: those bytes; anything
else: as one `data:` line of JSON), and `"reply"`, `{"status", "headers", "body"}`, a whole HTTP answer.
"""

import argparse
import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from provider_dialects import ANTHROPIC, OPENAI, Dialect, Fields, event_line, situation_of
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from strict_turns import anthropic_complaint, openai_complaint

from deskhand.errors import DeskhandError
from deskhand.models.script import ScriptPlayer, Step, fill


class Reply(BaseModel):
    """A whole HTTP answer."""

    status: int = 200
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None


class EndpointStep(Step):
    """A step with what only a server can do."""

    wire: tuple[Any, ...] | None = None
    reply: Reply | None = None


@dataclass
class Recorded:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: Fields
    client_port: int = 0
    disconnected: anyio.Event = field(default_factory=anyio.Event)


class ScriptedEndpoint:
    """The application, and what it was asked."""

    def __init__(self, steps: Iterable[Step], key: str | None = None) -> None:
        self.requests: list[Recorded] = []
        self.url = ""
        self._player = ScriptPlayer(steps)
        self._key = key
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._answer, methods=["POST"]),
                Route("/v1/messages", self._answer, methods=["POST"]),
                Route("/v1/messages/count_tokens", self._answer, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/requests", self._recorded),
            ]
        )

    async def _models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    async def _recorded(self, request: Request) -> Response:
        return JSONResponse(
            [
                {"path": r.path, "headers": r.headers, "body": r.body, "disconnected": r.disconnected.is_set()}
                for r in self.requests
            ]
        )

    async def _answer(self, request: Request) -> Response:
        recorded = Recorded(request.url.path, dict(request.headers), await request.json())
        recorded.client_port = request.client.port if request.client else 0
        self.requests.append(recorded)
        dialect = ANTHROPIC if request.url.path.startswith("/v1/messages") else OPENAI
        given = request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._key is not None and given != self._key:
            return dialect.error(401, "authentication_error", f"Incorrect API key provided: {given}")
        if complaint := _complaint(request.url.path, recorded.body):
            return dialect.error(400, "invalid_request_error", complaint)
        situation = situation_of(recorded.body["messages"])
        try:
            step = fill(self._player.next(situation), situation)
        except DeskhandError as error:
            return dialect.error(400, "invalid_request_error", error.message)
        return _reply(step, dialect) or _Stream(_events(step, dialect), step, recorded)


def _complaint(path: str, body: Fields) -> str:
    if path.startswith("/v1/messages"):
        return anthropic_complaint(body, counting=path.endswith("/count_tokens"))
    return openai_complaint(body)


def _reply(step: Step, dialect: Dialect) -> Response | None:
    """The answer when it is not a stream."""
    if isinstance(step, EndpointStep) and step.reply is not None:
        reply = step.reply
        if isinstance(reply.body, str):
            return Response(reply.body, reply.status, reply.headers)
        return JSONResponse(reply.body, reply.status, reply.headers)
    error = step.error
    if error is None or error.kind == "cut" or error.after_text:
        return None
    if error.kind == "overflow":
        return dialect.overflow()
    status = error.status or (429 if error.kind == "overloaded" else 400)
    kind = "overloaded_error" if error.kind == "overloaded" else "invalid_request_error"
    response = dialect.error(status, kind, error.message or "The script says so.")
    if error.retry_after is not None:
        response.headers["Retry-After"] = f"{error.retry_after:g}"
    return response


def _events(step: Step, dialect: Dialect) -> Iterator[str]:
    if isinstance(step, EndpointStep) and step.wire is not None:
        for event in step.wire:
            yield event if isinstance(event, str) else event_line(event)
        return
    yield from dialect.answer(step)
    if step.error is None:
        yield from dialect.end(step)
    elif step.error.kind != "cut":
        yield dialect.late_error(step.error.message or "The script says so.")


class _Stream(Response):
    """Server-sent events that can break off, and that notice when the client leaves."""

    def __init__(self, events: Iterator[str], step: Step, recorded: Recorded) -> None:
        super().__init__()
        self._events = events
        self._step = step
        self._recorded = recorded
        self._complete = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with anyio.create_task_group() as group:

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                if not self._complete:  # after the last part, uvicorn says "disconnect" in any case
                    self._recorded.disconnected.set()
                group.cancel_scope.cancel()

            group.start_soon(watch)
            headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for event in self._events:
                await anyio.sleep(self._step.delay)
                await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
            self._complete = True
            error = self._step.error
            if error is None or error.kind != "cut" or error.clean:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            # else: leaving without the last part makes the server break the connection
            group.cancel_scope.cancel()


@asynccontextmanager
async def serving(steps: Iterable[Step], key: str | None = None) -> AsyncGenerator[ScriptedEndpoint]:
    """Run the endpoint in this event loop on a free port of the loopback; `url` is where."""
    endpoint = ScriptedEndpoint(steps, key)
    async with listening(endpoint.app) as url:
        endpoint.url = url
        yield endpoint


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncGenerator[str]:
    """Serve any ASGI application on a free loopback port; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listener]))
        try:
            with anyio.fail_after(10):
                while not server.started:
                    await anyio.sleep(0.002)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def main() -> None:
    """Run it as a process."""
    parser = argparse.ArgumentParser(description="A scripted LLM endpoint.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, required=True)
    parser.add_argument("--key")
    options = parser.parse_args()
    steps = [EndpointStep.model_validate(step) for step in json.loads(options.script.read_bytes())["steps"]]
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        app = ScriptedEndpoint(steps, options.key).app
        uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run([listener])


if __name__ == "__main__":
    main()
