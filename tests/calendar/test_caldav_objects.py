"""Events on servers that do things in their own way: states, places, and what they make of what is written."""

import pytest
from tests.calendar.backend_laws import JUNE, event, title_of
from tests.calendar.caldav_accounts import account_for
from tests.calendar.scripted_dav import Said, ScriptedDav, calendar, data, many, one

from deskhand.errors import Conflict, Denied, NotFound, Unavailable
from deskhand.outbound import Bounds
from deskhand.toolsets.calendar.caldav import CalDavCalendars
from deskhand.toolsets.calendar.dav_answer import opaque

pytestmark = pytest.mark.anyio
TEAM = "work/Team"
PLACE = "/cal/team/u1.ics"


async def test_a_new_event_is_put_where_nothing_is(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(201))
    dav.tells("GET", PLACE, Said(200, event(), {"ETag": '"1"'}))
    await backend.put("ann", TEAM, "u1", event(), None)
    (put,) = dav.hears("PUT")
    assert put.headers["if-none-match"] == "*"
    assert "if-match" not in put.headers
    assert put.headers["content-type"] == "text/calendar; charset=utf-8"
    assert put.body == event()


async def test_what_the_server_made_of_it_is_what_counts(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(201, headers={"ETag": '"before"'}))
    dav.tells("GET", PLACE, Said(200, event(title="Meeting (tentative)"), {"ETag": 'W/"after"'}))
    stored = await backend.put("ann", TEAM, "u1", event(), None)
    assert (title_of(stored), stored.etag) == ("Meeting (tentative)", '"after"')


async def test_a_server_without_a_tag_in_its_answer_is_asked_for_it(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(204))
    dav.tells("GET", PLACE, Said(200, event()))
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event(), '"7"'))))
    assert (await backend.put("ann", TEAM, "u1", event(), None)).etag == '"7"'


async def test_an_event_is_changed_where_it_lies_at_the_state_that_was_read(
    dav: ScriptedDav, backend: CalDavCalendars
) -> None:
    place = "/cal/team/Any%20n%40me.ics"
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data("/cal/team/Any%20n@me.ics", event(), 'W/"1"'))))
    (found,) = await backend.objects("ann", TEAM, *JUNE)
    for path in (place, "/cal/team/Any%20n@me.ics"):
        dav.tells("PUT", path, Said(204))
        dav.tells("GET", path, Said(200, event(title="New"), {"ETag": '"2"'}))
    await backend.put("ann", TEAM, "u1", event(title="New"), found.etag)
    (put,) = dav.hears("PUT")
    assert put.path == "/cal/team/Any%20n@me.ics"
    assert put.headers["if-match"] == '"1"'


async def test_a_deletion_tells_nobody_and_happens_once(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event()))))
    dav.tells("DELETE", PLACE, Said(204))
    await backend.delete("ann", TEAM, "u1", '"1"')
    (deleted,) = dav.hears("DELETE")
    assert (deleted.headers["if-match"], deleted.headers["schedule-reply"]) == ('"1"', "F")


async def test_an_event_that_moved_to_another_place_is_found_again(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event()))))
    await backend.get("ann", TEAM, "u1")
    dav.tells("REPORT", "/cal/team/", Said(body=many(data("/cal/team/moved.ics", event()))))
    assert (await backend.get("ann", TEAM, "u1")).href == f"{dav.url}/cal/team/moved.ics"
    assert [heard.path for heard in dav.hears("GET")] == [PLACE]


async def test_a_place_that_holds_another_event_now_is_not_overwritten(
    dav: ScriptedDav, backend: CalDavCalendars
) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event()))))
    stored = await backend.get("ann", TEAM, "u1")
    dav.tells("PUT", PLACE, Said(412))
    with pytest.raises(Conflict, match="changed in the meantime"):
        await backend.put("ann", TEAM, "u1", event(title="New"), stored.etag)


@pytest.mark.parametrize("status", [404, 410])
async def test_an_event_that_went_away_is_a_conflict_to_who_changes_it(
    dav: ScriptedDav, backend: CalDavCalendars, status: int
) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event()))))
    stored = await backend.get("ann", TEAM, "u1")
    dav.tells("PUT", PLACE, Said(status))
    with pytest.raises(Conflict, match="deleted in the meantime"):
        await backend.put("ann", TEAM, "u1", event(title="New"), stored.etag)
    dav.tells("REPORT", "/cal/team/", Said(body=many()))
    with pytest.raises(Conflict, match="deleted in the meantime"):
        await backend.put("ann", TEAM, "u1", event(title="New"), stored.etag)
    with pytest.raises(NotFound):
        await backend.delete("ann", TEAM, "u1", stored.etag)


async def test_a_write_that_is_lost_at_once_is_told(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(201))
    with pytest.raises(Conflict, match="taken away or replaced"):
        await backend.put("ann", TEAM, "u1", event(), None)


async def test_a_write_that_was_not_done_is_told(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(304))
    with pytest.raises(Unavailable, match="status 304"):
        await backend.put("ann", TEAM, "u1", event(), None)


async def test_the_answer_to_a_uid_is_looked_at(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data("/cal/team/a.ics", event("U1")), data(PLACE, event("u11")))))
    with pytest.raises(NotFound, match="no event 'u1'"):
        await backend.get("ann", TEAM, "u1")


async def test_texts_that_did_not_come_are_asked_for(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    bare = many(one(PLACE, '<d:getetag>"1"</d:getetag>'), one("/cal/team/x.ics", status="404 Not Found"))
    dav.tells("REPORT", "/cal/team/", Said(body=bare), Said(body=many(data(PLACE, event()))))
    assert [each.uid for each in await backend.objects("ann", TEAM, *JUNE)] == ["u1"]
    assert "calendar-multiget" in dav.heard[-1].body
    assert "x.ics" not in dav.heard[-1].body


async def test_what_is_too_much_for_one_answer_comes_in_parts(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    places = [f"/cal/team/{number}.ics" for number in range(150)]
    addresses = many(*(one(place, '<d:getetag>"1"</d:getetag>') for place in places))
    parts = [Said(body=many(*(data(place, event(place)) for place in part))) for part in (places[:100], places[100:])]
    dav.tells("REPORT", "/cal/team/", Said(body=many(" " * 400_000)), Said(body=addresses), *parts)
    assert [each.uid for each in await backend.objects("ann", TEAM, *JUNE)] == places
    assert [heard.body.count("<D:href>") for heard in dav.hears("REPORT")] == [0, 0, 100, 50]


async def test_an_event_is_written_also_when_it_cannot_be_read_again(
    dav: ScriptedDav, backend: CalDavCalendars
) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(201, headers={"ETag": '"1"'}))
    dav.tells("GET", PLACE, Said(503))
    stored = await backend.put("ann", TEAM, "u1", event(), None)
    assert (stored.text, stored.etag) == (event(), '"1"')


async def test_of_a_write_without_an_answer_the_outcome_is_unknown(dav: ScriptedDav) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(0))
    async with CalDavCalendars(lambda subject: [account_for(dav.url)], bounds=Bounds(seconds=0.3)) as backend:
        with pytest.raises(Unavailable, match="Whether the event was written is not known"):
            await backend.put("ann", TEAM, "u1", event(), None)


async def test_events_are_read_uncompressed_for_their_tags_to_stay(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("PUT", PLACE, Said(201))
    dav.tells("GET", PLACE, Said(200, event(), {"ETag": '"1"'}))
    await backend.put("ann", TEAM, "u1", event(), None)
    assert dav.hears("GET")[0].headers["accept-encoding"] == "identity"


async def test_without_any_tag_nothing_is_overwritten(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(PLACE, event(), ""))))
    stored = await backend.get("ann", TEAM, "u1")
    dav.tells("PUT", PLACE, Said(412))
    with pytest.raises(Conflict):
        await backend.put("ann", TEAM, "u1", event(), stored.etag)
    assert len(dav.hears("PUT")[0].headers["if-match"]) == 66


async def test_a_calendar_for_reading_says_so(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    reads = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>"
    dav.keeps_calendars(calendar("/cal/team/", "Team", reads))
    dav.tells("PUT", PLACE, Said(403))
    with pytest.raises(Denied, match="work/Team may only be read"):
        await backend.put("ann", TEAM, "u1", event(), None)


async def test_what_looks_like_xml_in_a_uid_stays_a_word(dav: ScriptedDav, backend: CalDavCalendars) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many()))
    with pytest.raises(NotFound):
        await backend.get("ann", TEAM, "</C:text-match>&x;\x01")
    assert "&lt;/C:text-match&gt;&amp;x;<" in dav.heard[-1].body


async def test_a_server_behind_a_proxy_that_calls_itself_by_a_full_address(
    dav: ScriptedDav, backend: CalDavCalendars
) -> None:
    dav.keeps_calendars()
    dav.tells("REPORT", "/cal/team/", Said(body=many(data(f"{dav.url}{PLACE}", event()))))
    assert [each.uid for each in await backend.objects("ann", TEAM, *JUNE)] == ["u1"]


TAGS = {'"a"': '"a"', 'W/"a"': '"a"', ' W/"a" ': '"a"', "a": '"a"', "": "", '"a W/b"': '"a W/b"'}


@pytest.mark.parametrize(("said", "sent"), TAGS.items())
def test_a_tag_is_sent_back_as_a_strong_one(said: str, sent: str) -> None:
    assert opaque(said) == sent
