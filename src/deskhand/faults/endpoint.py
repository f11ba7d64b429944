"""A model endpoint that fails as a script says: OpenAI's chat completions over real HTTP, streamed.

Source of the wire format: OpenAI API reference, "Create chat completion", "Streaming".
"""

import json
import socket
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import TypedDict, cast

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from deskhand.models.credentials import ApiKey
from deskhand.models.endpoint import Endpoint
from deskhand.models.openai import OpenAIModel
from deskhand.models.script import ScriptedError, ScriptPlayer, Situation, Step, fill


class _WireMessage(TypedDict):
    role: str
    content: str | None


class _Cut(Exception):
    """Breaks the connection in the middle of an answer."""


class FaultyEndpoint:
    """The application. `lengths` holds the size of each request, in characters of its messages."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.lengths: list[int] = []
        self._player = ScriptPlayer(steps)
        self.app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        messages = cast("Sequence[_WireMessage]", (await request.json())["messages"])
        length = sum(len(message["content"] or "") for message in messages)
        self.lengths.append(length)
        last = messages[-1]
        situation = Situation(last["content"] or "", "tool" if last["role"] == "tool" else "user", lambda: length)
        step = fill(self._player.next(situation), situation)
        if step.error is not None and step.error.kind != "cut":
            return _refusal(step.error)
        return StreamingResponse(_stream(step), media_type="text/event-stream")


def _refusal(error: ScriptedError) -> Response:
    code = "context_length_exceeded" if error.kind == "overflow" else None
    status = error.status or (429 if error.kind == "overloaded" else 400)
    headers = {} if error.retry_after is None else {"Retry-After": f"{error.retry_after:g}"}
    body = {"error": {"message": error.message or "The script says so.", "type": "scripted", "code": code}}
    return JSONResponse(body, status, headers)


async def _stream(step: Step) -> AsyncGenerator[str]:
    for piece in step.pieces(step.text):
        yield _chunk({"content": piece})
        await anyio.lowlevel.checkpoint()
    if step.error is not None:
        raise _Cut
    for line in _end(step):
        yield line


def _end(step: Step) -> Iterator[str]:
    for index, call in enumerate(step.calls):
        arguments = json.dumps(call.arguments) if call.raw is None else call.raw
        function = {"name": call.name, "arguments": arguments}
        yield _chunk({"tool_calls": [{"index": index, "id": f"call_{index}", "function": function}]})
    yield _chunk({}, "tool_calls" if step.calls else "stop")
    yield "data: [DONE]\n\n"


def _chunk(delta: object, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'object': 'chat.completion.chunk', 'model': 'faulty', 'choices': [choice]})}\n\n"


@asynccontextmanager
async def faulty_model(*steps: Step) -> AsyncGenerator[tuple[OpenAIModel, FaultyEndpoint]]:
    """The endpoint on a free port of the loopback, and our own adapter for it."""
    endpoint = FaultyEndpoint(steps)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(endpoint.app, log_level="critical", lifespan="off"))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        async with anyio.create_task_group() as group:
            group.start_soon(server.serve, [listener])
            model = OpenAIModel(Endpoint(url, ApiKey()), "faulty", label="faulty")
            try:
                yield model, endpoint
            finally:
                await model.aclose()
                server.should_exit = True
