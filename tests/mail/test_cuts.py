"""Cut the connection at any point, hundreds of times: never two mails, and what the outbox says is true.

The mails go through the whole way out: proposed, performed over SMTP to a real server behind a proxy that cuts, and
tried again by the same process and by another one.
"""

import socket
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.mail.sending import ANN, Office, now, settings
from tests.mail.smtp_server import TAKEN, SmtpServer, running
from tests.mail.smtp_server_cuts import Cut, CuttingProxy

from deskhand.errors import DeskhandError
from deskhand.outbox.act import Entry
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio
END = b"\r\n.\r\n"
EVERY = {"client": 7, "server": 4}
"""Each so many bytes of a side there is a cut; around the end of the mail and its answer, at each byte."""
FEWEST = 500
"""Mails that are cut, in all tests here together."""


@dataclass
class Line:
    """Two processes with one outbox, and the server behind the proxy."""

    database: Database
    first: Office
    second: Office
    server: SmtpServer
    proxy: CuttingProxy
    runs: int = 0

    async def proposed(self) -> str:
        self.runs += 1
        self.server.mails.clear()
        entry = await self.first.post.propose(ANN, self.first.work, self.first.outgoing(), key=f"{self.runs:04}")
        return entry.key

    async def sent(self, office: Office, key: str, cut: Cut | None) -> Entry:
        """The entry after one try, when the server has come to rest."""
        self.proxy.cut = cut
        self.proxy.from_client.clear()
        with suppress(DeskhandError):
            await office.post.send(ANN, key)
        await self.server.quiet()
        return await office.outbox.find(ANN, key)

    def keep_copies(self) -> None:
        """Let the server put a copy of what it takes into Sent, before it answers, as Gmail does."""
        take = self.server.handle_DATA

        async def keeping(server: SMTP, session: Session, envelope: Envelope) -> str:
            answer = await take(server, session, envelope)
            raw = cast("bytes", envelope.original_content)
            await self.first.accounts.provider.append("Sent", raw, frozenset(), now())
            return answer

        self.server.handle_DATA = keeping

    async def copies(self, entry: Entry) -> int:
        """How many copies are in Sent."""
        return len(await self.first.accounts.provider.by_message_id(message_id(entry), folders=["Sent"]))


def message_id(entry: Entry) -> str:
    assert entry.content is not None
    return entry.content.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode()


@pytest.fixture
async def line(tmp_path: Path) -> AsyncGenerator[Line]:
    with Database(None) as database:
        async with running() as server, CuttingProxy(server.port, None) as proxy:
            work = {"work": settings(proxy.port)}
            offices = [Office(database, tmp_path, work) for _ in range(2)]
            yield Line(database, offices[0], offices[1], server, proxy)


async def dialogue(line: Line) -> dict[str, bytes]:
    """All that both sides say when nothing is cut."""
    line.proxy.from_server.clear()
    entry = await line.sent(line.first, await line.proposed(), None)
    assert (entry.state, len(line.server.mails)) == ("done", 1)
    return {"client": bytes(line.proxy.from_client), "server": bytes(line.proxy.from_server)}


@pytest.mark.parametrize("keeps", [True, False], ids=["provider keeps a copy", "provider keeps none"])
@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("side", ["client", "server"])
async def test_a_cut_never_leads_to_two_mails_nor_to_an_untruth(
    line: Line, side: Literal["client", "server"], how: Literal["close", "reset"], keeps: bool
) -> None:
    if keeps:
        line.keep_copies()
    said = await dialogue(line)
    states: Counter[str] = Counter()
    for at in places(side, said[side]):
        states[await run(line, Cut(side, at, how=how), said)] += 1
    assert states.total() >= FEWEST / 8
    assert states["failed"] > states.total() / 2
    assert set(states) == {"failed", "unknown", "done"}


def places(side: Literal["client", "server"], said: bytes) -> list[int]:
    """Where to cut: in regular steps, and at each byte of what decides."""
    critical = END if side == "client" else TAKEN.encode()
    start = said.index(critical)
    return sorted({*range(0, len(said), EVERY[side]), *range(start - 1, start + len(critical) + 4)})


async def test_a_server_that_is_not_there_gets_the_mail_when_it_is(line: Line, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port: int = closed.getsockname()[1]
    nobody = Office(line.database, tmp_path, {"work": settings(port)})
    key = await line.proposed()
    assert (await line.sent(nobody, key, None)).state == "failed"
    assert (await line.sent(line.first, key, None)).state == "done"
    assert (await line.sent(nobody, key, None)).state == "done"
    assert len(line.server.mails) == 1


async def run(line: Line, cut: Cut, said: Mapping[str, bytes]) -> str:
    """One mail, a cut, and all tries after it; the state after the cut."""
    key = await line.proposed()
    proposed = await line.first.outbox.find(ANN, key)
    entry = await line.sent(line.first, key, cut)
    taken = len(line.server.mails)
    assert_true(entry, taken, cut, said)
    in_doubt = entry.state == "unknown" and not await line.copies(proposed)
    for office in (line.second, line.first):
        again = await line.sent(office, key, None)
        assert again.state == ("unknown" if in_doubt else "done"), cut
        assert len(line.server.mails) == (taken if in_doubt else 1), cut
    if not in_doubt:
        assert await line.copies(proposed) == 1, cut
    elif not taken:
        await line.second.outbox.settle(ANN, key, happened=False)
        assert (await line.sent(line.second, key, None)).state == "done"
        assert len(line.server.mails) == 1, cut
    return entry.state


def assert_true(entry: Entry, taken: int, cut: Cut, said: Mapping[str, bytes]) -> None:
    """Done means taken, failed means not taken, and only from the mail to the answer to it nobody may know."""
    assert taken <= 1, cut
    assert entry.state in allowed(cut, said), cut
    if entry.state != "unknown":
        assert taken == (entry.state == "done"), cut


def allowed(cut: Cut, said: Mapping[str, bytes]) -> set[str]:
    """Failed before the mail, done after the answer to it; between them it depends on when the cut is noticed."""
    assert isinstance(cut.at, int)
    client, server = said["client"], said["server"]
    if cut.side == "client":
        before, after = client.index(b"From: "), client.index(b"QUIT") + 1
    else:
        before, after = server.index(b"354 ") + 1, server.index(b"\r\n", server.index(TAKEN.encode())) + 2
    return {"failed"} if cut.at < before else {"done"} if cut.at >= after else {"failed", "unknown"}
