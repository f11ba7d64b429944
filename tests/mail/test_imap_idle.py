"""New mail is heard of whatever moment the server chooses to tell it."""

from contextlib import aclosing
from itertools import chain, repeat

import pytest
from anyio import fail_after
from tests.mail_server.hostile import OK, Script, hostile_server

from deskhand.mail.endpoint import Endpoint
from deskhand.mail.imap import Imap
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.imap_idle import watch_inbox
from deskhand.mail.mailbox import LISTENING, Changed

pytestmark = pytest.mark.anyio


def examined(uidnext: int) -> bytes:
    return f"* {uidnext - 1} EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT {uidnext}] .\r\n".encode() + OK


async def changed_on(script: Script, capability: str) -> Changed:
    """The first change a server of this script tells."""

    async def secret() -> str:
        return "x"

    looks = chain([examined(3)], repeat(examined(4)))
    script.answers |= {
        "CAPABILITY": f"* CAPABILITY IMAP4rev1 AUTH=PLAIN {capability}\r\n".encode() + OK,
        "EXAMINE": lambda _line: next(looks),
        "SEARCH": b"* SEARCH 3\r\n" + OK,
    }
    script.greeting = b"* OK ready\r\n"
    with fail_after(10):
        async with hostile_server(script) as port:
            at = Endpoint("127.0.0.1", port, "none")
            account = ImapAccount("work", at, "ann", secret, timeout=5, poll_seconds=0.01)
            async with aclosing(watch_inbox(account)) as changes:
                assert await anext(changes) == LISTENING
                return await anext(changes)


async def test_what_is_told_along_with_the_consent_to_idle_is_heard() -> None:
    script = Script({"IDLE": b"+ idling\r\n* 3 EXISTS\r\n"})
    assert await changed_on(script, "IDLE") == Changed("INBOX", ("3.7",), new=True)
    assert "DONE" in script.said


async def test_a_server_without_idle_is_asked_every_so_often() -> None:
    script = Script()
    assert await changed_on(script, "") == Changed("INBOX", ("3.7",), new=True)
    assert not [line for line in script.said if "IDLE" in line]


async def test_a_folder_other_than_the_inbox_is_looked_at_every_so_often() -> None:
    looks = chain([examined(3)], repeat(examined(4)))
    folders = b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\HasNoChildren) "/" Projects\r\n'
    script = Script({"LIST": folders + OK, "EXAMINE": lambda _line: next(looks), "SEARCH": b"* SEARCH 3\r\n" + OK})

    async def secret() -> str:
        return "x"

    with fail_after(10):
        async with hostile_server(script) as port:
            at = Endpoint("127.0.0.1", port, "none")
            box = Imap(ImapAccount("work", at, "ann", secret, timeout=5, poll_seconds=0.01))
            async with aclosing(box.changes("projects")) as changes:
                assert await anext(changes) == LISTENING
                assert await anext(changes) == Changed("Projects", ("3.7",), new=True)
            await box.aclose()
    assert script.connections == 1
    assert all('"Projects"' in line for line in script.said if "EXAMINE" in line)
