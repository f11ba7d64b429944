"""The inspector: every JSON-RPC message of a person's connections, as it goes by.

The list is live by asking once a second for what is new: where nothing came, the answer is empty; where much came, the
last frames are drawn once. So a flood of frames costs the page and the server no more than a second's drawing, a filter
holds for live frames as for old ones, and a page that is not looked at costs nothing (the feed would draw every frame).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from deskhand.errors import NotFound
from deskhand.host.wire_pairs import Recorded
from deskhand.host.wiretap import Wiretap
from deskhand.web.desk import Desk
from deskhand.web.inspector_detail import Detail, coded, detail_of
from deskhand.web.inspector_filter import DIRECTIONS, KINDS, Filter
from deskhand.web.inspector_peers import peers
from deskhand.web.inspector_rows import came_since, changed_since, window
from deskhand.web.page import pages_of

_STRETCH = 50
"""Frames exported at a time."""


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/inspector", _page),
        Route("/inspector/rows", _rows),
        Route("/inspector/export", _export),
        Route("/inspector/clear", _clear, methods=["POST"]),
        Route("/inspector/{number:int}", _detail),
        Route("/inspector/{number:int}/json", _json),
    ]


async def _page(request: Request) -> Response:
    return await _whole(request, None)


async def _detail(request: Request) -> Response:
    """The panel for htmx, or the page with the panel open."""
    desk = await pages_of(request).desk(request)
    detail = detail_of(desk.tap, _wanted(desk.tap, request))
    if "hx-request" in request.headers:
        return pages_of(request).fragment("inspector/detail.html", detail=detail, coded=coded)
    return await _whole(request, detail)


async def _rows(request: Request) -> Response:
    """What is new since the page was drawn: nothing (204), or the list as it is now."""
    desk = await pages_of(request).desk(request)
    wanted = Filter.read(request.query_params)
    seen, drawn, selected, first = (_number(request, name) for name in ("seen", "drawn", "selected", "first"))
    if seen == desk.tap.count and drawn == selected:
        return Response(status_code=204)
    stale = seen > desk.tap.count or drawn != selected or changed_since(desk.tap, wanted, seen)
    # A page that is paused keeps its rows, also those of frames that are no longer kept.
    held = wanted.until is not None and (drawn == selected or desk.tap.numbered(first) is None)
    if held or not (stale or wanted.until):
        shows = _around(desk, wanted, selected, first)
    else:
        shows = _shown(desk, wanted, selected)
    return pages_of(request).fragment("inspector/news.html", desk=desk, **shows)


async def _export(request: Request) -> Response:
    """The frames that match, as JSON lines."""
    desk = await pages_of(request).desk(request)
    wanted = Filter.read(request.query_params)
    chosen = [each for each in desk.tap.records if wanted.matches(each)]
    if wanted.until is not None:
        chosen = [each for each in chosen if each.number <= wanted.until]
    return StreamingResponse(
        _lines(chosen),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="frames.jsonl"'},
    )


async def _clear(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    desk.tap.clear()
    return Response(status_code=204, headers={"HX-Redirect": "/inspector"})


async def _json(request: Request) -> Response:
    """The message alone."""
    desk = await pages_of(request).desk(request)
    return JSONResponse(_wanted(desk.tap, request).frame.message)


async def _whole(request: Request, detail: Detail | None) -> Response:
    desk = await pages_of(request).desk(request)
    wanted = Filter.read(request.query_params)
    selected = detail.row.record.number if detail else 0
    return await pages_of(request).show(
        request,
        "inspector/page.html",
        title="Inspector",
        detail=detail,
        coded=coded,
        directions=DIRECTIONS,
        kinds=KINDS,
        **_shown(desk, wanted, selected),
    )


def _shown(desk: Desk, wanted: Filter, selected: int) -> dict[str, Any]:
    """The list as it is now, and all that stands around it."""
    chosen, rows = desk.tap.numbered(selected), window(desk.tap, wanted)
    return {
        **_around(desk, wanted, selected, rows.rows[0].record.number if rows.rows else 0),
        "window": rows,
        "peers": peers(desk.board.states(), desk.tap),
        "exchange": chosen.exchange if chosen else 0,
    }


def _around(desk: Desk, wanted: Filter, selected: int, first: int) -> dict[str, Any]:
    """No list, but how many came where it is paused, and from where to ask again. `first` is the list's first frame."""
    query = wanted.query(wanted.until)
    again = urlencode({"seen": desk.tap.count, "drawn": selected, "first": first})
    return {
        "wanted": wanted,
        "query": query,
        "poll": f"/inspector/rows{query}{'&' if query else '?'}{again}",
        "window": None,
        "meanwhile": came_since(desk.tap, wanted, wanted.until) if wanted.until is not None else 0,
    }


def _wanted(tap: Wiretap, request: Request) -> Recorded:
    number = request.path_params["number"]
    record = tap.numbered(number)
    if record is None:
        raise NotFound(f"Frame {number} is not kept: only the newest are. Go back to the list for those there are.")
    return record


def _number(request: Request, name: str) -> int:
    value = request.query_params.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 15 else 0


def _lines(records: list[Recorded]) -> Iterator[str]:
    """The lines in stretches: each is made in a thread, so that nobody waits for a large export."""
    for start in range(0, len(records), _STRETCH):
        yield "".join(f"{each.frame.model_dump_json()}\n" for each in records[start : start + _STRETCH])
