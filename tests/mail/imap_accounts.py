"""Accounts on the server of the tests."""

from tests.mail_server.dovecot import Dovecot, MailUser

from deskhand.mail.endpoint import Endpoint, Security
from deskhand.mail.imap_account import ImapAccount


def account_of(server: Dovecot, user: MailUser, security: Security = "tls") -> ImapAccount:
    async def secret() -> str:
        return user.password

    port = server.tls_port if security == "tls" else server.plain_port
    at = Endpoint("localhost", port, security)
    return ImapAccount("work", at, user.name, secret, ca_file=server.ca_file, timeout=10, poll_seconds=0.05)
