"""What can be done with one turn: said again in other words, tried again, gone on with elsewhere.

Nothing is overwritten: what was said before stays in an earlier version of the conversation.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.context.message import Message, Text
from deskhand.errors import Conflict, InvalidInput, NotFound
from deskhand.host.attachments import Spoken
from deskhand.host.conversation import said
from deskhand.store.conversation_edits import Cut
from deskhand.store.conversations import ConversationRow
from deskhand.web.page import pages_of


def routes() -> list[BaseRoute]:
    """Their addresses."""
    return [
        Route("/chat/{id}/turns/{turn}/edit", _edit_form),
        Route("/chat/{id}/turns/{turn}/edit", _edit, methods=["POST"]),
        Route("/chat/{id}/turns/{turn}/retry", _retry, methods=["POST"]),
        Route("/chat/{id}/turns/{turn}/branch", _branch, methods=["POST"]),
        Route("/chat/{id}/earlier", _earlier),
        Route("/chat/{id}/receipts/{number:int}", _receipt),
        Route("/chat/{id}/output/{handle}", _output),
    ]


async def _edit_form(request: Request) -> Response:
    pages = pages_of(request)
    desk = await pages.desk(request)
    room = await desk.room(request.path_params["id"])
    first = (await room.of_turn(request.path_params["turn"]))[0]
    return pages.fragment("edit.html", room=room, turn=first.id, text=said(first))


async def _edit(request: Request) -> Response:
    """Say it in other words: a new version of the conversation goes on from there."""
    text = str((await request.form()).get("text", ""))
    if not text.strip():
        raise InvalidInput("There is nothing to send: type a message first.")
    return await _again(request, text)


async def _retry(request: Request) -> Response:
    """Say the same again, and get another answer."""
    return await _again(request, None)


async def _again(request: Request, text: str | None) -> Response:
    desk = await pages_of(request).desk(request)
    room = await desk.room(request.path_params["id"])
    _ = room.chat  # without a model there is no other answer
    room.must_be_idle()
    first = (await room.of_turn(request.path_params["turn"]))[0]
    cut = Cut(first.id, inclusive=False)
    row = await desk.edits.branch(desk.principal.subject, room.id, cut, room.title)
    try:
        room.give_way(row.id)
    except Conflict:  # somebody said something on another page while it was copied
        await desk.conversations.delete(desk.principal.subject, row.id)
        raise
    await desk.edits.supersede(desk.principal.subject, room.id, row.id)
    desk.show(room.id, f"newer-{room.id}", "newer.html", room=room)
    newer = await desk.room(row.id)
    newer.say(Spoken((anew(first, text),)))
    return _to(row)


def anew(message: Message, text: str | None) -> Message:
    """The same message, not said yet, in other words if there are any; what was attached goes along."""
    content = message.content
    if text is not None:
        place = max(place for place, block in enumerate(content) if isinstance(block, Text))
        content = (*content[:place], Text(text=text), *content[place + 1 :])
    return Message(role="user", content=content)


async def _branch(request: Request) -> Response:
    """Go on from the end of this turn in a new conversation; this one stays as it is."""
    desk = await pages_of(request).desk(request)
    room = await desk.room(request.path_params["id"])
    turn = request.path_params["turn"]
    if room.busy and turn == room.scene.turns[-1].turn:
        raise Conflict("The assistant is still answering in this turn. Wait, or stop it first; then go on from it.")
    last = (await room.of_turn(turn))[-1]
    title = f"{room.title} (branch)"
    row = await desk.edits.branch(desk.principal.subject, room.id, Cut(last.id), title)
    await desk.list_changed()
    return _to(row)


async def _earlier(request: Request) -> Response:
    pages = pages_of(request)
    desk = await pages.desk(request)
    room = await desk.room(request.path_params["id"])
    return pages.fragment("earlier.html", room=room, stretch=room.scene.before(request.query_params.get("before", "")))


async def _receipt(request: Request) -> Response:
    """What a compaction kept and what it moved out."""
    pages = pages_of(request)
    desk = await pages.desk(request)
    room = await desk.room(request.path_params["id"])
    number = int(request.path_params["number"])
    receipt = await room.conversation.receipt(number)
    if receipt is None:
        raise NotFound(f"There is no compaction {number} of this conversation.")
    return await pages.show(
        request, "receipt.html", title=f"Compaction {number}", topics=(room.id,), room=room, receipt=receipt
    )


async def _output(request: Request) -> Response:
    """The whole of what a tool gave, where the conversation shows a part."""
    pages = pages_of(request)
    desk = await pages.desk(request)
    room = await desk.room(request.path_params["id"])
    output = await room.conversation.output(request.path_params["handle"])
    if output is None:
        raise NotFound("This output is not kept any more: the conversation shows what is left of it.")
    return await pages.show(request, "output.html", title="Output", topics=(room.id,), room=room, output=output)


def _to(row: ConversationRow) -> Response:
    return Response(status_code=204, headers={"HX-Redirect": f"/chat/{row.id}"})
