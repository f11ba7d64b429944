"""What changed on servers with sync tokens, with bad ones, and with none at all."""

import pytest
from tests.calendar.backend_laws import JUNE, event
from tests.calendar.scripted_dav import SYNCED, TEAM, Said, ScriptedDav, calendar, data, failed, many, one

from deskhand.errors import Denied, Unavailable
from deskhand.toolsets.calendar.backend import Changed
from deskhand.toolsets.calendar.caldav import CalDavCalendars

pytestmark = pytest.mark.anyio
NAME = "work/Team"
PLACE = "/cal/team/u1.ics"


def token(text: str) -> str:
    return f"<d:sync-token>{text}</d:sync-token>"


def tag(path: str, etag: str = '"1"') -> str:
    return one(path, f"<d:getetag>{etag}</d:getetag>")


GONE = one(PLACE, status="404 Not Found")
MORE = one("/cal/team/", status="507 Insufficient Storage")


async def test_the_list_of_calendars_says_where_changes_stand(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(SYNCED)
    assert [info.token for info in await backend.calendars("ann")] == ["t0"]


@pytest.mark.parametrize("status", [403, 409, 410, 400, 412])
async def test_a_token_the_server_forgot_means_to_read_anew(
    dav: ScriptedDav, backend: CalDavCalendars, status: int
) -> None:
    dav.keeps_calendars(SYNCED)
    anew = Said(body=many(more=token("t9")))
    dav.tells("REPORT", "/cal/team/", Said(status, failed("d:valid-sync-token")), anew)
    assert await backend.changes("ann", NAME, "old") == Changed("t9", None)
    assert "<D:sync-token></D:sync-token>" in dav.heard[-1].body


async def test_who_may_not_read_is_told_so(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(SYNCED)
    dav.tells("REPORT", "/cal/team/", Said(403))
    with pytest.raises(Denied):
        await backend.changes("ann", NAME, "t0")


async def test_an_answer_in_parts_is_read_to_its_end(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(SYNCED)
    dav.tells(
        "REPORT", "/cal/team/",
        Said(body=many(tag(PLACE), MORE, more=token("t1"))),
        Said(body=many(tag("/cal/team/u2.ics"), more=token("t2"))),
        Said(body=many(data(PLACE, event()), data("/cal/team/u2.ics", event("u2")))),
    )  # fmt: skip
    assert await backend.changes("ann", NAME, "t0") == Changed("t2", ("u1", "u2"))
    assert [token("t0") in dav.hears("REPORT")[0].body.lower(), token("t1") in dav.hears("REPORT")[1].body.lower()] == [
        True, True,
    ]  # fmt: skip


async def test_parts_without_end_are_left(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(SYNCED)
    parts = [Said(body=many(MORE, more=token(f"t{number}"))) for number in range(1, 200)]
    dav.tells("REPORT", "/cal/team/", *parts)
    with pytest.raises(Unavailable, match="does not come to an end"):
        await backend.changes("ann", NAME, "t0")


async def test_a_part_that_leads_nowhere_is_the_last(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(SYNCED)
    dav.tells("REPORT", "/cal/team/", Said(body=many(MORE, more=token("t0"))))
    assert await backend.changes("ann", NAME, "t0") == Changed("t0", ())


async def test_what_was_deleted_is_named_if_it_was_seen(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(SYNCED)
    dav.tells("REPORT", "/cal/team/", Said(body=many(GONE, more=token("t1"))))
    assert await backend.changes("ann", NAME, "t0") == Changed("t1", None)
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event()))))
    await backend.objects("ann", NAME, *JUNE)
    dav.tells("REPORT", "/cal/team/", Said(body=many(GONE, more=token("t2"))))
    assert await backend.changes("ann", NAME, "t1") == Changed("t2", ("u1",))


async def test_the_text_of_what_is_known_is_not_asked_for(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars(SYNCED)
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event()))))
    await backend.objects("ann", NAME, *JUNE)
    dav.heard.clear()
    dav.tells("REPORT", "/cal/team/", Said(body=many(tag(PLACE), more=token("t1"))))
    assert await backend.changes("ann", NAME, "t0") == Changed("t1", ("u1",))
    assert len(dav.hears("REPORT")) == 1


NOT_OFFERED = {
    "no such method": (SYNCED, Said(405)),
    "not implemented": (SYNCED, Said(501)),
    "no such report": (SYNCED, Said(403, failed("d:supported-report"))),
    "an answer without a token": (SYNCED, Said(body=many())),
    "a calendar without a token": (TEAM, Said(500)),
}


@pytest.mark.parametrize(("listed", "said"), NOT_OFFERED.values(), ids=NOT_OFFERED.keys())
async def test_a_server_that_cannot_tell_is_compared(
    dav: ScriptedDav, backend: CalDavCalendars, listed: str, said: Said
) -> None:
    dav.keeps_calendars(listed)
    synced = [said] if listed == SYNCED else []
    dav.tells("PROPFIND", "/cal/team/", Said(body=many(tag(PLACE), tag("/cal/team/u2.ics"), tag("/cal/team/", '"c"'))))
    texts = Said(body=many(data(PLACE, event()), data("/cal/team/u2.ics", event("u2"))))
    dav.tells("REPORT", "/cal/team/", *synced, texts)
    first = await backend.changes("ann", NAME, "")
    assert first.uids == ("u1", "u2")
    dav.tells("PROPFIND", "/cal/team/", Said(body=many(tag(PLACE, '"2"'))))
    dav.tells("REPORT", "/cal/team/", *synced, Said(body=many(data(PLACE, event(title="New"), '"2"'))))
    second = await backend.changes("ann", NAME, first.token)
    assert second.uids == ("u1", "u2")
    dav.tells("REPORT", "/cal/team/", said)
    assert await backend.changes("ann", NAME, second.token) == Changed(second.token, ())
    assert await backend.changes("ann", NAME, "etags:other") == Changed(second.token, None)


async def test_a_calendar_whose_mark_stays_is_not_listed_again(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    def marked(ctag: str) -> Said:
        return Said(body=many(one("/cal/team/", f"<s:getctag>{ctag}</s:getctag>")))

    dav.keeps_calendars(calendar("/cal/team/", "Team", "<s:getctag>c1</s:getctag>"))
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event()))))
    listed = Said(body=many(tag(PLACE)))
    dav.tells("PROPFIND", "/cal/team/", marked("c1"), listed, marked("c1"), marked("c2"), Said(body=many()))
    first = await backend.changes("ann", NAME, "")
    assert first.uids == ("u1",)
    assert await backend.changes("ann", NAME, first.token) == Changed(first.token, ())
    assert (await backend.changes("ann", NAME, first.token)).uids == ("u1",)
    assert [heard.headers["depth"] for heard in dav.hears("PROPFIND") if heard.path == "/cal/team/"] == list("01001")
