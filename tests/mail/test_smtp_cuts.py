"""Wherever the connection breaks: what is told is never wrong, and only what is not known is told as unknown."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import anyio
import pytest
from tests.mail.smtp_server import TAKEN, Rules, SmtpServer, running
from tests.mail.smtp_server_cuts import Cut, CuttingProxy

from deskhand.errors import DeskhandError
from deskhand.mail.endpoint import Endpoint
from deskhand.mail.smtp import Smtp
from deskhand.mail.smtp_account import SmtpAccount
from deskhand.mail.smtp_outcome import Delivered, NotSent, OutcomeUnknown

pytestmark = pytest.mark.anyio
RAW = b"From: ann@example.org\r\nTo: bob@example.org\r\n\r\n" + b"A line of the mail.\r\n" * 20
END = b"\r\n.\r\n"


class Crossed:
    """Counts the crossings."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


def through(proxy: CuttingProxy) -> SmtpAccount:
    return SmtpAccount(Endpoint("127.0.0.1", proxy.port, "none"), command_seconds=3, answer_seconds=3)


async def attempt(account: SmtpAccount, crossed: Crossed, raw: bytes = RAW) -> Delivered | DeskhandError:
    try:
        return await Smtp(account).deliver(raw, "ann@example.org", ["bob@example.org"], crossing=crossed)
    except (NotSent, OutcomeUnknown) as error:
        return error


CERTAIN = {
    "before the greeting": Cut("server", 0),
    "in the greeting": Cut("server", 10),
    "before the sender": Cut("client", b"MAIL FROM", before=True),
    "after the sender": Cut("client", b"MAIL FROM:<ann@example.org> SIZE=%d\r\n" % len(RAW)),
    "after the recipient": Cut("client", b"RCPT TO:<bob@example.org>\r\n"),
    "before DATA": Cut("client", b"DATA\r\n", before=True),
    "after DATA": Cut("client", b"DATA\r\n"),
    "before the answer to DATA": Cut("server", b"354", before=True),
    "in the answer to DATA": Cut("server", b"354 End"),
}
OPEN = {
    "after the answer to DATA": Cut("server", b"354 End data with <CR><LF>.<CR><LF>\r\n"),
    "in the mail": Cut("client", b"A line of the mail.\r\n"),
    "before the last words": Cut("client", b"mail." + END, before=True),
    "after the last line end": Cut("client", b"A line of the mail.\r\n" * 20),
    "after the dot": Cut("client", END[:-2]),
    "before the last byte": Cut("client", END[:-1]),
    "after the end": Cut("client", END),
    "before the answer": Cut("server", TAKEN.encode(), before=True),
    "in the answer": Cut("server", TAKEN.encode()),
}


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("cut", CERTAIN.values(), ids=CERTAIN)
async def test_a_cut_before_the_mail_is_known_as_not_sent(cut: Cut, how: str) -> None:
    crossed = Crossed()
    async with running() as server:
        async with CuttingProxy(server.port, replace(cut, how=how)) as proxy:
            outcome = await attempt(through(proxy), crossed)
    assert (proxy.cuts, server.mails, crossed.times) == (1, [], 0)
    assert isinstance(outcome, NotSent)
    assert (outcome.permanent, outcome.retry_after) == (False, 300)


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_a_cut_in_a_mail_that_is_larger_than_all_buffers_is_known_as_not_sent(how: str) -> None:
    crossed = Crossed()
    async with running() as server:
        async with CuttingProxy(server.port, replace(OPEN["in the mail"], how=how)) as proxy:
            outcome = await attempt(through(proxy), crossed, RAW * 30_000)
    assert isinstance(outcome, NotSent)
    assert (server.mails, crossed.times) == ([], 0)


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("cut", OPEN.values(), ids=OPEN)
async def test_a_cut_around_the_end_is_never_told_wrongly(cut: Cut, how: str) -> None:
    crossed = Crossed()
    async with running() as server:
        async with CuttingProxy(server.port, replace(cut, how=how)) as proxy:
            outcome = await attempt(through(proxy), crossed)
    assert proxy.cuts == 1
    assert not isinstance(outcome, Delivered)
    assert_told_rightly(outcome, server, crossed)


@pytest.mark.parametrize("cut", [OPEN["before the answer"], OPEN["in the answer"]], ids=["before", "in"])
async def test_a_mail_whose_answer_is_lost_is_unknown(cut: Cut) -> None:
    async with running() as server:
        async with CuttingProxy(server.port, cut) as proxy:
            outcome = await attempt(through(proxy), Crossed())
    assert len(server.mails) == 1
    assert isinstance(outcome, OutcomeUnknown)
    assert "may have taken the mail, or not" in outcome.message


async def test_a_cut_after_the_answer_changes_nothing() -> None:
    async with running() as server:
        async with CuttingProxy(server.port, Cut("client", b"QUIT\r\n", before=True)) as proxy:
            outcome = await attempt(through(proxy), Crossed())
    assert outcome == Delivered("250 2.0.0 taken as 1")


async def test_every_ninth_byte_in_both_directions_is_told_rightly() -> None:
    async with running() as server:
        async with CuttingProxy(server.port, None) as proxy:
            await attempt(through(proxy), Crossed())
            lengths = (len(proxy.from_client), len(proxy.from_server))
            cuts = [Cut("client", at) for at in range(0, lengths[0], 9)]
            cuts += [Cut("server", at) for at in range(0, lengths[1], 9)]
            for cut in cuts:
                proxy.cut = cut
                server.mails.clear()
                crossed = Crossed()
                assert_told_rightly(await attempt(through(proxy), crossed), server, crossed)


@pytest.mark.parametrize(
    ("cut", "kind"),
    [
        (Cut("client", b"RCPT TO:<bob@example.org>\r\n", how="silence"), NotSent),
        (Cut("client", END, how="silence"), OutcomeUnknown),
    ],
    ids=["before the end", "after the end"],
)
async def test_a_silent_server_is_left_after_a_while(cut: Cut, kind: type[DeskhandError]) -> None:
    async with running() as server:
        async with CuttingProxy(server.port, cut) as proxy:
            account = replace(through(proxy), command_seconds=0.3, answer_seconds=0.3)
            outcome = await attempt(account, Crossed())
    assert isinstance(outcome, kind)
    assert "in time" in outcome.message


@pytest.mark.parametrize("words", [b"DATA\r\n", b"mail." + END], ids=["before the crossing", "after the crossing"])
async def test_a_cancelled_delivery_writes_nothing_more(words: bytes) -> None:
    crossed = Crossed()
    async with running() as server:
        async with CuttingProxy(server.port, Cut("client", words, before=True, how="silence")) as proxy:
            task = asyncio.ensure_future(attempt(through(proxy), crossed))
            await proxy.client_said(words)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert server.mails == []
    assert bytes(proxy.from_client).endswith(words)
    assert crossed.times == words.endswith(END)


async def test_a_cancellation_during_the_goodbye_does_not_lose_the_answer() -> None:
    outcomes: list[Delivered | DeskhandError] = []

    async def deliver(proxy: CuttingProxy) -> None:
        outcomes.append(await attempt(through(proxy), Crossed()))

    async with running() as server:
        async with CuttingProxy(server.port, Cut("server", b"221", before=True)) as proxy:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(deliver, proxy)
                await proxy.client_said(b"QUIT\r\n")
                tasks.cancel_scope.cancel()
    assert outcomes == [Delivered("250 2.0.0 taken as 1")]


async def test_a_server_that_gives_up_in_the_mail_gets_no_end() -> None:
    crossed, gone = Crossed(), asyncio.Event()

    async def gives_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        for answer in (b"250 hello", b"250 sender", b"250 recipient", b"354 go on", b"421 4.3.2 shutting down"):
            await reader.readuntil(b"\r\n")
            writer.write(answer + b"\r\n")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        gone.set()

    listening = await asyncio.start_server(gives_up, "127.0.0.1", 0)
    account = SmtpAccount(Endpoint("127.0.0.1", listening.sockets[0].getsockname()[1], "none"), command_seconds=3)
    outcome = await attempt(account, crossed, RAW * 20_000)
    await gone.wait()
    listening.close()
    assert isinstance(outcome, NotSent)
    assert "421 4.3.2 shutting down" in outcome.message
    assert crossed.times == 0


@pytest.mark.parametrize("answer", ["354 what?", "999 odd", "no code", "199 wait"])
async def test_an_answer_that_is_none_leaves_it_unknown(answer: str) -> None:
    async with running(Rules(mail_answer=answer)) as server:
        async with CuttingProxy(server.port, None) as proxy:
            outcome = await attempt(through(proxy), Crossed())
    assert isinstance(outcome, OutcomeUnknown)


def assert_told_rightly(outcome: Delivered | DeskhandError, server: SmtpServer, crossed: Crossed) -> None:
    """Taken means delivered or unknown; not sent means not taken; unknown only after the crossing."""
    assert crossed.times <= 1
    if isinstance(outcome, Delivered):
        assert len(server.mails) == 1
    elif isinstance(outcome, NotSent):
        assert server.mails == []
        assert not outcome.permanent
        assert outcome.retry_after
    else:
        assert isinstance(outcome, OutcomeUnknown)
        assert crossed.times == 1
