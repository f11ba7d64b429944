"""The chat: a conversation, what is said in it, and stopping the answer."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import InvalidInput
from deskhand.web.page import pages_of


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/", _home),
        Route("/chat", _new),
        Route("/chat", _begin, methods=["POST"]),
        Route("/chat/{id}", _conversation),
        Route("/chat/{id}/say", _say, methods=["POST"]),
        Route("/chat/{id}/stop", _stop, methods=["POST"]),
    ]


async def _home(_: Request) -> Response:
    return RedirectResponse("/chat", 303)


async def _new(request: Request) -> Response:
    return await pages_of(request).show(request, "chat.html", title="Chat", room=None)


async def _conversation(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    room = await desk.room(request.path_params["id"])
    return await pages_of(request).show(request, "chat.html", title="Chat", topics=(room.id,), room=room)


async def _begin(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    text = await _text(request)
    room = await desk.room(None)
    room.say(text)
    return Response(status_code=204, headers={"HX-Redirect": f"/chat/{room.id}"})


async def _say(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    room = await desk.room(request.path_params["id"])
    room.say(await _text(request))
    return Response(status_code=204)


async def _stop(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    room = await desk.room(request.path_params["id"])
    await room.stop()
    return Response(status_code=204)


async def _text(request: Request) -> str:
    form = await request.form()
    text = form.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput("There is nothing to send: type a message first.")
    return text
