"""From one address to the calendars of a person, and never with their password to anybody else."""

import base64

import pytest
from tests.calendar.caldav_accounts import PASSWORD, account_for
from tests.calendar.scripted_dav import CALENDAR, TEAM, Said, ScriptedDav, calendar, href, many, one, response, served

from deskhand.errors import Denied, DeskhandError, NotFound, Unavailable
from deskhand.toolsets.calendar.caldav import CalDavCalendars
from deskhand.toolsets.calendar.dav_http import trusted

pytestmark = pytest.mark.anyio
PRINCIPAL = f"<d:current-user-principal>{href('/ann/')}</d:current-user-principal>"


async def names(dav: ScriptedDav, address: str = "") -> list[str]:
    async with CalDavCalendars(lambda subject: [account_for(dav.url + address)]) as backend:
        return [info.name for info in await backend.calendars("ann")]


async def test_the_well_known_place_is_asked_first_and_a_redirect_keeps_the_question(dav: ScriptedDav) -> None:
    dav.keeps_calendars()
    dav.tells("PROPFIND", "/.well-known/caldav", Said(301, headers={"Location": "/dav/"}))
    dav.tells("PROPFIND", "/dav/", Said(body=response("/dav/", PRINCIPAL)))
    assert await names(dav) == ["work/Team"]
    assert [heard.path for heard in dav.heard][:2] == ["/.well-known/caldav", "/dav/"]
    assert "current-user-principal" in dav.heard[1].body


PLACES = {
    "the root": ("", "/"),
    "a folder of the server": ("/dav/principals", "/dav/principals"),
    "the root, for a folder that is none": ("/typo/", "/"),
    "the well-known place, for a folder that is none": ("/typo/", "/.well-known/caldav"),
    "Nextcloud's folder": ("", "/remote.php/dav/"),
    "Nextcloud's folder in a folder": ("/cloud/", "/cloud/remote.php/dav/"),
}


@pytest.mark.parametrize(("address", "place"), PLACES.values(), ids=PLACES.keys())
async def test_calendars_are_found_from(dav: ScriptedDav, address: str, place: str) -> None:
    dav.keeps_calendars()
    dav.tells("PROPFIND", "/", Said(200, "<html><body>Welcome<br></body></html>"))
    dav.tells("PROPFIND", place, Said(body=response(place, PRINCIPAL)))
    assert await names(dav, address) == ["work/Team"]


async def test_a_principal_may_be_its_own_home(dav: ScriptedDav) -> None:
    dav.keeps_calendars()
    dav.tells(
        "PROPFIND", "/", Said(body=response("/", f"<cal:calendar-home-set>{href('/cal/')}</cal:calendar-home-set>"))
    )
    assert await names(dav) == ["work/Team"]


async def test_the_address_of_one_calendar_gives_that_one(dav: ScriptedDav) -> None:
    dav.keeps_calendars(TEAM, calendar("/cal/other/", "Other"))
    dav.tells("PROPFIND", "/cal/team/", Said(body=many(calendar("/cal/team/", "Team", PRINCIPAL))))
    assert await names(dav, "/cal/team/") == ["work/Team"]


async def test_only_calendars_of_events_are_listed_each_under_its_own_name(dav: ScriptedDav) -> None:
    kinds = "<cal:supported-calendar-component-set><cal:comp name='{}'/></cal:supported-calendar-component-set>"
    subscribed = "<d:resourcetype><d:collection/><cal:calendar/><s:subscribed/></d:resourcetype>"
    deleted = "<d:resourcetype><d:collection/><cal:calendar/><n:deleted-calendar/></d:resourcetype>"
    dav.keeps_calendars(
        one("/cal/", "<d:resourcetype><d:collection/></d:resourcetype>"),
        one("/cal/inbox/", "<d:resourcetype><d:collection/><cal:schedule-inbox/></d:resourcetype>"),
        calendar("/cal/b/", "Team", kinds.format("VEVENT")),
        calendar("/cal/a/", "Team"),
        calendar("/cal/c/", "team"),
        calendar("/cal/tasks/", "Tasks", kinds.format("VTODO")),
        calendar("/cal/web/", "Holidays", kinds=subscribed),
        calendar("/cal/old/", "Old", kinds=deleted),
        one("/cal/f%C3%BCr%20uns/", CALENDAR),
        calendar("/cal/x/", "A/B\u202egnp"),
        calendar("/cal/y/", "x" * 300),
        calendar("https://evil.example/cal/z/", "Evil"),
    )
    assert await names(dav) == [
        "work/Team", "work/Team 2", "work/team 3", "work/für uns", "work/A-B\\u202egnp", f"work/{'x' * 60}",
    ]  # fmt: skip


async def test_the_default_calendar_goes_first_and_those_for_reading_last(dav: ScriptedDav) -> None:
    inbox = f"<cal:schedule-inbox-URL>{href('/cal/inbox/')}</cal:schedule-inbox-URL>"
    reads = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>"
    dav.keeps_calendars(calendar("/cal/r/", "R", reads), calendar("/cal/o/", "O"), TEAM, principal=inbox)
    default = f"<cal:schedule-default-calendar-URL>{href('/cal/team/')}</cal:schedule-default-calendar-URL>"
    dav.tells("PROPFIND", "/cal/inbox/", Said(body=response("/cal/inbox/", default)))
    async with CalDavCalendars(lambda subject: [account_for(dav.url)]) as backend:
        infos = await backend.calendars("ann")
    assert [(info.title, info.writable) for info in infos] == [("Team", True), ("O", True), ("R", False)]


async def test_a_server_with_nothing_of_the_kind_is_not_found(dav: ScriptedDav) -> None:
    with pytest.raises(NotFound):
        await names(dav)
    dav.tells("PROPFIND", "/", Said(200, "<html/>"))
    with pytest.raises(NotFound):
        await names(dav)


async def test_a_wrong_password_is_said_at_once(dav: ScriptedDav) -> None:
    dav.tells("PROPFIND", "/.well-known/caldav", Said(401))
    with pytest.raises(Unavailable, match=r"refused the user or password\. Look at `user` and `password`"):
        await names(dav)
    assert len(dav.heard) == 1


async def test_a_server_that_takes_digests_only_is_told_apart(dav: ScriptedDav) -> None:
    challenge = {"WWW-Authenticate": 'Digest realm="x", nonce="y"'}
    dav.tells("PROPFIND", "/.well-known/caldav", Said(401, headers=challenge))
    with pytest.raises(Unavailable, match="takes digest authentication only"):
        await names(dav)


async def test_credentials_go_in_utf_8_or_as_a_bearer_token(dav: ScriptedDav) -> None:
    dav.keeps_calendars()
    await names(dav)
    said = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
    assert {heard.headers["authorization"] for heard in dav.heard} == {f"Basic {said}"}
    dav.heard.clear()
    account = account_for(dav.url, password="token-1", oauth=True)
    async with CalDavCalendars(lambda subject: [account]) as backend:
        await backend.calendars("ann")
    assert {heard.headers["authorization"] for heard in dav.heard} == {"Bearer token-1"}


async def test_no_other_server_hears_anything(dav: ScriptedDav) -> None:
    async with served() as other:
        dav.tells("PROPFIND", "/", Said(307, headers={"Location": f"{other.url}/"}))
        with pytest.raises(Denied, match="where its password does not belong"):
            await names(dav)
        dav.tells("PROPFIND", "/", Said(body=response("/", PRINCIPAL.replace("/ann/", f"{other.url}/ann/"))))
        with pytest.raises(Denied, match="where its password does not belong"):
            await names(dav)
        assert other.heard == []


async def test_redirects_in_a_circle_end(dav: ScriptedDav) -> None:
    dav.tells("PROPFIND", "/.well-known/caldav", Said(302, headers={"Location": "/.well-known/caldav"}))
    with pytest.raises(Unavailable, match="in a circle"):
        await names(dav)
    assert len(dav.heard) == 6


async def test_where_calendars_are_is_remembered_for_a_while(dav: ScriptedDav) -> None:
    dav.keeps_calendars()
    now = [0.0]
    async with CalDavCalendars(lambda subject: [account_for(dav.url)], clock=lambda: now[0]) as backend:
        await backend.calendars("ann")
        dav.heard.clear()
        await backend.calendars("ann")
        assert [heard.path for heard in dav.heard] == ["/cal/"]
        now[0] = 601
        await backend.calendars("ann")
        assert "/ann/" in [heard.path for heard in dav.heard]


async def test_accounts_are_told_apart_and_only_the_one_asked_for_is_needed(dav: ScriptedDav) -> None:
    dav.keeps_calendars()
    accounts = [account_for(dav.url), account_for("http://127.0.0.1:9/", name="home"), account_for("", name="mail")]
    async with CalDavCalendars(lambda subject: accounts) as backend:
        with pytest.raises(NotFound):
            await backend.get("ann", "work/Team", "u1")
        with pytest.raises(Unavailable):
            await backend.get("ann", "home/Team", "u1")
        with pytest.raises(DeskhandError):
            await backend.calendars("ann")


async def test_the_accounts_of_another_are_never_used(dav: ScriptedDav) -> None:
    dav.keeps_calendars()
    async with CalDavCalendars(lambda subject: [account_for(dav.url)]) as backend:
        assert await backend.calendars("bob") == []
    assert dav.heard == []


TRUSTED = {
    "itself": ("https://dav.example.org/x", "https://dav.example.org/y", True),
    "itself with its port said": ("https://dav.example.org/", "https://dav.example.org:443/", True),
    "a host beneath it": ("https://example.org/", "https://dav.example.org/", True),
    "iCloud's many": ("https://caldav.icloud.com/", "https://p42-caldav.icloud.com:443/123/", True),
    "loopback itself": ("http://127.0.0.1:5232/", "http://127.0.0.1:5232/x", True),
    "without TLS": ("https://dav.example.org/", "http://dav.example.org/", False),
    "another port": ("https://dav.example.org/", "https://dav.example.org:8443/", False),
    "another port of loopback": ("http://127.0.0.1:5232/", "http://127.0.0.1:5233/", False),
    "its neighbour": ("https://ann.example.org/", "https://bob.example.org/", False),
    "the host above it": ("https://ann.example.org/", "https://example.org/", False),
    "a name that ends alike": ("https://example.org/", "https://evilexample.org/", False),
    "iCloud's, from elsewhere": ("https://example.org/", "https://p42-caldav.icloud.com/", False),
    "elsewhere, from iCloud": ("https://caldav.icloud.com/", "https://icloud.com.evil.example/", False),
    "a user that looks like it": ("https://example.org/", "https://example.org@evil.example/", False),
    "a backslash": ("https://example.org/", "https://evil.example\\.example.org/", False),
    "beneath an address": ("https://10.0.0.1/", "https://9.10.0.0.1/", False),
    "no address": ("https://example.org/", "", False),
    "another scheme": ("https://example.org/", "ftp://example.org/", False),
    "a port that is none": ("https://example.org/", "https://example.org:x/", False),
}


@pytest.mark.parametrize(("home", "url", "expected"), TRUSTED.values(), ids=TRUSTED.keys())
def test_credentials_may_go_to(home: str, url: str, expected: bool) -> None:
    assert trusted(home, url) is expected
