"""An IMAP server that follows a script: it answers each command as the test says, and knows nothing of mails."""

import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
from anyio.abc import SocketAttribute, SocketStream

Answer = bytes | None
"""What to send for a command, with `TAG` for its tag; None to cut the connection."""
Reply = Answer | Callable[[str], Answer]
GREETING = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n"
OK = b"TAG OK done\r\n"
_USUAL: Mapping[str, Answer] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + OK,
    "AUTHENTICATE": b"+ \r\n",
    "LIST": b'* LIST (\\HasNoChildren) "/" INBOX\r\n' + OK,
    "EXAMINE": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 3] .\r\n" + OK,
    "SELECT": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 3] .\r\nTAG OK [READ-WRITE] done\r\n",
    "LOGOUT": b"* BYE\r\n" + OK,
}


@dataclass(slots=True)
class Script:
    """What the server answers; `said` is what it was told, line by line."""

    answers: dict[str, Reply] = field(default_factory=dict[str, "Reply"])
    greeting: bytes = GREETING
    said: list[str] = field(default_factory=list[str])
    connections: int = 0
    ended: anyio.Event = field(default_factory=anyio.Event)
    """Set when the last client went away."""


@asynccontextmanager
async def hostile_server(script: Script, context: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    """Serve on loopback; the port."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(SocketAttribute.local_port)

    async def serve(stream: SocketStream) -> None:
        script.connections += 1
        with suppress(anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError, ConnectionError):
            async with stream:
                await _converse(script, stream)
        script.ended.set()

    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield port
        tasks.cancel_scope.cancel()


async def _converse(script: Script, stream: SocketStream) -> None:
    await stream.send(script.greeting)
    pending, tag = b"", ""
    while True:
        while b"\r\n" not in pending:
            pending += await stream.receive()
        line, _, pending = pending.partition(b"\r\n")
        text = line.decode("utf-8", "replace")
        script.said.append(text)
        words = text.split(" ")
        if len(words) == 1:  # the continuation of AUTHENTICATE
            answer: Reply = script.answers.get("SECRET", OK)
        else:
            tag = words[0]
            name = words[2] if words[1] == "UID" else words[1]
            answer = script.answers.get(name, _USUAL.get(name, OK))
        reply = answer(text) if callable(answer) else answer
        if reply is None:
            return
        await stream.send(reply.replace(b"TAG", tag.encode()))
