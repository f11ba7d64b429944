"""A mail reaches the server whole, for all its recipients, or the error says that it did not and why."""

from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.mail.smtp_server import Rules, running
from tests.mail.smtp_server_certificate import Certificates, make_certificates

from deskhand.errors import InvalidInput
from deskhand.mail.endpoint import Endpoint, Security
from deskhand.mail.smtp import Smtp
from deskhand.mail.smtp_account import Secret, SmtpAccount
from deskhand.mail.smtp_outcome import NotSent

pytestmark = pytest.mark.anyio
RAW = b"From: ann@example.org\r\nTo: bob@example.org\r\nSubject: Tea\r\n\r\n.one\r\n..two\r\n.\r\nthree\r\n"
ANN, BOB, CLAIRE = "ann@example.org", "bob@example.org", "claire@example.org"


class Crossed:
    """Counts the crossings."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


def always(secret: str) -> Secret:
    async def give() -> str:
        return secret

    return give


def account(port: int, security: Security = "none") -> SmtpAccount:
    return SmtpAccount(Endpoint("127.0.0.1", port, security), command_seconds=5, answer_seconds=5)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"), "127.0.0.1", "localhost")


async def refusal(delivery: Awaitable[object]) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await delivery
    return caught.value


async def test_a_mail_arrives_as_it_is_with_dots_and_all() -> None:
    crossed = Crossed()
    async with running() as server:
        delivered = await Smtp(account(server.port)).deliver(RAW, ANN, [BOB, CLAIRE], crossing=crossed)
    assert delivered.answer == "250 2.0.0 taken as 1"
    assert [(mail.sender, mail.recipients, mail.raw) for mail in server.mails] == [(ANN, (BOB, CLAIRE), RAW)]
    assert crossed.times == 1


async def test_lone_line_ends_cannot_smuggle_a_second_mail() -> None:
    smuggled = RAW + b"\n.\nMAIL FROM:<eve@example.org>\r.\rRCPT TO:<bob@example.org>"
    async with running() as server:
        await Smtp(account(server.port)).deliver(smuggled, ANN, [BOB], crossing=Crossed())
    assert len(server.mails) == 1
    assert b"\r\n.\r\nMAIL FROM:<eve@example.org>\r\n.\r\nRCPT" in server.mails[0].raw


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2"])
async def test_it_signs_in_behind_encryption(certificates: Certificates, security: Security, mechanism: str) -> None:
    oauth = mechanism == "XOAUTH2"
    users = {ANN: "planted"}
    rules = Rules(
        security=security, users={} if oauth else users, tokens=users if oauth else {}, mechanisms=(mechanism,)
    )
    async with running(rules, certificates.context) as server:
        to = replace(
            account(server.port, security),
            user=ANN,
            secret=always("planted"),
            oauth=oauth,
            ca_file=certificates.ca_file,
        )
        await Smtp(to).deliver(RAW, ANN, [BOB], crossing=Crossed())
    assert [(mail.user, mail.encrypted) for mail in server.mails] == [(ANN, True)]
    assert server.sign_ins == [mechanism]


async def test_a_server_without_starttls_gets_neither_mail_nor_password() -> None:
    async with running(Rules(users={ANN: "planted"})) as server:
        to = replace(account(server.port, "starttls"), user=ANN, secret=always("planted"))
        error = await refusal(Smtp(to).deliver(RAW, ANN, [BOB], crossing=Crossed()))
    assert error.permanent
    assert "no encryption (STARTTLS)" in error.message
    assert (server.mails, server.sign_ins) == ([], [])


async def test_a_certificate_nobody_vouches_for_is_not_trusted(certificates: Certificates) -> None:
    async with running(Rules(security="tls"), certificates.context) as server:
        error = await refusal(Smtp(account(server.port, "tls")).deliver(RAW, ANN, [BOB], crossing=Crossed()))
    assert error.permanent
    assert "certificate that is not to be trusted" in error.message
    assert "ca_file" in error.message


async def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    other = make_certificates(tmp_path, "mail.example.org")
    async with running(Rules(security="starttls"), other.context) as server:
        to = replace(account(server.port, "starttls"), ca_file=other.ca_file)
        error = await refusal(Smtp(to).deliver(RAW, ANN, [BOB], crossing=Crossed()))
    assert error.permanent
    assert "not valid for '127.0.0.1'" in error.message


async def test_tls_on_a_port_that_speaks_plain_says_which_ports_are_usual() -> None:
    async with running() as server:
        error = await refusal(Smtp(account(server.port, "tls")).deliver(RAW, ANN, [BOB], crossing=Crossed()))
    assert error.permanent
    assert "465" in error.message
    assert "587" in error.message


async def test_a_closed_port_is_told_as_such() -> None:
    async with running() as server:
        pass
    error = await refusal(Smtp(account(server.port)).deliver(RAW, ANN, [BOB], crossing=Crossed()))
    assert "nothing listens on this port" in error.message
    assert (error.permanent, error.retry_after) == (False, 300)


async def test_a_ca_file_that_is_none_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    to = replace(account(1, "tls"), ca_file=tmp_path / "ca.pem")
    error = await refusal(Smtp(to).deliver(RAW, ANN, [BOB], crossing=Crossed()))
    assert "ca.pem" in error.message
    assert error.permanent


async def test_one_refused_recipient_keeps_the_mail_from_all_of_them() -> None:
    crossed = Crossed()
    async with running(Rules(refuse={BOB: "550 5.1.1 no such user", "dan@example.org": "452 4.2.2 full"})) as server:
        people = [BOB, CLAIRE, "dan@example.org"]
        error = await refusal(Smtp(account(server.port)).deliver(RAW, ANN, people, crossing=crossed))
    assert (server.mails, crossed.times) == ([], 0)
    assert [(one.recipient, one.code, one.permanent) for one in error.refused] == [
        (BOB, 550, True),
        ("dan@example.org", 452, False),
    ]
    assert "bob@example.org (550 5.1.1 no such user)" in error.message
    assert (error.permanent, error.retry_after) == (True, None)


@pytest.mark.parametrize(
    ("rules", "code", "permanent"),
    [
        (Rules(refuse={BOB: "450 4.7.1 greylisted"}), "450", False),
        (Rules(refuse={BOB: "421 4.3.2 going down"}), "421", False),
        (Rules(sender_answer="550 5.7.1 not your address"), "550", True),
        (Rules(sender_answer="451 4.3.0 later"), "451", False),
        (Rules(mail_answer="554 5.7.1 spam"), "554", True),
        (Rules(mail_answer="452 4.3.1 disk full"), "452", False),
        (Rules(mail_answer="421 4.3.2 going down"), "421", False),
    ],
    ids=lambda value: value.mail_answer or value.sender_answer or str(value.refuse) if isinstance(value, Rules) else "",
)
async def test_a_refusal_says_whether_to_try_again(rules: Rules, code: str, permanent: bool) -> None:
    async with running(rules) as server:
        error = await refusal(Smtp(account(server.port)).deliver(RAW, ANN, [BOB], crossing=Crossed()))
    assert code in error.message
    assert (error.permanent, error.retry_after) == (permanent, None if permanent else 300)
    assert server.mails == []


async def test_a_mail_that_is_too_large_is_not_begun() -> None:
    crossed = Crossed()
    async with running(Rules(most_bytes=50)) as server:
        error = await refusal(Smtp(account(server.port)).deliver(RAW, ANN, [BOB], crossing=crossed))
    assert "50 at most" in error.message
    assert (error.permanent, crossed.times) == (True, 0)


@pytest.mark.parametrize("able", [True, False], ids=["able", "unable"])
async def test_an_international_address_needs_a_server_that_can(able: bool) -> None:
    async with running(Rules(smtputf8=able)) as server:
        sending = Smtp(account(server.port)).deliver(RAW, ANN, ["jürgen@example.org"], crossing=Crossed())
        if able:
            await sending
            assert server.mails[0].recipients == ("jürgen@example.org",)
            assert "SMTPUTF8" in server.mails[0].options
        else:
            assert "SMTPUTF8" in (await refusal(sending)).message
            assert server.mails == []


async def test_bytes_beyond_ascii_are_announced() -> None:
    async with running() as server:
        await Smtp(account(server.port)).deliver(RAW + "Grüße\r\n".encode(), ANN, [BOB], crossing=Crossed())
    assert "BODY=8BITMIME" in server.mails[0].options
    assert server.mails[0].raw.endswith("Grüße\r\n".encode())


async def test_a_domain_goes_out_as_the_dns_knows_it() -> None:
    async with running(Rules(smtputf8=False)) as server:
        await Smtp(account(server.port)).deliver(RAW, ANN, ["bob@MÜNCHEN.example"], crossing=Crossed())
    assert server.mails[0].recipients == ("bob@xn--mnchen-3ya.example",)


@pytest.mark.parametrize(
    ("raw", "sender", "recipients"),
    [
        (b"Bcc: dan@example.org\r\n" + RAW, ANN, [BOB]),
        (RAW, "ann@example.org>\r\nRCPT TO:<eve@example.org", [BOB]),
        (RAW, ANN, ["bob@example.org\r\nDATA"]),
        (RAW, ANN, ["bob"]),
        (RAW, ANN, []),
    ],
    ids=["names its bcc", "sender with a line end", "recipient with a line end", "no address", "nobody"],
)
async def test_what_must_not_be_said_to_a_server_is_not(raw: bytes, sender: str, recipients: list[str]) -> None:
    async with running() as server:
        with pytest.raises(InvalidInput):
            await Smtp(account(server.port)).deliver(raw, sender, recipients, crossing=Crossed())
    assert server.mails == []


async def test_a_crossing_that_fails_sends_nothing() -> None:
    async def fails() -> None:
        raise RuntimeError("the row is gone")

    async with running() as server:
        with pytest.raises(RuntimeError, match="the row is gone"):
            await Smtp(account(server.port)).deliver(RAW, ANN, [BOB], crossing=fails)
    assert server.mails == []


async def test_a_check_says_what_the_server_takes() -> None:
    async with running(Rules(most_bytes=1000)) as server:
        told = await Smtp(account(server.port)).check()
    assert told.endswith("takes mails up to 1,000 bytes, to international addresses.")
