"""The chat: a conversation, what is said in it, and stopping the answer."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import InvalidInput, Unavailable
from deskhand.web.composer import given_arguments, named
from deskhand.web.conversations import listed
from deskhand.web.desk import Desk
from deskhand.web.page import pages_of
from deskhand.web.room import Room
from deskhand.web.visit import visit_of


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/", _home),
        Route("/model/look", _look, methods=["POST"]),
        Route("/chat", _new),
        Route("/chat", _say, methods=["POST"]),
        Route("/chat/prompt", _prompt, methods=["POST"]),
        Route("/chat/{id}", _conversation),
        Route("/chat/{id}/say", _say, methods=["POST"]),
        Route("/chat/{id}/prompt", _prompt, methods=["POST"]),
        Route("/chat/{id}/stop", _stop, methods=["POST"]),
    ]


async def _home(request: Request) -> Response:
    """The chat, or the console for who comes with a token for less."""
    may_chat = visit_of(request).principal.may("conversations:read")
    return RedirectResponse("/chat" if may_chat else "/console", 303)


async def _look(request: Request) -> Response:
    """Look for a model once more."""
    around = pages_of(request).desks.around
    if not await around.look_again():
        raise Unavailable("There is still no model. Do one of the three things above, then look again.")
    return Response(status_code=204, headers={"HX-Redirect": "/chat"})


async def _new(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    return await pages_of(request).show(
        request, "chat.html", title="New chat", room=None, rows=await listed(desk), current="", words=""
    )


async def _conversation(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    room = await desk.room(request.path_params["id"])
    return await pages_of(request).show(
        request,
        "chat.html",
        title=room.title or "New chat",
        topics=(room.id,),
        room=room,
        rows=await listed(desk),
        current=room.id,
        words="",
    )


async def _say(request: Request) -> Response:
    """Say something: in this conversation, or in a new one."""
    desk = await pages_of(request).desk(request)
    text = str((await request.form()).get("text", ""))
    if not text.strip():
        raise InvalidInput("There is nothing to send: type a message first.")
    attachments, unknown = await desk.mentions.mentioned(text)
    room = await _room(desk, request)
    room.say(text, attachments)
    for uri in unknown:
        room.note(f"No server has {uri}; it stays as text.")
    return _in(room, request)


async def _prompt(request: Request) -> Response:
    """Say what a server's prompt says, with the arguments of the form."""
    desk = await pages_of(request).desk(request)
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    offered = await named(desk, form.get("name", ""))
    given = given_arguments(offered, form)
    room = await _room(desk, request)
    room.say(await room.chat.prompt(offered.server, offered.prompt.name, given))
    return _in(room, request)


async def _stop(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    room = await desk.room(request.path_params["id"])
    await desk.stop_turn(room)
    return Response(status_code=204)


async def _room(desk: Desk, request: Request) -> Room:
    """The conversation that is meant, or a new one.

    Raises:
        Unavailable: there is no model to converse with.
    """
    if desk.around.model is None:
        raise Unavailable(f"There is no model to answer. {desk.around.problem}")
    return await desk.room(request.path_params.get("id"))


def _in(room: Room, request: Request) -> Response:
    """Nothing more to say where the page shows the conversation already; else the way there."""
    headers = {} if "id" in request.path_params else {"HX-Redirect": f"/chat/{room.id}"}
    return Response(status_code=204, headers=headers)
