"""The conversations of a person: listed, searched, renamed, exported, deleted."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.context.message import Message
from deskhand.errors import NotFound
from deskhand.host.transcript import json_document, markdown
from deskhand.store.conversation_search import ConversationSearch, Hit
from deskhand.store.conversations import ConversationRow
from deskhand.web.desk import LISTED, Desk
from deskhand.web.page import pages_of

_FILE_NAME = re.compile(r"[^\w.-]+")


def routes() -> list[BaseRoute]:
    """Their addresses."""
    return [
        Route("/conversations", _list),
        Route("/chat/{id}/rename", _rename, methods=["POST"]),
        Route("/chat/{id}/delete", _delete, methods=["POST"]),
        Route("/chat/{id}/export.{form}", _export),
    ]


async def listed(desk: Desk, words: str = "") -> list[Hit]:
    """The conversations written to last, or those that say these words."""
    if words.strip():
        return await ConversationSearch(desk.around.database).search(desk.principal.subject, words, LISTED)
    return [Hit(row) for row in await desk.conversations.recent(desk.principal.subject, LISTED)]


async def _list(request: Request) -> Response:
    pages = pages_of(request)
    desk = await pages.desk(request)
    words = request.query_params.get("q", "")
    current = request.query_params.get("current", "")
    return pages.fragment("found.html", rows=await listed(desk, words), current=current, words=words)


async def _rename(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    title = str((await request.form()).get("title", ""))
    name = request.path_params["id"]
    title = await desk.edits.rename(desk.principal.subject, name, title)
    if name in desk.rooms.open:
        desk.rooms.open[name].conversation.called(title)
    desk.show(name, f"title-{name}", "title.html", room=await owned(desk, name))
    await desk.list_changed()
    return Response(status_code=204)


async def _delete(request: Request) -> Response:
    """Delete it with all it holds; a turn that runs in it is stopped first."""
    desk = await pages_of(request).desk(request)
    name = request.path_params["id"]
    was_open = await desk.rooms.close(name)
    try:
        await desk.conversations.delete(desk.principal.subject, name)
    except NotFound:  # nothing of it was written yet
        if not was_open:
            raise
    desk.feed.forget(name)
    desk.show(name, f"deleted-{name}", "deleted.html")
    await desk.list_changed()
    return Response(status_code=204, headers={"HX-Redirect": "/chat"})


async def _export(request: Request) -> Response:
    """The conversation as a file: Markdown to read, JSON for programs."""
    desk = await pages_of(request).desk(request)
    row = await owned(desk, request.path_params["id"])
    stored = await desk.conversations.messages(desk.principal.subject, row.id)
    messages = [Message.model_validate_json(one.body) for one in stored]
    form = request.path_params["form"]
    if form not in ("md", "json"):
        raise NotFound(f"A conversation is exported as md or json, not as {form}.")
    text = markdown(row.title, messages) if form == "md" else json_document(messages)
    kind = "text/markdown" if form == "md" else "application/json"
    name = f"{_FILE_NAME.sub('-', row.title).strip('-')[:60] or row.id[:8]}-{datetime.now(UTC):%Y-%m-%d}.{form}"
    return Response(
        text, media_type=kind, headers={"Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}"}
    )


async def owned(desk: Desk, name: str) -> ConversationRow:
    """The conversation of this id.

    Raises:
        NotFound: this person has none of this id.
    """
    return await desk.conversations.summary(desk.principal.subject, name)
