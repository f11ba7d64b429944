"""When a mail has left, or may have: finding it, and nothing that goes wrong then undoes it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from pathlib import Path

import anyio
import pytest
from tests.mail.sending import Desk, desk_in
from tests.mail.smtp_server import Rules

from deskhand.errors import Unavailable
from deskhand.mail import after_sending
from deskhand.mail.mailbox import Folder, MailRef
from deskhand.mail.maildir import Maildir

pytestmark = pytest.mark.anyio
DOUBTFUL = Rules(mail_answer="354 what?")
"""A server whose answer to a mail tells nothing."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_in(tmp_path) as found:
        yield found


@pytest.mark.parametrize("folder", ["Sent", "Inbox", "Archive", "Trash"])
async def test_a_mail_in_doubt_is_found_wherever_it_is(desk: Desk, folder: str) -> None:
    desk.server.rules = DOUBTFUL
    ref = await desk.keep("Inbox", "<1@example.org>")
    outgoing = desk.office.outgoing(in_reply_to="<1@example.org>")
    entry = await desk.send(outgoing)
    assert (entry.state, entry.content is None) == ("unknown", False)
    assert entry.content
    await desk.provider.append(folder, entry.content, frozenset(), desk.clock())
    found = await desk.send(outgoing)
    assert (found.state, found.result["answer"]) == ("done", f"found in {folder}, so that it was sent")
    assert len(await desk.provider.by_message_id(str(found.result["message_id"]), folders=["Sent"])) == 1
    (original,) = await desk.provider.envelopes([ref])
    assert original.flags == {"answered"}


async def test_a_draft_is_no_trace_of_a_mail_in_doubt(desk: Desk) -> None:
    desk.server.rules = DOUBTFUL
    entry = await desk.send(desk.office.outgoing())
    assert entry.content
    await desk.provider.append("Drafts", entry.content, frozenset({"draft"}), desk.clock())
    assert (await desk.send(desk.office.outgoing())).state == "unknown"


class Broken(Maildir):
    """A mailbox that fails in one way, whatever it is asked."""

    def __init__(self, folder: Path, fails: Callable[[], object]) -> None:
        super().__init__("work", folder)
        self._fails = fails

    async def folders(self) -> Sequence[Folder]:
        return [Folder(f"{await self._fail()}")]

    async def folder_for(self, role: object, *, create: bool = False) -> str:
        return f"{await self._fail()}"

    async def by_message_id(self, message_id: str, *, folders: Sequence[str] = ()) -> Sequence[MailRef]:
        await self._fail()
        return []

    async def append(self, folder: str, raw: bytes, flags: object, at: datetime) -> MailRef:
        return MailRef("work", folder, f"{await self._fail()}")

    async def remove(self, ref: MailRef) -> None:
        await self._fail()

    async def _fail(self) -> object:
        if self._fails() is None:
            await anyio.sleep_forever()
        return None


def unreachable() -> object:
    raise Unavailable("The mailbox is away.")


def full() -> object:
    raise OSError(28, "No space left on device")


def bug() -> object:
    raise ValueError("nobody thought of this")


@pytest.mark.parametrize(("fails", "told"), [(unreachable, "The mailbox is away."), (full, "No space left on device.")])
async def test_what_goes_wrong_after_it_left_is_a_warning(
    desk: Desk, tmp_path: Path, fails: Callable[[], object], told: str
) -> None:
    desk.office.accounts.provider = Broken(tmp_path, fails)
    entry = await desk.send(desk.office.outgoing(in_reply_to="<1@example.org>"), draft=MailRef("work", "Drafts", "1"))
    assert (entry.state, len(desk.server.mails)) == ("done", 1)
    assert entry.result["warnings"] == [
        f"No copy is in Sent: {told}",
        f"The mail it belongs to is not marked: {told}",
        f"The draft is still there: {told}",
    ]


async def test_not_even_a_bug_after_it_left_makes_it_fail(desk: Desk, tmp_path: Path) -> None:
    desk.office.accounts.provider = Broken(tmp_path, bug)
    for _ in range(2):
        assert (await desk.send(desk.office.outgoing())).state == "done"
    assert len(desk.server.mails) == 1


async def test_a_mailbox_that_hangs_is_left_after_a_while(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(after_sending, "SECONDS", 0.05)
    desk.office.accounts.provider = Broken(tmp_path, lambda: None)
    entry = await desk.send(desk.office.outgoing())
    assert entry.state == "done"
    assert entry.result["warnings"] == ["The mailbox did not answer within 0.05 s: look whether the copy is in Sent."]


async def test_a_mail_in_doubt_stays_so_while_nobody_can_look(desk: Desk, tmp_path: Path) -> None:
    desk.server.rules = DOUBTFUL
    await desk.send(desk.office.outgoing())
    desk.office.accounts.provider = Broken(tmp_path, unreachable)
    assert (await desk.send(desk.office.outgoing())).state == "unknown"
