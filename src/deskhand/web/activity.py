"""The page of what is done in the person's name: what waits for their yes, the audit log, the outbox, and rules."""

from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import InvalidInput, Unavailable
from deskhand.outbox.deciding import Choice
from deskhand.server.build import DeskhandServer
from deskhand.toolsets.email.rule_results import Ruled
from deskhand.web.activity_acts import decided, found, shown
from deskhand.web.activity_audit import SCOPE, Filter, rows_of
from deskhand.web.activity_watch import ACTIVITY, MOST_WAITING
from deskhand.web.desk import Desk
from deskhand.web.page import pages_of
from deskhand.zone import zone_of

PAGE_ACTS = 30
MOST_PAGES = 100
RULE, RULES_SCOPE = "email_rule", "email:write"


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/activity", _page),
        Route("/activity/audit", _audit),
        Route("/activity/outbox", _page),
        Route("/activity/rules", _page),
        Route("/activity/act", _act),
        Route("/activity/part", _part),
        Route("/activity/decide", _decide, methods=["POST"]),
        Route("/activity/rule", _rule, methods=["POST"]),
    ]


async def _page(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    tab = request.url.path.removeprefix("/activity").strip("/") or "waiting"
    context = await _context(desk, tab, request.query_params.get("page", "1"))
    return await pages_of(request).show(request, "activity/page.html", title="Activity", topics=(ACTIVITY,), **context)


async def _part(request: Request) -> Response:
    """What a page shows, anew: news came."""
    desk, query = await pages_of(request).desk(request), request.query_params
    if query.get("key"):
        return pages_of(request).fragment("activity/one.html", **await _one_context(desk, query["key"]))
    context = await _context(desk, query.get("tab", ""), query.get("page", "1"))
    return pages_of(request).fragment("activity/part.html", desk=desk, **context)


async def _act(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    context = await _one_context(desk, request.query_params.get("key", ""))
    return await pages_of(request).show(request, "activity/act.html", title="Outbox", topics=(ACTIVITY,), **context)


async def _audit(request: Request) -> Response:
    desk = await pages_of(request).desk(request)
    server, chosen = server_of(desk), Filter.read(request.query_params)
    zone, subject = zone_of(desk.around.settings.time_zone), desk.principal.subject
    may = desk.principal.may(SCOPE)
    return await pages_of(request).show(
        request,
        "activity/audit.html",
        title="Activity",
        tab="audit",
        missing="" if may else f"The audit log tells of every toolset: it takes a token with the scope {SCOPE}.",
        rows=await rows_of(server.audit, subject, chosen, zone) if may else None,
        outcomes=await server.audit.outcomes(subject) if may else [],
        chosen=chosen,
        zone=str(zone),
    )


async def _decide(request: Request) -> Response:
    """The person decides about an act; what came of it is told on every page."""
    desk, form = await pages_of(request).desk(request), await request.form()
    key, choice, because = (str(form.get(name, "")) for name in ("key", "choice", "because"))
    if choice not in get_args(Choice):
        raise InvalidInput("The form does not say what you decided. Load the page again.")
    words, well = await decided(server_of(desk), desk.principal, key, cast(Choice, choice), because.strip())
    desk.own.tell(words, wrong=not well)
    await desk.activity.look()
    return Response(status_code=204)


async def _rule(request: Request) -> Response:
    """Start (which asks, in the tray), stop or delete a rule, by the tool that everybody uses."""
    desk, form = await pages_of(request).desk(request), await request.form()
    action, name = str(form.get("action", "")), str(form.get("name", ""))
    if action not in ("start", "stop", "delete") or not name:
        raise InvalidInput("The form does not say what to do with which rule. Load the page again.")

    def said(answer: Ruled) -> str:
        desk.activity.draw()
        return answer.note

    desk.own.ask_later(Ruled, said, RULE, {"action": action, "name": name})
    return Response(status_code=204)


def server_of(desk: Desk) -> DeskhandServer:
    """Our server, whose outbox and log are shown.

    Raises:
        Unavailable: this page stands alone.
    """
    if desk.around.server is None:
        raise Unavailable("There is no server beside this page. Start both with: deskhand up")
    return desk.around.server


async def _context(desk: Desk, tab: str, page: str) -> dict[str, object]:
    """What a tab shows."""
    match tab:
        case "waiting":
            return {"tab": tab, "page": 1, **await _waiting(desk)}
        case "outbox":
            return {"tab": tab, **await _outbox(desk, page)}
        case "rules":
            return {"tab": tab, "page": 1, **await _rules(desk)}
        case _:
            raise InvalidInput(f"There is no tab {tab[:40]!r} of activity.")


async def _waiting(desk: Desk) -> dict[str, object]:
    """The oldest first: what comes while somebody reaches for a button is put below, and moves no button."""
    server = server_of(desk)
    acts = [shown(server, desk.principal, entry) for entry in reversed(await desk.activity.waiting())]
    return {"acts": acts, "full": len(acts) >= MOST_WAITING, "questions": list(desk.tray.waiting.values())}


async def _outbox(desk: Desk, page: str) -> dict[str, object]:
    server = server_of(desk)
    number = int(page) if page.isascii() and page.isdecimal() and len(page) <= 3 else 0
    if not 0 < number <= MOST_PAGES:
        raise InvalidInput(f"A page has a number from 1 to {MOST_PAGES}, not {page[:40]!r}.")
    entries = await desk.activity.newest(number * PAGE_ACTS + 1)
    acts = [shown(server, desk.principal, entry) for entry in entries[(number - 1) * PAGE_ACTS : number * PAGE_ACTS]]
    return {"acts": acts, "page": number, "more": len(entries) > number * PAGE_ACTS and number < MOST_PAGES}


async def _rules(desk: Desk) -> dict[str, object]:
    missing = await desk.own.missing(RULES_SCOPE, RULE)
    if missing:
        return {"missing": missing, "rules": (), "log": ()}
    rules = (await desk.own.ask(Ruled, RULE, {"action": "list"})).rules
    log = await desk.own.ask(Ruled, RULE, {"action": "log"})
    return {"missing": "", "rules": rules, "log": log.log}


async def _one_context(desk: Desk, key: str) -> dict[str, object]:
    server = server_of(desk)
    return {"act": shown(server, desk.principal, await found(server, desk.principal, key))}
