"""Passwords and tokens go to the server and nowhere else."""

import asyncio
import base64
import logging
import traceback
from dataclasses import replace

import pytest
from tests.mail.smtp_server import Rules, SmtpServer, running
from tests.mail.smtp_server_certificate import Certificates, make_certificates

from deskhand.errors import SettingsError, Unavailable
from deskhand.mail.endpoint import Endpoint
from deskhand.mail.smtp import Smtp
from deskhand.mail.smtp_account import SmtpAccount
from deskhand.mail.smtp_answers import Words
from deskhand.mail.smtp_outcome import NotSent

pytestmark = pytest.mark.anyio
SECRET = "planted-pässword-7731"
RAW = b"From: ann@example.org\r\n\r\nHello\r\n"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"), "127.0.0.1")


async def planted() -> str:
    return SECRET


async def nothing() -> None:
    """Cross nothing."""


def account(server: SmtpServer, certificates: Certificates) -> SmtpAccount:
    return SmtpAccount(
        Endpoint("127.0.0.1", server.port, "starttls"),
        user="ann@example.org",
        secret=planted,
        ca_file=certificates.ca_file,
        command_seconds=5,
    )


CASES = {
    "a wrong password": Rules(security="starttls", users={"ann@example.org": "other"}),
    "a wrong password, LOGIN": Rules(security="starttls", users={"ann@example.org": "other"}, mechanisms=("LOGIN",)),
    "a server that repeats it": Rules(
        security="starttls", users={"ann@example.org": "other"}, sign_in_answer="535 5.7.8 wrong: {secret}"
    ),
    "a server that cannot now": Rules(
        security="starttls", users={"ann@example.org": "other"}, sign_in_answer="454 4.7.0 busy, {secret}"
    ),
    "a mail that is refused": Rules(
        security="starttls", users={"ann@example.org": SECRET}, mail_answer=f"554 no {SECRET}"
    ),
}


@pytest.mark.parametrize("rules", CASES.values(), ids=CASES)
async def test_no_secret_is_in_errors_logs_or_reprs(
    rules: Rules, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the server's own log, which is not ours
    asyncio.get_running_loop().set_debug(True)
    async with running(rules, certificates.context) as server:
        smtp = Smtp(account(server, certificates))
        with pytest.raises(NotSent) as caught:
            await smtp.deliver(RAW, "ann@example.org", ["bob@example.org"], crossing=nothing)
    told = "\n".join(
        [
            *traceback.format_exception(caught.value),
            repr(caught.value),
            caplog.text,
            repr(smtp),
            repr(account(server, certificates)),
        ]
    )
    assert SECRET not in told
    assert "cGxhbnRlZC" not in told  # how it begins in base64


def test_a_secret_is_blacked_out_in_each_form_in_which_it_is_sent() -> None:
    words = Words()
    words.never("ann", SECRET)
    plain = base64.b64encode(f"\0ann\0{SECRET}".encode()).decode()
    login = base64.b64encode(SECRET.encode()).decode()
    bearer = base64.b64encode(f"user=ann\1auth=Bearer {SECRET}\1\1".encode()).decode()
    assert words.shown(f"a {SECRET} b {plain} c {login} d {bearer}") == "a *** b *** c *** d ***"
    assert repr(words) == "Words()"


async def test_a_refused_password_says_what_to_do(certificates: Certificates) -> None:
    async with running(CASES["a server that repeats it"], certificates.context) as server:
        with pytest.raises(NotSent) as caught:
            await Smtp(account(server, certificates)).check()
    assert "535 5.7.8 wrong: ***" in caught.value.message
    assert "Check user and password" in caught.value.message
    assert caught.value.permanent
    assert server.sign_ins == ["PLAIN"]  # one try: more would lock the account


async def test_a_provider_with_app_passwords_says_so(certificates: Certificates) -> None:
    rules = Rules(
        security="starttls",
        users={"ann@example.org": "other"},
        sign_in_answer="534 5.7.9 Application-specific password required",
    )
    async with running(rules, certificates.context) as server:
        with pytest.raises(NotSent, match="app password"):
            await Smtp(account(server, certificates)).check()


async def test_a_refused_token_names_the_setting(certificates: Certificates) -> None:
    rules = Rules(security="starttls", tokens={"ann@example.org": "other"}, mechanisms=("XOAUTH2",))
    async with running(rules, certificates.context) as server:
        with pytest.raises(NotSent, match=r"accounts\.NAME\.oauth\.refresh_token"):
            await Smtp(replace(account(server, certificates), oauth=True)).check()


async def test_a_server_without_a_way_to_sign_in_gets_no_password(certificates: Certificates) -> None:
    rules = Rules(security="starttls", users={"ann@example.org": SECRET}, mechanisms=("XOAUTH2",))
    async with running(rules, certificates.context) as server:
        with pytest.raises(NotSent, match="no way to sign in with a password"):
            await Smtp(account(server, certificates)).check()


@pytest.mark.parametrize(
    ("error", "permanent", "retry_after"),
    [(Unavailable("No token now.", retry_after=30), False, 30), (SettingsError("No password."), True, None)],
    ids=["for now", "for good"],
)
async def test_a_secret_that_cannot_be_had_is_not_sent(
    certificates: Certificates, error: Exception, permanent: bool, retry_after: float | None
) -> None:
    async def fails() -> str:
        raise error

    async with running(CASES["a wrong password"], certificates.context) as server:
        with pytest.raises(NotSent) as caught:
            await Smtp(replace(account(server, certificates), secret=fails)).check()
    assert (caught.value.permanent, caught.value.retry_after) == (permanent, retry_after)
