"""What a calendar server may answer that is wrong, broken or meant to harm: an error that helps, and nothing told."""

import gzip
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.calendar.backend_laws import JUNE, event
from tests.calendar.caldav_accounts import account_for
from tests.calendar.scripted_dav import Said, ScriptedDav, calendar, data, failed, many, one, served
from tests.mail.smtp_server_certificate import make_certificates

from deskhand.errors import (
    Conflict,
    Denied,
    DeskhandError,
    InvalidInput,
    LimitExceeded,
    NotFound,
    SettingsError,
    Unavailable,
)
from deskhand.outbound import Bounds
from deskhand.toolsets.calendar.caldav import CalDavCalendars

pytestmark = pytest.mark.anyio
TEAM = "work/Team"
PLACE = "/cal/team/u1.ics"
PLANTED = "planted-Se1cret"
ECHOED = "echoed-Se1cret"
"""What a careless server repeats of what it was told."""

STATUSES: dict[str, tuple[Said, type[DeskhandError], str]] = {
    "bad request": (Said(400), InvalidInput, "does not take the request"),
    "signed out": (Said(401), Unavailable, "refused the user or password"),
    "forbidden": (Said(403), Denied, "may not do that"),
    "no such place": (Said(404), NotFound, "not there"),
    "no such method": (Said(405), Denied, "takes no such request"),
    "parent missing": (Said(409), Conflict, "Look again"),
    "there already": (Said(412), Conflict, "of that UID already"),
    "too large": (Said(413), LimitExceeded, "larger than the server takes"),
    "another type": (Said(415), InvalidInput, "kind of object"),
    "locked": (Said(423), Conflict, "locked"),
    "too often": (Said(429, headers={"Retry-After": "7"}), Unavailable, "come again later"),
    "down": (Said(503), Unavailable, "come again later"),
    "broken": (Said(500, "<html>oops"), Unavailable, "status 500"),
    "a gateway": (Said(502), Unavailable, "status 502"),
    "not implemented": (Said(501), Denied, "cannot do that"),
    "full": (Said(507), LimitExceeded, "no room left"),
    "a teapot": (Said(418), Unavailable, "status 418"),
    "a status out of range": (Said(799), Unavailable, "status 799"),
    "moved nowhere": (Said(302), Unavailable, "status 302"),
    "the UID elsewhere": (Said(409, failed("cal:no-uid-conflict")), Conflict, "of that UID already"),
    "the UID elsewhere, by 403": (Said(403, failed("cal:no-uid-conflict")), Conflict, "of that UID already"),
    "no quota": (Said(507, failed("d:quota-not-exceeded")), LimitExceeded, "no room left"),
    "bad data": (Said(403, failed("cal:valid-calendar-data")), InvalidInput, "some value in it"),
    "too many attendees": (Said(403, failed("cal:max-attendees-per-instance")), LimitExceeded, "attendees"),
    "no privilege": (Said(403, failed("d:need-privileges")), Denied, "only be read"),
    "an unknown condition": (Said(403, failed("d:anything")), Denied, "may not do that"),
    "a condition with a DTD": (Said(403, '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), Denied, "may not do that"),
}


@pytest.mark.parametrize(("said", "kind", "words"), STATUSES.values(), ids=STATUSES.keys())
async def test_a_refusal_is_told(
    dav: ScriptedDav, backend: CalDavCalendars, said: Said, kind: type[DeskhandError], words: str
) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, said)
    with pytest.raises(DeskhandError, match=words) as caught:
        await backend.put("ann", TEAM, "u1", event(), None)
    assert type(caught.value) is kind
    if isinstance(caught.value, Unavailable) and said.status == 429:
        assert caught.value.retry_after == 7


def typed(doctype: str, inside: str = "") -> str:
    """A multistatus that is well-formed but for its having a document type."""
    return many(inside).replace("?>", f"?>{doctype}", 1)


NESTED = "<a>" * 60 + "</a>" * 60
DOCUMENTS: dict[str, str | bytes] = {
    "entities that grow": typed('<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>', "&b;"),
    "an entity from a file": typed('<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"),
    "a type from the network": typed('<!DOCTYPE l SYSTEM "http://169.254.169.254/x.dtd">'),
    "a parameter entity": typed('<!DOCTYPE l [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'),
    "a document type alone": typed("<!DOCTYPE multistatus>"),
    "an entity nobody defined": many("&nbsp;"),
    "too deep": many(NESTED),
    "a page for people": "<!doctype html><html><body>Sign in</body></html>",
    "XML of another kind": "<rss/>",
    "nothing": "",
    "words": "I am a server",
    "JSON": '{"d": []}',
    "cut": many()[:-5],
    "two roots": many() + many(),
    "an unbound prefix": "<d:multistatus/>",
    "letters that are none": many("\ufffd").encode().replace(b"\xef\xbf\xbd", b"\xff\xfe"),
    "zero bytes": many().encode() + b"\0\0",
    "an unknown encoding": many().replace("?>", ' encoding="x-klingon"?>'),
    "an encoding that lies": many().replace("?>", ' encoding="utf-16"?>'),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
async def test_a_document_that_is_no_answer_is_refused(
    dav: ScriptedDav, backend: CalDavCalendars, document: str | bytes
) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(207, document))
    with pytest.raises(Unavailable, match=r"cannot be read|no multistatus"):
        await backend.objects("ann", TEAM, *JUNE)


async def test_an_answer_without_end_is_cut_also_when_it_is_compressed(
    dav: ScriptedDav, backend: CalDavCalendars
) -> None:
    dav.keeps_calendars()
    large = many(" " * 2_000_000).encode()
    for said in (Said(207, large), Said(207, gzip.compress(large), {"Content-Encoding": "gzip"})):
        dav.tells("REPORT", "/cal/team/", said)
        with pytest.raises(LimitExceeded, match="larger than 300,000 bytes"):
            await backend.objects("ann", TEAM, *JUNE)


async def test_a_server_that_falls_silent_is_left(dav: ScriptedDav) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(0))
    bounds = Bounds(seconds=0.3)
    async with CalDavCalendars(lambda subject: [account_for(dav.url)], bounds=bounds) as backend:
        with pytest.raises(Unavailable, match="did not finish its answer"):
            await backend.objects("ann", TEAM, *JUNE)


ELSEWHERE = {
    "another server": "https://evil.example/cal/team/u1.ics",
    "another calendar": "/cal/other/u1.ics",
    "a folder beneath": "/cal/team/deep/u1.ics",
    "above": "/cal/team/../other/u1.ics",
    "above, escaped": "/cal/team/%2e%2e/other/u1.ics",
    "the calendar itself": "/cal/team/",
    "no address": "http://[",
    "a script": "javascript:alert(1)",
    "nothing": " ",
}


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE.keys())
async def test_what_lies_elsewhere_is_not_taken_for_an_event(
    dav: ScriptedDav, backend: CalDavCalendars, place: str
) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(place, event()), data("/cal/team/ok.ics", event("ok")))))
    assert [each.uid for each in await backend.objects("ann", TEAM, *JUNE)] == ["ok"]


JUNK = {
    "no calendar": "junk",
    "nothing": "",
    "a task": event().replace("VEVENT", "VTODO"),
    "no UID": event().replace("UID:u1\r\n", ""),
    "cut": event()[:-30],
    "deep": "BEGIN:VCALENDAR\r\n" * 50,
}


@pytest.mark.parametrize("text", JUNK.values(), ids=JUNK.keys())
async def test_an_object_that_is_no_event_harms_no_other(dav: ScriptedDav, backend: CalDavCalendars, text: str) -> None:
    dav.keeps_calendars()
    objects = data("/cal/team/bad.ics", text), data("/cal/team/ok.ics", event("ok"))
    dav.tells("REPORT", "/cal/team/", Said(body=many(*objects)))
    assert [each.uid for each in await backend.objects("ann", TEAM, *JUNE)] == ["ok"]


async def test_a_calendar_of_the_longest_time_is_asked_for(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many()))
    ends = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert await backend.objects("ann", TEAM, *ends) == []
    assert 'start="00010101T000000Z" end="99991231T235959Z"' in dav.heard[-1].body
    await backend.objects("ann", TEAM, ends[0] + timedelta(days=700), ends[0] + timedelta(days=800))
    assert 'start="0002' in dav.heard[-1].body


async def test_no_secret_is_in_an_error_or_a_log(dav: ScriptedDav, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "httpx2", "httpcore2"):  # a command that ran before in this process made those quiet
        caplog.set_level(logging.DEBUG, name)
    account = account_for(dav.url, password=PLANTED)
    told: list[str] = [repr(account)]
    answers: Sequence[Said] = (
        Said(401, f"no: {ECHOED}", {"WWW-Authenticate": f'Basic realm="{ECHOED}"'}),
        Said(500, ECHOED),
        Said(403, failed(f"d:{ECHOED}")),
        Said(207, f"<{ECHOED}>"),
        Said(302, headers={"Location": f"https://evil.example/?{ECHOED}"}),
    )
    for said in answers:
        async with CalDavCalendars(lambda subject: [account]) as backend:
            dav.keeps_calendars()
            dav.tells("PROPFIND", "/cal/", said)
            with pytest.raises(DeskhandError) as caught:
                await backend.calendars("ann")
            told += [str(caught.value), repr(caught.value.__cause__), repr(backend)]
    assert not [words for words in told if PLANTED in words or ECHOED in words]
    credentials = {heard.headers["authorization"].partition(" ")[2] for heard in dav.heard}
    assert not [words for words in (PLANTED, *credentials) if words in caplog.text]
    assert "PROPFIND" in caplog.text


async def test_a_password_cannot_add_a_header(dav: ScriptedDav) -> None:
    account = account_for(dav.url, password="x\r\nX-Evil: 1", oauth=True)
    async with CalDavCalendars(lambda subject: [account]) as backend:
        with pytest.raises(SettingsError, match="control character"):
            await backend.calendars("ann")
    assert dav.heard == []


async def test_tls_is_checked_against_the_authority_of_the_account(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path, "127.0.0.1")
    async with served(certificates.context) as dav:
        dav.keeps_calendars()
        async with CalDavCalendars(lambda subject: [account_for(dav.url)]) as backend:
            with pytest.raises(Unavailable, match="its certificate does not hold"):
                await backend.calendars("ann")
        assert dav.heard == []
        account = account_for(dav.url, ca_file=certificates.ca_file)
        async with CalDavCalendars(lambda subject: [account]) as backend:
            assert [info.name for info in await backend.calendars("ann")] == [TEAM]


@pytest.mark.parametrize("name", ["ca.pem", "missing.pem"])
async def test_an_authority_that_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    account = account_for("https://127.0.0.1/", ca_file=tmp_path / name)
    async with CalDavCalendars(lambda subject: [account]) as backend:
        with pytest.raises(SettingsError, match=f"ca_file {name} cannot be read"):
            await backend.calendars("ann")


async def test_other_ports_of_the_private_network_stay_closed(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path, "localhost")
    async with served(certificates.context) as dav:
        dav.tells("PROPFIND", "/", Said(307, headers={"Location": "https://localhost/"}))
        account = account_for(dav.url.replace("127.0.0.1", "localhost"), ca_file=certificates.ca_file)
        async with CalDavCalendars(lambda subject: [account]) as backend:
            with pytest.raises(Denied, match="not on the public internet"):
                await backend.calendars("ann")


async def test_a_calendar_of_another_person_s_server_is_not_listed(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(
        calendar("http://127.0.0.1:9/cal/team/", "Team"), one("/cal/", "<d:displayname>x</d:displayname>")
    )
    assert await backend.calendars("ann") == []
