"""What changed in a calendar on a server: by sync tokens (RFC 6578), or by comparing entity tags."""

import hashlib
from collections.abc import Sequence

from deskhand.errors import Unavailable
from deskhand.toolsets.calendar import caldav_queries as queries
from deskhand.toolsets.calendar.backend import Changed
from deskhand.toolsets.calendar.caldav_index import Snapshot
from deskhand.toolsets.calendar.caldav_objects import CalDavObjects
from deskhand.toolsets.calendar.dav_answer import Resource, opaque, resources, same_place
from deskhand.toolsets.calendar.dav_errors import conditions, refusal
from deskhand.toolsets.calendar.dav_xml import parse_xml

COMPARED = "etags:"
"""How a token of ours begins, where the server has none."""
_ROUNDS = 100
"""Most answers in parts (RFC 6578 §3.6) that are followed."""
_FORGOTTEN = (400, 403, 409, 410, 412, 415)
"""What servers answer to a token they do not know (any more); RFC 6578 §3.2 wants 403 with `valid-sync-token`."""
_NOT_OFFERED = (405, 501)


class _Forgotten(Exception):
    """The server does not know the token."""


class _NotOffered(Exception):
    """The server does not do this report."""


async def changes(objects: CalDavObjects, token: str) -> Changed:
    """What changed since `token`; `uids` is None where it is too old, or something unknown was deleted."""
    if not objects.collection.sync_token:
        return await _compared(objects, token)
    try:
        if token.startswith(COMPARED):  # from when the server could not do this: nothing it knows
            raise _Forgotten
        return await _synced(objects, token)
    except _Forgotten:
        return await _anew(objects, token)
    except _NotOffered:
        return await _compared(objects, token)


async def _anew(objects: CalDavObjects, token: str) -> Changed:
    try:
        return Changed((await _synced(objects, "")).token, None)
    except _NotOffered:
        return await _compared(objects, token)


async def _synced(objects: CalDavObjects, token: str) -> Changed:
    changed: dict[str, Resource] = {}
    fresh, more, rounds = token, True, 0
    while more:
        rounds += 1
        if rounds > _ROUNDS:
            raise Unavailable("The calendar server does not come to an end with its list of changes. Try again later.")
        before = fresh
        fresh, found, more = await _part(objects, fresh)
        changed |= {same_place(each.url): each for each in found}
        more = more and fresh != before
    return Changed(fresh, await _uids(objects, list(changed.values())))


async def _part(objects: CalDavObjects, token: str) -> tuple[str, list[Resource], bool]:
    """The new token, what changed, and whether there is more to come: the server then names itself, with 507."""
    # RFC 6578 §3.2: the header says 0, and some servers insist; `sync-level` is what counts.
    asked = objects.report(queries.since(token))
    answer = await objects.dav.ask(asked)
    if answer.status in _NOT_OFFERED or "D:supported-report" in conditions(answer):
        raise _NotOffered
    if token and answer.status in _FORGOTTEN:
        raise _Forgotten
    if answer.status >= 400:
        raise refusal(answer, objects.dav.account, asked.what)
    root = parse_xml(answer.body, "the calendar server")
    found = resources(root, answer.url)
    said = root.at("D:sync-token")
    if said is None or not said.text:
        raise _NotOffered
    own = same_place(objects.collection.url)
    return said.text, objects.members(found), any(each.status == 507 and same_place(each.url) == own for each in found)


async def _uids(objects: CalDavObjects, changed: Sequence[Resource]) -> tuple[str, ...] | None:
    """The UIDs of what changed. What is gone has one only if it was seen before."""
    gone = [each for each in changed if each.status in (404, 410)]
    there = {each.url: _known(objects, each) for each in changed if each.status < 300}
    uids = {uid for uid in there.values() if uid}
    uids |= {stored.uid for stored in await objects.load([url for url, uid in there.items() if not uid])}
    forgotten = [objects.index.forget(each.url) for each in gone]
    return tuple(sorted(uids | set(forgotten))) if all(forgotten) else None


def _known(objects: CalDavObjects, resource: Resource) -> str:
    return objects.index.known(resource.url, opaque(resource.text("D:getetag")))


async def _compared(objects: CalDavObjects, token: str) -> Changed:
    """By entity tags: everything is listed, without its text, unless the mark of the whole calendar is as it was."""
    ctag = await _ctag(objects)  # before the list: what changes in between is seen the next time
    before = objects.index.kept(token) if token else Snapshot("", {})
    if before is not None and ctag and before.ctag == ctag:
        return Changed(token, ())
    _, found = await objects.told(queries.etags(), method="PROPFIND")
    now = {each.url: each for each in objects.members(found) if each.status < 300 and each.text("D:getetag")}
    state = {url: opaque(each.text("D:getetag")) for url, each in now.items()}
    fresh = _token_of(state)
    objects.index.keep(fresh, Snapshot(ctag, state))
    if before is None:
        return Changed(fresh, None)
    changed = [now[url] for url, etag in state.items() if before.etags.get(url) != etag]
    gone = [Resource(url, 404) for url in before.etags if url not in state]
    return Changed(fresh, await _uids(objects, [*changed, *gone]))


async def _ctag(objects: CalDavObjects) -> str:
    if not objects.collection.ctag:
        return ""
    _, found = await objects.told(queries.ctag(), method="PROPFIND", depth="0")
    return next((each.text("S:getctag") for each in found), "")


def _token_of(state: dict[str, str]) -> str:
    digest = hashlib.sha256("\n".join(f"{url} {etag}" for url, etag in sorted(state.items())).encode())
    return f"{COMPARED}{digest.hexdigest()[:32]}"
