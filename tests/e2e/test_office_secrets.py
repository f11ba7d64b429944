"""No secret of an account shows anywhere: planted ones are searched for in all that a story of office work leaves."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.calendar_server.radicale import Radicale
from tests.e2e.office import ANN, Office, office
from tests.e2e.office_desk import at_the_desk
from tests.e2e.office_story import QUESTIONS
from tests.mail_server.dovecot import Dovecot
from tests.protocol.connected_person import person

pytestmark = pytest.mark.anyio
REFUSED, UNREACHED, REFRESH, CLIENT = (
    f"planted-{name}-8c1e5d" for name in ("refused", "unreached", "refresh", "client")
)
MORE = """
[accounts.refused]
address = "bert@example.org"
owner = "bert"
user = "{user}"
password = "{refused}"
imap = "imap://127.0.0.1:{imap}"
smtp = "smtp://127.0.0.1:{smtp}"
caldav = "{caldav}"
security = "none"

[accounts.unreached]
address = "bert@example.org"
owner = "bert"
password = "{unreached}"
imap = "imap://127.0.0.1:9"
smtp = "smtp://127.0.0.1:9"
security = "none"

[accounts.token]
address = "bert@example.org"
owner = "bert"
imap = "imap://127.0.0.1:{imap}"
smtp = "smtp://127.0.0.1:{smtp}"
security = "none"

[accounts.token.oauth]
token_url = "http://127.0.0.1:9/token"
client_id = "deskhand"
client_secret = "{client}"
refresh_token = "{refresh}"
"""
MAIL = {"to": ANN, "subject": "To nobody", "text": "x"}
FAILING: list[tuple[str, dict[str, object]]] = [
    *(("email_search", {"account": name}) for name in ("refused", "unreached", "token")),
    *(("email_draft", {**MAIL, "account": name}) for name in ("refused", "unreached", "token")),
    ("email_read", {"id": "refused/INBOX/1.1"}),
    ("calendar_events", {"calendar": "refused/work"}),
]
"""Calls at accounts that do not work."""


def settings(here: Office) -> str:
    """Accounts that are refused, that nobody answers, and that want a token."""
    return MORE.format(
        user=here.ann.user.name, imap=here.ann.port, smtp=here.smtp_port, caldav=here.calendars.server.url,
        refused=REFUSED, unreached=UNREACHED, client=CLIENT, refresh=REFRESH,
    )  # fmt: skip


def forms(secret: str) -> Iterator[bytes]:
    """How a secret could stand somewhere: as it is, in JSON, in base64 at any offset."""
    yield secret.encode()
    yield json.dumps(secret)[1:-1].encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret.encode())
        yield encoded[4 if offset else 0 : -4]


def found(text: bytes, secrets: list[str]) -> list[str]:
    """The secrets that are in the text."""
    return [secret for secret in secrets if any(form in text for form in forms(secret))]


def test_what_searches_for_secrets_finds_them() -> None:
    for said in ("a secret is wörtlich", '{"a": "secret is w\\u00f6rtlich"}'):
        assert found(said.encode(), ["secret is wörtlich"])
    for before in ("", "x", "xy", "user\0user"):
        assert found(base64.b64encode(f"{before}secret is wörtlich!".encode()), ["secret is wörtlich"])
    assert not found(b"nothing", ["secret is wörtlich"])


async def test_no_secret_is_in_any_log_row_frame_error_or_file(
    tmp_path: Path, dovecot: Dovecot, radicale: Radicale
) -> None:
    with office(tmp_path, dovecot, radicale) as here:
        here.configure(settings(here))
        secrets = [here.ann.user.password, REFUSED, UNREACHED, REFRESH, CLIENT]
        said: list[str] = []
        async with at_the_desk(here, era="modern", answers=False) as desk:
            said += [await desk.tell(question) for question in QUESTIONS]
            async with person(desk.server, "bert", "auto") as client:
                for tool, arguments in FAILING:
                    result = await client.client.call_tool(tool, arguments)
                    said.append(result.model_dump_json())
                    assert result.is_error or "left out" in said[-1], said[-1]
            said += [frame.model_dump_json() for frame in desk.tap.frames]
            said += [event.model_dump_json() for event in desk.events]
            for command in (("approve",), ("approve", "--json"), ("settings",), ("accounts", "test", "refused")):
                told = here.command(*command)
                said += [told.stdout, told.stderr]
            token = desk.server.token
            said.append(desk.server.log().replace(token, "", 1))  # the first start shows it once, and says so
        assert len(desk.tap.frames) > 20
        assert any("refused" in each for each in said)
        for each in said:
            assert found(each.encode(), [*secrets, token]) == [], each
        files = [path for path in here.deskhand.rglob("*") if path.is_file()]
        assert any(path.name.endswith(".db") for path in files)
        for path in files:
            assert found(path.read_bytes(), [*secrets, *([] if path.name == "token" else [token])]) == [], path
