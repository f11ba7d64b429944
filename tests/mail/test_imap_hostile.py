"""Whatever a server answers, a call ends within bounds with an error that helps, and no secret is in it."""

import logging
from pathlib import Path

import pytest
from anyio import CancelScope, create_task_group, fail_after
from tests.mail_server.hostile import OK, Reply, Script, hostile_server

from deskhand.errors import NotFound, Unavailable
from deskhand.mail.endpoint import Endpoint, Security
from deskhand.mail.imap import Imap
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.mailbox import MailRef
from deskhand.mail.query import Query

pytestmark = pytest.mark.anyio
PLANTED = "planted-hunter-22"


def box_at(port: int, security: Security = "none", *, host: str = "127.0.0.1", oauth: bool = False) -> Imap:
    async def secret() -> str:
        return PLANTED

    at = Endpoint(host, port, security)
    return Imap(ImapAccount("work", at, "ann", secret, oauth=oauth, timeout=2, call_seconds=10))


DEEP = b"(" * 5_000 + b")" * 5_000
ANSWERS: list[tuple[str, str, bytes | None, str]] = [
    ("a cut", "SEARCH", None, "was cut"),
    ("garbage", "SEARCH", b"\x00\xff garbage\r\n", "not allow"),
    ("a huge literal", "FETCH", b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\nx", "more than"),
    ("an endless line", "FETCH", b"* 1 FETCH (" + b"x" * 1_100_000, "not allow"),
    ("many lines", "FETCH", b"* OK noise noise noise noise noise noise\r\n" * 900_000 + OK, "more than"),
    ("nested brackets", "FETCH", b"* 1 FETCH (UID 1 BODYSTRUCTURE " + DEEP + b")\r\n" + OK, "not allow"),
    ("no value", "FETCH", b"* 1 FETCH (UID 1 FLAGS)\r\n" + OK, "not allow"),
    ("an open bracket", "FETCH", b"* 1 FETCH (UID 1 FLAGS (\r\n" + OK, "not allow"),
    ("a refusal", "SEARCH", b"TAG NO [SERVERBUG] planted-hunter-22\r\n", r"\[SERVERBUG\]"),
    ("not understood", "SEARCH", b"TAG BAD planted-hunter-22\r\n", "refused"),
    ("another tag", "SEARCH", b"XYZ OK done\r\n", "not allow"),
    ("a bye", "SEARCH", b"* BYE planted-hunter-22\r\n", "not allow"),
    ("silence", "SEARCH", b"", "in time"),
    ("a list of garbage", "LIST", b"* LIST garbage\r\n" + OK, "not allow"),
    ("a literal in a list", "LIST", b"* LIST () {5}\r\nab\r\n" + OK, "in time|not allow"),
]


@pytest.mark.parametrize(("command", "answer", "words"), [pytest.param(*rest, id=name) for name, *rest in ANSWERS])
async def test_a_hostile_answer_is_an_error_that_helps(command: str, answer: bytes | None, words: str) -> None:
    found: dict[str, Reply] = {"SEARCH": b"* SEARCH 1 2\r\n" + OK, command: answer}
    with fail_after(30):
        async with hostile_server(Script(found)) as port:
            box = box_at(port)
            with pytest.raises(Unavailable, match=words) as caught:
                await box.search(Query(folder="inbox"), offset=0, limit=5)
            await box.aclose()
    assert PLANTED not in str(caught.value)


async def test_a_mail_longer_than_was_asked_for_is_refused() -> None:
    body = b"* 1 FETCH (UID 1 FLAGS ())\r\n* 1 FETCH (UID 1 BODY[]<0> {60000000}\r\n"
    async with hostile_server(Script({"FETCH": body})) as port:
        box = box_at(port)
        with pytest.raises(Unavailable, match="more than"):
            await box.raw(MailRef("work", "INBOX", "1.7"), max_bytes=1_000)


async def test_new_numbers_on_the_server_are_told() -> None:
    async with hostile_server(Script()) as port:
        box = box_at(port)
        with pytest.raises(NotFound, match="new numbers"):
            await box.raw(MailRef("work", "INBOX", "1.6"), max_bytes=1_000)
        await box.aclose()


async def test_a_cut_connection_is_renewed_once() -> None:
    cuts = iter([b"* SEARCH\r\n" + OK, None, b"* SEARCH\r\n" + OK])
    script = Script({"SEARCH": lambda _line: next(cuts)})
    async with hostile_server(script) as port:
        box = box_at(port)
        for _ in range(2):
            assert (await box.search(Query(folder="inbox"), offset=0, limit=5)).total == 0
        await box.aclose()
    assert script.connections == 2


async def test_cancelling_a_call_closes_its_connection() -> None:
    script = Script()
    async with hostile_server(script) as port, create_task_group() as tasks:
        box = box_at(port)
        scope = CancelScope()

        def never(_line: str) -> bytes:
            scope.cancel()
            return b""

        script.answers["SEARCH"] = never

        async def search() -> None:
            with scope:
                await box.search(Query(folder="inbox"), offset=0, limit=5)

        tasks.start_soon(search)
        with fail_after(1.5):  # sooner than the time-out of the connection
            await script.ended.wait()


@pytest.mark.parametrize("oauth", [False, True], ids=["password", "token"])
async def test_no_secret_is_in_any_error_or_log(oauth: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refused = f"TAG NO [AUTHENTICATIONFAILED] no, ann, not {PLANTED}\r\n".encode()
    script = Script({"SECRET": refused, "LOGIN": refused})
    async with hostile_server(script) as port:
        box = box_at(port, oauth=oauth)
        with pytest.raises(Unavailable, match=r"refused the .*AUTHENTICATIONFAILED") as caught:
            await box.capabilities()
        script.answers.clear()
        await box.search(Query(folder="inbox"), offset=0, limit=5)
        script.greeting = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"
        script.answers["CAPABILITY"] = b"* CAPABILITY IMAP4rev1\r\n" + OK
        other = box_at(port)
        await other.search(Query(folder="inbox"), offset=0, limit=5)
        await box.aclose()
        await other.aclose()
    assert any(PLANTED in line for line in script.said)  # LOGIN did send it
    assert PLANTED not in caplog.text
    assert PLANTED not in repr((box, vars(box), caught.value, caught.value.__cause__))


async def test_starttls_that_is_not_offered_is_not_done_without() -> None:
    script = Script()
    async with hostile_server(script) as port:
        with pytest.raises(Unavailable, match="does not offer STARTTLS"):
            await box_at(port, "starttls").folders()
    assert not [line for line in script.said if "AUTHENTICATE" in line or "LOGIN" in line]


async def test_a_greeting_that_is_signed_in_already_does_not_replace_starttls() -> None:
    script = Script(greeting=b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n")
    async with hostile_server(script) as port:
        with pytest.raises(Unavailable, match="does not offer STARTTLS"):
            await box_at(port, "starttls").folders()


async def test_a_password_does_not_leave_this_machine_without_encryption() -> None:
    with pytest.raises(Unavailable, match="encrypted or not at all"):
        await box_at(143, "none", host="mail.example.org").folders()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"TAG NO [ALERT] Your account is not enabled for IMAP use.\r\n", "IMAP is switched off"),
        (b"TAG NO [ALERT] IMAP access is disabled for this user\r\n", "IMAP is switched off"),
        (b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n", "`user` and `password` of the account 'work'"),
    ],
)
async def test_a_refused_sign_in_says_what_to_do(said: bytes, words: str) -> None:
    async with hostile_server(Script({"SECRET": said})) as port:
        with pytest.raises(Unavailable, match=words):
            await box_at(port).capabilities()


async def test_what_is_no_mail_server_is_told() -> None:
    async with hostile_server(Script(greeting=b"HTTP/1.1 400 Bad Request\r\n")) as port:
        with pytest.raises(Unavailable, match="not an IMAP server"):
            await box_at(port).capabilities()
        with pytest.raises(Unavailable, match="does not speak TLS"):
            await box_at(port, "tls").capabilities()
    with pytest.raises(Unavailable, match="takes no connections"):
        await box_at(port).capabilities()


async def test_a_ca_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async def secret() -> str:
        return PLANTED

    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    box = Imap(ImapAccount("work", Endpoint("127.0.0.1", 1, "tls"), "ann", secret, ca_file=broken))
    with pytest.raises(Unavailable, match=r"ca\.pem cannot be read"):
        await box.capabilities()


async def test_a_refused_token_names_the_setting() -> None:
    async with hostile_server(Script({"SECRET": b"TAG NO [AUTHENTICATIONFAILED] no\r\n"})) as port:
        with pytest.raises(Unavailable, match=r"accounts\.work\.oauth\.refresh_token"):
            await box_at(port, oauth=True).capabilities()
