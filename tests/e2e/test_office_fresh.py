"""A fresh machine: an empty home, no account, and each of the fourteen office tools answers something real."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from mcp.client.client import ConnectMode
from tests.protocol.connected_person import Person, person
from tests.protocol.server_process import running

pytestmark = pytest.mark.anyio
BOB = "bob@example.org"
TOOLS = {
    "email_search", "email_read", "email_draft", "email_send", "email_organize", "email_rule",
    "calendar_events", "calendar_find_times", "schedule_meeting", "calendar_update",
    "sheet_inspect", "sheet_query", "sheet_chart", "sheet_write",
}  # fmt: skip


class Newcomer:
    """Somebody at a new server, who tries the tools; `tried` is what answered."""

    def __init__(self, connected: Person) -> None:
        self._connected = connected
        self.tried: set[str] = set()

    async def call(self, tool: str, **arguments: object) -> Mapping[str, Any]:
        found = await self._connected.call(tool, **arguments)
        self.tried.add(tool)
        return found


async def mail(one: Newcomer) -> None:
    """The sample thread is read, answered in its thread, filed; nothing leaves the machine."""
    (thread,) = (await one.call("email_search", query="has:attachment"))["threads"]
    read = await one.call("email_read", id=thread["id"], part="thread")
    assert "Could we meet next week" in read["content"]
    drafted = await one.call("email_draft", reply_to=thread["id"], text="Tuesday suits me.")
    sent = await one.call("email_send", draft=drafted["id"])
    assert (sent["state"], sent["local_only"], sent["recipients"]) == ("sent", True, [BOB])
    assert (await one.call("email_search", query="in:sent Tuesday suits"))["total"] == 1
    saved = await one.call("email_organize", ids=[thread["id"]], action="save_files", folder="inbox")
    assert [each["file"] for each in saved["files"]] == ["inbox/figures-q3.xlsx", "inbox/figures-q3.csv"]
    rule = await one.call("email_rule", action="try", name="away", match="from:bob", text="I am away.")
    assert "I am away." in str(rule)


async def calendar(one: Newcomer) -> None:
    """Sample events are listed, a free time is found, a meeting made and moved, here only."""
    day = (datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=7)).date()
    assert "Day off (sample)" in str(await one.call("calendar_events", start="today", end=str(day + timedelta(days=7))))
    times = (await one.call("calendar_find_times", duration=60, start=str(day), end=str(day + timedelta(days=4))))[
        "times"
    ]
    made = await one.call("schedule_meeting", title="Plans", start=times[0]["start"], duration=60, attendees=BOB)
    assert (made["state"], made["local_only"], made["told"]) == ("done", True, [BOB])
    moved = await one.call("calendar_update", id=made["id"], action="change", start=times[1]["start"])
    assert (moved["state"], moved["start"]) == ("done", times[1]["start"])


async def sheets(one: Newcomer) -> None:
    """The workbook of the sample mail is looked into, asked, drawn and written anew."""
    file = "inbox/figures-q3.xlsx"
    table = (await one.call("sheet_inspect", file=file))["table"]["name"]
    sql = f'SELECT Region, sum(Revenue) AS Revenue FROM "{table}" GROUP BY Region ORDER BY Region'
    asked = await one.call("sheet_query", sql=sql, files=[file])
    assert asked["rows"] == [["North", 108_260], ["South", 112_025]]
    drawn = await one.call("sheet_chart", sql=sql, files=[file], kind="bar")
    assert "South" in drawn["alt"]
    written = await one.call("sheet_write", file="totals.xlsx", sql=sql, files=[file])
    assert (written["outcome"], written["rows"]) == ("created", 2)


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_each_of_the_fourteen_tools_answers_something_real(era: ConnectMode, tmp_path: Path) -> None:
    enabled = '["email", "calendar", "sheets"]'
    with running(tmp_path, enabled=enabled, variables={"DESKHAND_TIME_ZONE": "Europe/Berlin"}) as server:
        async with person(server, "ann", era) as connected:
            assert {tool.name for tool in (await connected.client.list_tools()).tools} == TOOLS
            one = Newcomer(connected)
            await mail(one)
            await calendar(one)
            await sheets(one)
            assert one.tried == TOOLS
    assert (tmp_path / "workspace/totals.xlsx").read_bytes().startswith(b"PK")
