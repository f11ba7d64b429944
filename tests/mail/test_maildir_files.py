"""A maildir survives crashes and other processes, and answers fast when it is large."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from anyio import create_task_group, move_on_after
from tests.mail.mailbox_laws import NONE, NOW, mail, put, subjects

from deskhand.errors import InvalidInput, NotFound
from deskhand.mail import maildir_index
from deskhand.mail.headers import parse_headers
from deskhand.mail.mail import Headers
from deskhand.mail.maildir import Maildir
from deskhand.mail.maildir_files import MaildirFolder, received_at
from deskhand.mail.query import Query

pytestmark = pytest.mark.anyio
SEEN = frozenset({"seen"})
_DELIVERS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from deskhand.mail.maildir_files import MaildirFolder
folder = MaildirFolder(Path(sys.argv[1]))
for number in range(100):
    uid = folder.deliver(b"Subject: x\\r\\n\\r\\n", frozenset(), datetime(2026, 1, 1, tzinfo=UTC))
    folder.flag(uid, frozenset({"seen"}), frozenset())
"""


async def test_two_processes_deliver_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = MaildirFolder(tmp_path / "mail")
    folder.make()
    writers = [subprocess.Popen([sys.executable, "-c", _DELIVERS, folder.path]) for _ in range(2)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    places = folder.places()
    assert len(places) == 200
    assert {place.flags for place in places.values()} == {SEEN}


async def test_a_mail_that_another_process_renames_is_still_found(tmp_path: Path) -> None:
    box = Maildir("local", tmp_path)
    ref = await put(box, mail(1))
    await subjects(box, "hello")  # its place is remembered now
    (tmp_path / "new" / ref.uid).rename(tmp_path / "cur" / f"{ref.uid}:2,FS")
    (envelope,) = await box.envelopes([ref])
    assert envelope.flags == {"flagged", "seen"}
    assert await box.raw(ref, max_bytes=10_000) == mail(1)


async def test_what_a_crash_left_is_never_a_mail_and_is_swept_after_a_day_and_a_half(tmp_path: Path) -> None:
    folder = MaildirFolder(tmp_path / "mail")
    folder.make()
    old, fresh = folder.path / "tmp" / "old", folder.path / "tmp" / "fresh"
    for left in (old, fresh):
        left.write_bytes(b"Subject: half")
    os.utime(old, (0, time.time() - 40 * 3600))
    folder.make()
    assert (old.exists(), fresh.exists(), folder.places()) == (False, True, {})


async def test_a_folder_that_cannot_be_written_leaves_no_half_mail(tmp_path: Path) -> None:
    folder = MaildirFolder(tmp_path / "mail")
    folder.make()
    (folder.path / "new").rmdir()
    with pytest.raises(FileNotFoundError):
        folder.deliver(b"x", frozenset(), NOW)
    assert list((folder.path / "tmp").iterdir()) == []


@pytest.mark.parametrize("name", ["", "a/", "../x", "a.b", " a", "a\nb", "x" * 101, "a//b"])
async def test_a_name_that_cannot_be_a_folder_is_refused(name: str, tmp_path: Path) -> None:
    box = Maildir("local", tmp_path / "mail")
    with pytest.raises(InvalidInput, match="name of a folder"):
        await box.append(name, mail(1), NONE, NOW)
    assert [path.name for path in tmp_path.iterdir()] in ([], ["mail"])


async def test_a_uid_is_never_a_path(tmp_path: Path) -> None:
    box = Maildir("local", tmp_path / "mail")
    ref = await put(box, mail(1))
    (tmp_path / "secret").write_text("x")
    for uid in ("../../secret", "/etc/passwd", "", "."):
        with pytest.raises(NotFound):
            await box.raw(type(ref)(ref.account, ref.folder, uid), max_bytes=100)
        with pytest.raises(NotFound):
            await box.remove(type(ref)(ref.account, ref.folder, uid))


def many(root: Path, number: int) -> None:
    """Files as they are after years, without the cost of putting each on disk."""
    folder = MaildirFolder(root)
    folder.make()
    for at in range(number):
        path = folder.path / "cur" / f"{at}.M0R{at}.deskhand:2,S"
        path.write_bytes(mail(at, subject=f"Topic {at % 100}", body=f"Text {at} " * 30))
        os.utime(path, (0, 1_700_000_000 + at))


async def test_a_header_is_read_once_however_often_a_mailbox_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(tmp_path, 300)
    parsed: list[bytes] = []

    def parse(block: bytes) -> Headers:
        parsed.append(block)
        return parse_headers(block)

    monkeypatch.setattr(maildir_index, "parse_headers", parse)
    box = Maildir("local", tmp_path)
    first = await box.search(Query(subject=("topic 7",)), offset=0, limit=10)
    assert (first.total, len(parsed)) == (33, 300)  # 7 and 70 to 79
    again = await box.search(Query(subject=("topic 7",)), offset=0, limit=10)
    assert (again, len(parsed)) == (first, 300)


async def test_a_search_that_takes_too_long_gives_what_it_has(tmp_path: Path) -> None:
    many(tmp_path, 500)
    page = await Maildir("local", tmp_path, search_seconds=0).search(Query(subject=("topic",)), offset=0, limit=10)
    assert (page.total, page.at_least) == (200, True)


async def test_a_search_is_cancelled_between_two_hundred_mails(tmp_path: Path) -> None:
    many(tmp_path, 1_000)
    box = Maildir("local", tmp_path)
    with move_on_after(0) as scope:
        await box.search(Query(words=("nowhere",)), offset=0, limit=10)
    assert scope.cancelled_caught


async def test_an_old_mailbox_of_another_program_is_read_as_it_is(tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / ".Projects.2026" / part).mkdir(parents=True)
    (tmp_path / ".Projects.2026" / "cur" / "1700.x.host,S=10:2,RSa").write_bytes(mail(1))
    box = Maildir("local", tmp_path)
    page = await box.search(Query(folder="projects/2026"), offset=0, limit=5)
    assert page.envelopes[0].flags == {"answered", "seen"}
    assert page.envelopes[0].ref.folder == "Projects/2026"


async def test_a_mail_of_long_ago_is_not_swept_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = MaildirFolder(tmp_path / "mail")
    folder.make()

    def come_in(_descriptor: int) -> None:
        folder.make()

    monkeypatch.setattr(os, "fsync", come_in)  # another process, just then
    uid = folder.deliver(mail(1), NONE, datetime(2001, 1, 1, tzinfo=UTC))
    assert received_at(folder.place(uid).path.stat()) == datetime(2001, 1, 1, tzinfo=UTC)


async def test_calls_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    box = Maildir("local", tmp_path)
    found: list[list[str]] = []

    async def look(number: int) -> None:
        await box.append("Inbox", mail(number), NONE, datetime(2026, 1, 1, tzinfo=UTC))
        found.append(await subjects(box, f"message-id:{number}@example.org"))

    async with create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(look, number)
    assert sorted(found) == [[f"Mail {number}"] for number in range(8)]
