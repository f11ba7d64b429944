"""What a new local mailbox begins with."""

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from deskhand.mail.address import Address
from deskhand.mail.maildir import Maildir
from deskhand.mail.parse import attachment, parse
from deskhand.mail.query import Query
from deskhand.mail.sample import plant_sample
from deskhand.mail.sample_workbook import FIGURES

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))
ANN = Address("ann@example.org", "Ann")


async def test_a_new_mailbox_has_a_thread_with_a_spreadsheet_and_a_newsletter(tmp_path: Path) -> None:
    box = Maildir("local", tmp_path / "mail")
    assert await plant_sample(box, tmp_path / "planted", ANN, NOW)
    page = await box.search(Query(), offset=0, limit=10)
    assert [one.headers.subject for one in page.envelopes] == [
        "Re: Figures of the third quarter",
        "Example Weekly: five ideas",
        "Re: Figures of the third quarter",
        "Figures of the third quarter",
    ]
    wish, news, answer, first = page.envelopes
    assert wish.attachments == ("figures-q3.xlsx", "figures-q3.csv")
    assert "seen" not in wish.flags
    assert (news.headers.auto_submitted, bool(news.headers.list_id)) == ("auto-generated", True)
    assert answer.ref.folder == "Sent"
    thread = await box.related([first.headers.message_id])
    assert {one.headers.message_id for one in thread} == {one.headers.message_id for one in (wish, answer, first)}
    for envelope in page.envelopes:
        text = parse(await box.raw(envelope.ref, max_bytes=100_000)).text
        assert "This is a sample mail of Deskhand." in text
        assert envelope.received < NOW.astimezone(UTC)


async def test_the_meeting_is_wished_for_a_tuesday_of_the_next_week(tmp_path: Path) -> None:
    box = Maildir("local", tmp_path / "mail")
    await plant_sample(box, tmp_path / "planted", ANN, NOW)
    page = await box.search(Query(words=("Tuesday (2026-12-01)",)), offset=0, limit=10)
    assert page.total == 1


async def test_the_spreadsheet_opens_and_has_the_figures(tmp_path: Path) -> None:
    box = Maildir("local", tmp_path / "mail")
    await plant_sample(box, tmp_path / "planted", ANN, NOW)
    page = await box.search(Query(has_attachment=True), offset=0, limit=10)
    _, data = attachment(await box.raw(page.envelopes[0].ref, max_bytes=100_000), 1)
    assert tuple(load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)) == FIGURES  # type: ignore[union-attr]


async def test_what_the_person_deleted_does_not_come_back(tmp_path: Path) -> None:
    box = Maildir("local", tmp_path / "mail")
    await plant_sample(box, tmp_path / "planted", ANN, NOW)
    for envelope in (await box.search(Query(), offset=0, limit=10)).envelopes:
        await box.remove(envelope.ref)
    assert not await plant_sample(box, tmp_path / "planted", ANN, NOW)
    assert (await box.search(Query(), offset=0, limit=10)).total == 0
