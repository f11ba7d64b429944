"""What can be done with one turn: said again in other words, tried again, gone on with elsewhere.

Nothing is overwritten: what was said before stays in an earlier version of the conversation.
"""

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.context.message import Message, Text
from deskhand.errors import Conflict, InvalidInput, NotFound
from deskhand.host.attachments import Spoken
from deskhand.host.conversation import said
from deskhand.host.transcript import markdown
from deskhand.store.conversation_edits import Cut
from deskhand.store.conversations import ConversationRow
from deskhand.web.desk import Desk
from deskhand.web.page import pages_of
from deskhand.web.room import Room


def routes() -> list[BaseRoute]:
    """Their addresses."""
    return [
        Route("/chat/{id}/turns/{turn}/edit", _edit_form),
        Route("/chat/{id}/turns/{turn}/edit", _edit, methods=["POST"]),
        Route("/chat/{id}/turns/{turn}/retry", _retry, methods=["POST"]),
        Route("/chat/{id}/turns/{turn}/branch", _branch, methods=["POST"]),
        Route("/chat/{id}/turns/{turn}/whole", _whole),
        Route("/chat/{id}/earlier", _earlier),
        Route("/chat/{id}/receipts/{number:int}", _receipt),
        Route("/chat/{id}/output/{handle}", _output),
    ]


async def _edit_form(request: Request) -> Response:
    pages = pages_of(request)
    desk = await pages.desk(request)
    room = await desk.room(request.path_params["id"])
    last = (await room.of_turn(request.path_params["turn"])).said[-1]
    return pages.fragment("edit.html", room=room, turn=last.id, text=said(last))


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
    said_before = (await room.of_turn(request.path_params["turn"])).said
    cut = Cut(said_before[0].id, inclusive=False)
    row = await desk.edits.branch(desk.principal.subject, room.id, cut, room.title)
    await _replaced(desk, room, row)
    newer = await desk.room(row.id)
    newer.say(Spoken((*(anew(each, None) for each in said_before[:-1]), anew(said_before[-1], text))))
    return _to(row)


async def _replaced(desk: Desk, room: Room, row: ConversationRow) -> None:
    """Have a newer version take the place of a conversation, or be no more."""
    owner = desk.principal.subject
    try:
        room.give_way(row.id)
    except Conflict:  # somebody said something on another page while it was copied
        await desk.conversations.delete(owner, row.id)
        raise
    try:
        await desk.edits.supersede(owner, room.id, row.id)
    except BaseException:
        room.keep_place()
        with anyio.CancelScope(shield=True):
            await desk.conversations.delete(owner, row.id)
        raise
    desk.show(room.id, f"newer-{room.id}", "newer.html", room=room)


def anew(message: Message, text: str | None) -> Message:
    """The same message, not said yet, in other words if there are any; what was attached goes along."""
    content = message.content
    if text is not None:
        places = [place for place, block in enumerate(content) if isinstance(block, Text)]
        end = places[-1] if places else len(content)
        content = (*content[:end], Text(text=text), *content[end + 1 :])
    return Message(role=message.role, content=content)


async def _branch(request: Request) -> Response:
    """Go on from the end of this turn in a new conversation; this one stays as it is."""
    desk = await pages_of(request).desk(request)
    room = await desk.room(request.path_params["id"])
    turn = request.path_params["turn"]
    if room.busy and turn == room.scene.turns[-1].turn:
        raise Conflict("The assistant is still answering in this turn. Wait, or stop it first; then go on from it.")
    whole = await room.of_turn(turn)
    last = [*whole.said, *whole.came][-1]
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
    title = f"Output of {output.source}"
    return await pages.show(request, "output.html", title=title, topics=(room.id,), room=room, text=output.text)


async def _whole(request: Request) -> Response:
    """All of a turn as text, where the conversation shows the beginning of what was said or answered."""
    pages = pages_of(request)
    desk = await pages.desk(request)
    room = await desk.room(request.path_params["id"])
    turn = await room.of_turn(request.path_params["turn"])
    text = await to_thread.run_sync(markdown, room.title, [*turn.said, *turn.came])  # it is long
    return await pages.show(request, "output.html", title="The whole turn", topics=(room.id,), room=room, text=text)


def _to(row: ConversationRow) -> Response:
    return Response(status_code=204, headers={"HX-Redirect": f"/chat/{row.id}"})
