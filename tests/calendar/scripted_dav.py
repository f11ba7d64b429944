"""A DAV server on loopback that says what a test tells it to, as no honest server would."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_XMLNS = (
    'xmlns:d="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/" '
    'xmlns:a="http://apple.com/ns/ical/" xmlns:n="http://nextcloud.com/ns"'
)
CALENDAR = "<d:resourcetype><d:collection/><cal:calendar/></d:resourcetype>"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer; one of status 0 never comes."""

    status: int = 207
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def raw(self) -> bytes:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        lines = [f"HTTP/1.1 {self.status} Said", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Heard:
    """A request, header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class ScriptedDav:
    """`tells(method, path, said…)`: one answer after the other, the last for ever; 404 to everything else."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list[Heard])
    script: dict[tuple[str, str], list[Said]] = field(default_factory=dict[tuple[str, str], list[Said]])

    def tells(self, method: str, path: str, *said: Said) -> None:
        self.script[method, path] = list(said)

    def hears(self, method: str) -> list[Heard]:
        return [heard for heard in self.heard if heard.method == method]

    def keeps_calendars(self, *calendars: str, dav: str = "1, calendar-access", principal: str = "") -> None:
        """An ordinary server with its principal at `/ann/` and its calendars beneath `/cal/`, each a `response`."""
        self.tells(
            "PROPFIND",
            "/",
            Said(body=response("/", "<d:current-user-principal>" + href("/ann/") + "</d:current-user-principal>")),
        )
        home = f"<cal:calendar-home-set>{href('/cal/')}</cal:calendar-home-set>{principal}"
        self.tells("PROPFIND", "/ann/", Said(body=response("/ann/", home)))
        self.tells("OPTIONS", "/cal/", Said(200, headers={"DAV": dav}))
        self.tells("PROPFIND", "/cal/", Said(body=many(*(calendars or (TEAM,)))))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while heard := await _heard(reader):
                self.heard.append(heard)
                said = self.script.get((heard.method, heard.path), [Said(404)])
                answer = said.pop(0) if len(said) > 1 else said[0]
                if not answer.status:
                    await reader.read()
                    return
                writer.write(answer.raw())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


async def _heard(reader: asyncio.StreamReader) -> Heard:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ")
    return Heard(method, path, headers, body.decode())


@asynccontextmanager
async def served(context: ssl.SSLContext | None = None) -> AsyncGenerator[ScriptedDav]:
    """A running server, with TLS if there is a context for it."""
    dav = ScriptedDav()
    listener = await asyncio.start_server(dav.serve, "127.0.0.1", 0, ssl=context)
    scheme = "https" if context else "http"
    dav.url = f"{scheme}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener:
        yield dav


def href(url: str) -> str:
    return f"<d:href>{url}</d:href>"


def one(url: str, props: str = "", status: str = "") -> str:
    """A `response` of a multistatus."""
    stat = f"<d:propstat><d:prop>{props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>" if props else ""
    return f"<d:response>{href(url)}{f'<d:status>HTTP/1.1 {status}</d:status>' if status else ''}{stat}</d:response>"


def many(*responses: str, more: str = "") -> str:
    """A multistatus."""
    return f'<?xml version="1.0"?><d:multistatus {_XMLNS}>{"".join(responses)}{more}</d:multistatus>'


def response(url: str, props: str) -> str:
    """A multistatus of one."""
    return many(one(url, props))


def calendar(path: str, title: str, more: str = "", kinds: str = CALENDAR) -> str:
    """The response for one calendar, without sync tokens."""
    reports = "<d:supported-report-set/>" if "sync-token" not in more else ""
    return one(path, f"{kinds}<d:displayname>{title}</d:displayname>{reports}{more}")


def data(path: str, text: str, etag: str = '"1"') -> str:
    """The response for one object."""
    return one(path, f"<d:getetag>{etag}</d:getetag><cal:calendar-data><![CDATA[{text}]]></cal:calendar-data>")


def failed(condition: str) -> str:
    """A `DAV:error`."""
    return f'<?xml version="1.0"?><d:error {_XMLNS}><{condition}/></d:error>'


TEAM = calendar("/cal/team/", "Team")
SYNCED = calendar("/cal/team/", "Team", "<d:sync-token>t0</d:sync-token>")
