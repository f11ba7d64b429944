"""An SMTP server as a process of its own: what it takes, it puts into the recipients' inboxes at an IMAP server.

    python office_smtp.py IMAP_PORT PEOPLE_JSON LOG

PEOPLE_JSON holds user and password by mail address. It prints its port, and notes each mail as a line of JSON in LOG.
"""

import asyncio
import email
import imaplib
import json
import sys
from pathlib import Path
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

People = dict[str, tuple[str, str]]


class Delivering:
    """Takes mails of people who signed in, and delivers them."""

    def __init__(self, imap_port: int, people: People, log: Path) -> None:
        self._imap_port = imap_port
        self._people = people
        self._log = log

    def sign_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        """The authenticator."""
        assert isinstance(data, LoginPassword)
        said = (data.login.decode(), data.password.decode())
        return AuthResult(success=said in self._people.values(), handled=False, auth_data=said[0])

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address not in self._people:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if not session.authenticated:
            return "530 5.7.0 sign in first"
        raw = cast("bytes", envelope.original_content)
        for recipient in envelope.rcpt_tos:
            self._deliver(recipient, raw)
        message_id = email.message_from_bytes(raw)["Message-ID"]
        with self._log.open("a") as log:
            log.write(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "id": message_id}) + "\n")
        return "250 2.0.0 taken"

    def _deliver(self, recipient: str, raw: bytes) -> None:
        with imaplib.IMAP4("127.0.0.1", self._imap_port) as imap:
            user, password = self._people[recipient]
            imap.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            imap.append("INBOX", "", "", raw)


async def main() -> None:
    """Serve until the process is ended."""
    people = {address: (user, password) for address, (user, password) in json.loads(sys.argv[2]).items()}
    delivering = Delivering(int(sys.argv[1]), people, Path(sys.argv[3]))
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            delivering, authenticator=delivering.sign_in, auth_require_tls=False, enable_SMTPUTF8=True, loop=loop
        )

    listening = await loop.create_server(connection, "127.0.0.1", 0)
    sys.stdout.write(f"{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
