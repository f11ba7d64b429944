"""A real SMTP server on loopback (aiosmtpd) that keeps what it takes, in the loop of the test."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

TAKEN = "250 2.0.0 taken as "
"""How the answer to a mail begins; its number follows. No other answer of the server does."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail the server has taken."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...]
    user: str
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """How the server behaves."""

    security: Literal["none", "starttls", "tls"] = "none"
    users: Mapping[str, str] = field(default_factory=dict[str, str])
    """Passwords by user; empty: nobody has to sign in."""
    tokens: Mapping[str, str] = field(default_factory=dict[str, str])
    """Access tokens by user, for XOAUTH2."""
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "XOAUTH2")
    refuse: Mapping[str, str] = field(default_factory=dict[str, str])
    """Answers to RCPT by recipient, such as `550 5.1.1 no such user`."""
    sender_answer: str = ""
    """Answer to MAIL, instead of taking it."""
    mail_answer: str = ""
    """Answer to the mail, instead of taking it."""
    sign_in_answer: str = ""
    """Answer to a sign-in, instead of checking it; `{secret}` stands for the password that came."""
    most_bytes: int = 30_000_000
    smtputf8: bool = True


class SmtpServer:
    """Runs while `running()` is open; `mails` holds what it took, in order."""

    def __init__(self, rules: Rules, context: ssl.SSLContext | None) -> None:
        self.rules = rules
        self.mails: list[Taken] = []
        self.sign_ins: list[str] = []
        """The mechanism of each try."""
        self.port = 0
        self._context = context
        self._connections: list[_Connection] = []

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rules.sender_answer:
            return self.rules.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 sender ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.rules.refuse.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.rules.mail_answer:
            return self.rules.mail_answer
        self.mails.append(
            Taken(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                raw=cast("bytes", envelope.original_content),
                options=tuple(envelope.mail_options),
                user=str(session.auth_data or ""),
                encrypted=session.ssl is not None or self.rules.security == "tls",
            )
        )
        return f"{TAKEN}{len(self.mails)}"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        self.sign_ins.append("XOAUTH2")
        user, _, bearer = base64.b64decode(args[1]).decode().removeprefix("user=").partition("\1")
        token = bearer.removeprefix("auth=Bearer ").rstrip("\1")
        if self.rules.tokens.get(user) == token and token:
            return AuthResult(success=True, auth_data=user)
        refusal = base64.b64encode(b'{"status":"401"}').decode()
        await server.push(f"334 {refusal}")
        with contextlib.suppress(asyncio.IncompleteReadError):
            await server._reader.readuntil()  # pyright: ignore[reportPrivateUsage]  # the empty answer to the challenge
        return AuthResult(success=False, handled=False)

    def sign_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        """The authenticator of PLAIN and LOGIN."""
        self.sign_ins.append(mechanism)
        assert isinstance(data, LoginPassword)
        user, password = data.login.decode(), data.password.decode()
        if self.rules.sign_in_answer:
            return AuthResult(success=False, handled=False, message=self.rules.sign_in_answer.format(secret=password))
        known = self.rules.users.get(user)
        return AuthResult(success=known == password, handled=False, auth_data=user)

    def connection(self) -> "_Connection":
        """One connection's protocol."""
        rules = self.rules
        options: dict[str, Any] = {
            "data_size_limit": rules.most_bytes,
            "enable_SMTPUTF8": rules.smtputf8,
            "hostname": "mail.example.org",
            "ident": "ESMTP",
            "auth_required": bool(rules.users or rules.tokens) and rules.security == "starttls",
            "auth_require_tls": rules.security == "starttls",
            "auth_exclude_mechanism": {"PLAIN", "LOGIN", "XOAUTH2"} - set(rules.mechanisms),
            "authenticator": self.sign_in,
            "loop": asyncio.get_running_loop(),
        }
        if rules.security == "starttls":
            options |= {"tls_context": self._context, "require_starttls": True}
        self._connections.append(_Connection(self, **options))
        return self._connections[-1]

    async def quiet(self) -> None:
        """Wait until every connection has come to its end by itself."""
        tasks = [connection.task for connection in self._connections if connection.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        self._connections.clear()

    async def close_connections(self) -> None:
        """Cut all of them, and wait until their tasks have ended."""
        tasks = [connection.task for connection in self._connections if connection.task is not None]
        for connection in self._connections:
            if connection.transport is not None:
                cast("asyncio.WriteTransport", connection.transport).abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Connection(SMTP):
    @property
    def task(self) -> "asyncio.Task[None] | None":
        return self._handler_coroutine


@asynccontextmanager
async def running(rules: Rules | None = None, context: ssl.SSLContext | None = None) -> AsyncGenerator[SmtpServer]:
    """The server on a free port of 127.0.0.1 until the block ends. `context` is needed for TLS and STARTTLS."""
    server = SmtpServer(rules or Rules(), context)
    listening = await asyncio.get_running_loop().create_server(
        server.connection, "127.0.0.1", 0, ssl=context if server.rules.security == "tls" else None
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await server.close_connections()
