"""A wrong password, used by the tools of a whole server: it is in no answer, log, audit row or row of the outbox."""

import asyncio
import logging
from pathlib import Path

import pytest
from mcp.client import Client
from tests.mail.smtp_server import Rules, running
from tests.mail.smtp_server_certificate import make_certificates
from tests.mail_server.dovecot import Dovecot

from deskhand.testing import client_of, serving
from deskhand.toolsets.email.toolset import Email

pytestmark = pytest.mark.anyio
SECRET = "planted-7731-password"
FORMS = (SECRET, "cGxhbnRlZ", "BsYW50ZW", "wbGFudGVk")
"""It, and how it looks in base64, wherever in the encoded text it begins."""
CALLS: dict[str, dict[str, object]] = {
    "email_search": {"query": "in:inbox"},
    "email_send": {"to": "bob@example.org", "subject": "Figures", "text": "Here they are."},
    "email_draft": {"to": "bob@example.org", "subject": "Draft", "text": "Hello."},
    "email_organize": {"ids": ["email://work/INBOX/1.1"], "action": "archive"},
}


@pytest.mark.parametrize("source", ["password", "password_file"])
async def test_a_password_that_servers_refuse_is_nowhere(
    dovecot: Dovecot, tmp_path: Path, caplog: pytest.LogCaptureFixture, source: str
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the test's server, which is not ours
    asyncio.get_running_loop().set_debug(True)
    file = tmp_path / "password"
    file.write_text(SECRET)
    certificates = make_certificates(tmp_path, "127.0.0.1")
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(dovecot.ca_file.read_bytes() + certificates.ca_file.read_bytes())
    rules = Rules(security="starttls", users={"ann@example.org": "another"}, sign_in_answer="535 5.7.8 no {secret}")
    async with running(rules, certificates.context) as smtp:
        work = {
            "address": "ann@example.org",
            source: SECRET if source == "password" else file,
            "imap": f"imaps://127.0.0.1:{dovecot.tls_port}",
            "smtp": f"smtp://127.0.0.1:{smtp.port}",
            "ca_file": authorities,
            "allow": ["bob@example.org"],
        }
        home = tmp_path / "home"
        async with serving(Email, folder=home, settings={"accounts": {"work": work}}) as server:
            async with client_of(server) as client:
                answers = [await said(client, name, arguments) for name, arguments in CALLS.items()]
            answers += [repr(server.accounts.of("local")), str(await server.survey())]
    assert smtp.sign_ins
    traces = [*answers, caplog.text, *(path.read_bytes().decode(errors="replace") for path in files(home))]
    assert any("email_send" in trace for trace in traces[len(answers) + 1 :])  # the audit row
    assert [form for form in FORMS for trace in traces if form in trace] == []


async def said(client: Client, name: str, arguments: dict[str, object]) -> str:
    return str(await client.call_tool(name, arguments))


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]
