"""A real IMAP server for tests: Dovecot as an ordinary process on loopback, started by the first test that wants it.

As root its own accounts (`dovenull`, `dovecot`, which the package makes) and `nobody` for the mails are used; as
anybody else all of it runs as the user of the tests.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.mail.smtp_server_certificate import make_certificates
from tests.reserved_port import reserved_port

PASSWORD = "correct horse wörtlich"  # with letters that only UTF-8 has
_MOST_USERS = 500
_BASE = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{pem}
ssl_key = <{pem}
disable_plaintext_auth = no
auth_mechanisms = plain login
default_vsz_limit = 256M
mail_location = maildir:{folder}/mails/%u
{accounts}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mails/%u
}}
first_valid_uid = 1
first_valid_gid = 0
mail_max_userip_connections = 100
{imap}
namespace inbox {{
  inbox = yes
  {namespace}
  mailbox Drafts {{
    special_use = \\Drafts
    auto = subscribe
  }}
  mailbox Gesendet {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = subscribe
  }}
  mailbox Archive {{
    special_use = \\Archive
    auto = subscribe
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = subscribe
  }}
}}
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  client_limit = 100
}}
service imap-login {{
  {login}
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class MailUser:
    """An account on the server, empty at first."""

    name: str
    password: str = PASSWORD


class Dovecot:
    """A server in a folder, at a port without and one with TLS.

    `capability` replaces what it says it can; `namespace` says what parts folder levels.
    """

    def __init__(
        self, folder: Path, ports: tuple[int, int], *, capability: str = "", namespace: str = "separator = /"
    ) -> None:
        self.folder = folder
        self.plain_port, self.tls_port = ports
        certificates = make_certificates(folder, "localhost", "127.0.0.1")
        self.ca_file = certificates.ca_file
        self._capability = capability
        self._namespace = namespace
        self._certificates = certificates
        self._numbers = iter(range(_MOST_USERS))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        # All at once: Dovecot reads a changed file a second later.
        (self.folder / "users").write_text("".join(f"user{n}:{{PLAIN}}{PASSWORD}\n" for n in range(_MOST_USERS)))
        (self.folder / "mails").mkdir(exist_ok=True)
        account = pwd.getpwuid(os.geteuid()).pw_name
        accounts = f"default_internal_user = {account}\ndefault_login_user = {account}\n"
        if os.geteuid() == 0:
            shutil.chown(self.folder / "mails", "nobody", "nogroup")
            account, accounts = "nobody", ""
        config = self.folder / "dovecot.conf"
        config.write_text(
            _BASE.format(
                folder=self.folder, pem=self._certificates.server_file,
                accounts=accounts, login="" if os.geteuid() == 0 else "chroot =",
                mail_user=account, mail_group=pwd.getpwnam(account).pw_gid,
                imap=f"protocol imap {{\n  imap_capability = {self._capability}\n}}" if self._capability else "",
                namespace=self._namespace, plain_port=self.plain_port, tls_port=self.tls_port,
            )
        )  # fmt: skip
        with (self.folder / "said").open("wb") as said:
            self._process = subprocess.Popen(
                [_program(), "-F", "-c", config],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, cwd=self.folder,
            )  # fmt: skip
        self._wait()

    def stop(self) -> None:
        """End it with all its connections."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)

    def restart(self) -> None:
        """Cut all connections, and serve again."""
        self.stop()
        self.start()

    def user(self) -> MailUser:
        """A new account."""
        return MailUser(f"user{next(self._numbers)}")

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.plain_port), timeout=5) as connection:
                    connection.settimeout(5)
                    if connection.recv(100).startswith(b"* OK"):
                        return
            except OSError:
                self._check_runs()
        pytest.fail(f"Dovecot does not answer: {self._told()}")

    def _check_runs(self) -> None:
        """Fail at once when it ended, else give it a moment."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.02)
            pytest.fail(f"Dovecot did not start: {self._told()}")

    def _told(self) -> str:
        return "".join(path.read_text() for name in ("said", "log") if (path := self.folder / name).exists())


def _program() -> str:
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    assert found, "dovecot is missing: install the package dovecot-imapd, as scripts/test does."
    return found


def dovecot_with(**settings: str) -> Iterator[Dovecot]:
    """Serve with other settings, until the iterator ends."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))  # not tmp_path: a socket's path must be short
    folder.chmod(0o755)
    with reserved_port() as plain, reserved_port() as tls:
        server = Dovecot(folder, (plain, tls), **settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A running server with all that it can."""
    yield from dovecot_with()


@pytest.fixture(scope="session")
def plain_dovecot() -> Iterator[Dovecot]:
    """A running server that can nothing beyond RFC 3501, with dots between the levels below INBOX."""
    yield from dovecot_with(capability="IMAP4rev1 LITERAL+ NAMESPACE", namespace="separator = .\n  prefix = INBOX.")
