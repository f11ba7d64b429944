"""From the address in the settings to the person's calendars: RFC 6764, RFC 5397 and RFC 4791 §6.2.1."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from deskhand.errors import Denied, DeskhandError, NotFound, Unavailable
from deskhand.toolsets.calendar.dav_answer import Resource, resources, same_place
from deskhand.toolsets.calendar.dav_errors import refusal
from deskhand.toolsets.calendar.dav_http import XML, Asked, DavHttp
from deskhand.toolsets.calendar.dav_xml import Node, document, element, parse_xml

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_WRITES = frozenset({"D:all", "D:write", "D:write-content", "D:bind"})
_NOT_KEPT_HERE = frozenset(
    {"S:subscribed", "N:deleted-calendar", "N:trash-bin", "C:schedule-inbox", "C:schedule-outbox"}
)
_WHERE = ("D:resourcetype", "D:current-user-principal", "C:calendar-home-set")
_PRINCIPAL = (
    "C:calendar-home-set", "C:schedule-outbox-URL", "C:schedule-inbox-URL", "C:calendar-user-address-set",
)  # fmt: skip
_CALENDAR = (
    "D:resourcetype", "D:displayname", "D:current-user-privilege-set", "D:sync-token", "D:supported-report-set",
    "C:supported-calendar-component-set", "S:getctag", "A:calendar-color",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Home:
    """Where an account's calendars are. `single` when the settings name one calendar itself."""

    homes: tuple[str, ...]
    single: bool = False
    outbox: str = ""
    default: str = ""
    """The calendar the server puts invitations into; the one for new events."""
    addresses: frozenset[str] = frozenset()
    """The person's own, as the server knows them: email addresses in lower case."""
    schedules: bool = False
    """Whether the server sends invitations itself when an event is written (RFC 6638)."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar on the server."""

    url: str
    title: str
    colour: str = ""
    writable: bool = True
    sync_token: str = ""
    """Empty where the server does not offer RFC 6578."""
    ctag: str = ""


async def find_home(dav: DavHttp) -> Home:
    """Where the calendars are.

    Raises:
        NotFound: there are none at the address of the settings.
        DeskhandError: the server refuses, or does not answer.
    """
    address, found = await _start(dav)
    principal = next(iter(found.hrefs("D:current-user-principal")), "")
    details = await _principal(dav, principal) if principal else Resource(address)
    homes = tuple(url for url in (details.hrefs("C:calendar-home-set") or found.hrefs("C:calendar-home-set")))
    single = _is_calendar(found)
    if single:
        homes = (_folder(found.url),)
    if not homes:
        raise NotFound(f"There are no calendars at {urlsplit(address).hostname}: the server names no calendar home.")
    outbox = next((url for url in details.hrefs("C:schedule-outbox-URL") if dav.trusts(url)), "")
    return Home(
        homes=tuple(_folder(url) for url in homes),
        single=single,
        outbox=outbox,
        default=await _default(dav, details),
        addresses=_addresses(details),
        schedules=await _schedules(dav, homes[0]),
    )


async def list_calendars(dav: DavHttp, home: Home) -> list[Collection]:
    """The calendars that hold events, the one for new events first, then those that can be written, each by address."""
    found: dict[str, Collection] = {}
    body = document("D:propfind", element("D:prop", *map(element, _CALENDAR)))
    for url in home.homes:
        _, told = await dav.told(Asked("PROPFIND", url, "list the calendars", body), depth="0" if home.single else "1")
        for resource in told:
            if _is_calendar(resource) and _holds_events(resource) and dav.trusts(resource.url):
                found.setdefault(same_place(_folder(resource.url)), _collection(resource))
    first = same_place(home.default)
    ordered = sorted(found.items(), key=lambda item: (item[0] != first, not item[1].writable, item[0]))
    return [collection for _, collection in ordered]


async def _start(dav: DavHttp) -> tuple[str, Resource]:
    """The first place that says who signed in: the address itself, or where servers keep calendars by convention."""
    failure: DeskhandError | None = None
    for url in _candidates(dav.account.caldav):
        try:
            found = await _said_at(dav, url)
        except (Denied, NotFound) as error:
            if isinstance(error, Denied) and _is_named(dav, url):
                raise  # the place the person named is closed to them: another one is not what they asked for
            failure = error if failure is None or isinstance(error, Denied) else failure
            continue
        if found is not None:
            return url, found
    raise failure or NotFound(f"{urlsplit(dav.account.caldav).hostname} keeps no calendars at the address of `caldav`.")


async def _said_at(dav: DavHttp, url: str) -> Resource | None:
    """What one place says; None if it is no place of calendars. What is wrong everywhere else too, is raised."""
    body = document("D:propfind", element("D:prop", *map(element, _WHERE)))
    headers = {"Depth": "0", "Content-Type": XML}
    asked = Asked("PROPFIND", url, "say where the calendars are", body, headers)
    answer = await dav.ask(asked)
    if answer.status in (401, 404, 429, 503) or (answer.status == 403 and _is_named(dav, url)):
        raise refusal(answer, dav.account, asked.what)
    with suppress(Unavailable):  # a page for people, as web servers have at their root
        for resource in resources(parse_xml(answer.body, "the server"), answer.url):
            if _is_calendar(resource) or resource.props.keys() & {"D:current-user-principal", "C:calendar-home-set"}:
                return resource
    return None


def _is_named(dav: DavHttp, url: str) -> bool:
    """Whether the settings name this very place, and not only its server."""
    return url == dav.account.caldav and urlsplit(url).path not in ("", "/")


def _candidates(address: str) -> Iterator[str]:
    """RFC 6764 §5: the well-known place goes first where only a host is named; Nextcloud's folder goes last."""
    well_known = urljoin(address, "/.well-known/caldav")
    if urlsplit(address).path in ("", "/"):
        yield from (well_known, urljoin(address, "/"))
    else:
        yield from (address, well_known, urljoin(address, "/"))
    yield f"{address.rstrip('/')}/remote.php/dav/"


async def _principal(dav: DavHttp, url: str) -> Resource:
    body = document("D:propfind", element("D:prop", *map(element, _PRINCIPAL)))
    _, told = await dav.told(Asked("PROPFIND", url, "say where the calendars are", body))
    return next(iter(told), Resource(url))


async def _default(dav: DavHttp, principal: Resource) -> str:
    """RFC 6638 §9.2; empty where the server has no such thing."""
    inbox = next(iter(principal.hrefs("C:schedule-inbox-URL")), "")
    body = document("D:propfind", element("D:prop", element("C:schedule-default-calendar-URL")))
    if inbox:
        with suppress(DeskhandError):
            _, told = await dav.told(Asked("PROPFIND", inbox, "name the default calendar", body))
            return next((url for each in told for url in each.hrefs("C:schedule-default-calendar-URL")), "")
    return ""


async def _schedules(dav: DavHttp, url: str) -> bool:
    """Whether the server says `calendar-auto-schedule` (RFC 6638 §2)."""
    answer = await dav.ask(Asked("OPTIONS", url, "say what it can"))
    return "calendar-auto-schedule" in {each.strip().lower() for each in answer.headers.get("DAV", "").split(",")}


def _addresses(principal: Resource) -> frozenset[str]:
    node = principal.props.get("C:calendar-user-address-set")
    said = [href.text for href in node.all("D:href")] if node is not None else []
    return frozenset(unquote(each[7:]).lower() for each in said if each.lower().startswith("mailto:"))


def _is_calendar(resource: Resource) -> bool:
    kinds = {child.name for child in _children(resource, "D:resourcetype")}
    return "C:calendar" in kinds and not kinds & _NOT_KEPT_HERE


def _holds_events(resource: Resource) -> bool:
    """A calendar that names no kinds takes all of them (RFC 4791 §5.2.3)."""
    kinds = [
        child.attributes.get("name", "").upper() for child in _children(resource, "C:supported-calendar-component-set")
    ]
    return not kinds or "VEVENT" in kinds


def _collection(resource: Resource) -> Collection:
    url = _folder(resource.url)
    colour = _COLOUR.match(resource.text("A:calendar-color"))
    privileges = {each.name for every in _children(resource, "D:current-user-privilege-set") for each in every.children}
    return Collection(
        url=url,
        title=resource.text("D:displayname") or unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]),
        colour=colour[0].lower() if colour else "",
        writable=not privileges or bool(privileges & _WRITES),
        sync_token=resource.text("D:sync-token") if _syncs(resource) else "",
        ctag=resource.text("S:getctag"),
    )


def _syncs(resource: Resource) -> bool:
    reports = resource.props.get("D:supported-report-set")
    return reports is None or any(node.name == "D:sync-collection" for node in reports.every())


def _children(resource: Resource, name: str) -> list[Node]:
    node = resource.props.get(name)
    return node.children if node is not None else []


def _folder(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"
