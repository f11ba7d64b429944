"""The chat: a conversation, what is said in it, and stopping the answer."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import InvalidInput, Unavailable
from deskhand.host.attachments import Spoken, prompt_messages
from deskhand.web.composer import given_arguments, named
from deskhand.web.conversations import listed
from deskhand.web.desk import Desk
from deskhand.web.files import attaches
from deskhand.web.page import pages_of
from deskhand.web.room import Room
from deskhand.web.spoken import spoken_of
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
    desks = pages_of(request).desks
    if not await desks.around.look_again():
        raise Unavailable("There is still no model. Do one of the three things above, then look again.")
    desks.resume()
    return Response(status_code=204, headers={"HX-Redirect": "/chat"})


async def _new(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    return await pages_of(request).show(
        request,
        "chat.html",
        title="New chat",
        room=None,
        rows=await listed(desk),
        current="",
        words="",
        attaches=attaches(desk),
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
        attaches=attaches(desk),
        versions=await desk.conversations.earlier(desk.principal.subject, room.id),
    )


async def _say(request: Request) -> Response:
    """Say something: in this conversation, or in a new one."""
    desk = await pages_of(request).desk(request)
    text = str((await request.form()).get("text", ""))
    if not text.strip():
        raise InvalidInput("There is nothing to send: type a message first.")
    spoken = await spoken_of(desk, text)
    room = await _room(desk, request)
    room.say(spoken)
    return _in(room, request)


async def _prompt(request: Request) -> Response:
    """Say what a server's prompt says, with the arguments of the form."""
    desk = await pages_of(request).desk(request)
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    offered = await named(desk, form.get("name", ""))
    given = given_arguments(offered, form)
    messages = prompt_messages(await desk.connections.get_prompt(offered.server, offered.prompt.name, given))
    if not messages:
        raise InvalidInput(f"{offered.server} gave no messages for /{offered.name}: there is nothing to send.")
    room = await _room(desk, request)
    room.say(Spoken(tuple(messages)))
    return _in(room, request)


async def _stop(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    await desk.rooms.stop(request.path_params["id"])
    return Response(status_code=204)


async def _room(desk: Desk, request: Request) -> Room:
    """The conversation that is meant, or a new one.

    Nothing may be waited for between this and what is said in it.

    Raises:
        Unavailable: there is no model to converse with.
    """
    return await desk.room(request.path_params.get("id"))


def _in(room: Room, request: Request) -> Response:
    """Nothing more to say where the page shows the conversation already; else the way there."""
    headers = {} if "id" in request.path_params else {"HX-Redirect": f"/chat/{room.id}"}
    return Response(status_code=204, headers=headers)
