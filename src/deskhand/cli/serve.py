"""`deskhand serve` and `deskhand up`: run the server."""

import errno
import logging
import shlex
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from deskhand import local
from deskhand.cli.exit_codes import explained
from deskhand.cli.logs import log_to_stderr
from deskhand.errors import DeskhandError, SettingsError
from deskhand.settings import Settings, load

if TYPE_CHECKING:
    from deskhand.store.tokens import Tokens

logger = logging.getLogger(__name__)


@click.command()
@click.option("--host", help="Address to bind; default 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 picks a free one. Default 8642.")
@click.option("--stdio", is_flag=True, help="Serve one client over standard input and output instead of HTTP.")
@click.option("--no-auth", is_flag=True, help="Ask nobody for a token; on loopback only.")
def serve(host: str | None, port: int | None, *, stdio: bool, no_auth: bool) -> None:
    """Run the MCP server: Streamable HTTP at /mcp and SSE at /sse, or --stdio.

    Every HTTP request needs a bearer token. The first start makes one, and prints it this once.
    """
    with _explaining():
        settings = _settings(host, port, auth=not no_auth)
        log_to_stderr(settings.log_level)
        if stdio:
            _serve_stdio(settings)
        else:
            _serve_http(settings, lambda url: logger.info("listening on %s", url))


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 picks a free one. Default 8642.")
def up(port: int | None) -> None:
    """Start the server on this machine and print how to connect."""
    with _explaining():
        settings = _settings("127.0.0.1", port, auth=True)
        log_to_stderr("WARNING" if settings.log_level == "INFO" else settings.log_level)
        _serve_http(settings, lambda url: click.echo(_how_to_connect(url, settings)), page=True)


@contextmanager
def _explaining() -> Generator[None]:
    """Say what is wrong instead of showing where: exit code 2 for a wrong setting, 1 for what fails at run time."""
    try:
        yield
    except DeskhandError as error:
        raise explained(error) from error
    except BaseExceptionGroup as group:
        ours = _first_of_ours(group)
        if ours is None:
            raise
        raise explained(ours) from group


def _first_of_ours(error: BaseException) -> DeskhandError | None:
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return next((found for each in group.exceptions if (found := _first_of_ours(each))), None)
    return error if isinstance(error, DeskhandError) else None


def _settings(host: str | None, port: int | None, *, auth: bool) -> Settings:
    given: dict[str, object] = {"host": host, "port": port, "auth": None if auth else False}
    return load(overrides={"server": {key: value for key, value in given.items() if value is not None}}).settings


def _serve_stdio(settings: Settings) -> None:
    # Imported here, as below, so that a refusal does not wait a second for the SDK.
    import anyio

    from deskhand.cli.assembly import assembled
    from deskhand.principal import LOCAL
    from deskhand.server.stdio import serve_stdio

    with assembled(settings, anonymous=LOCAL) as (server, _):
        anyio.run(serve_stdio, server)


def _serve_http(settings: Settings, announce: Callable[[str], None], *, page: bool = False) -> None:
    from deskhand.server.names import is_loopback

    if not settings.server.auth and not is_loopback(settings.server.host):
        raise SettingsError(
            f"Without authentication the server binds to loopback only, and {settings.server.host} is not. "
            "Leave --no-auth out (clients then send a token), or use --host 127.0.0.1."
        )
    listener = bind(settings.server.host, settings.server.port)

    import anyio

    from deskhand.cli.assembly import assembled
    from deskhand.principal import LOCAL
    from deskhand.server.http import HttpServer
    from deskhand.server.shutdown import serve_http
    from deskhand.server.tokens import BearerTokens
    from deskhand.store.tokens import Tokens, personal_token

    with listener, assembled(settings, anonymous=None if settings.server.auth else LOCAL) as (server, database):
        verifier = None
        if settings.server.auth:
            tokens, personal = Tokens(database), settings.server.token
            verifier = BearerTokens(tokens, subject=local.SUBJECT, personal=personal)
            if personal is None:
                secret = personal_token(tokens, token_file(settings), local.SUBJECT)
                _show_once(secret, tokens, token_file(settings))
        else:
            logger.warning("no authentication: every program on this machine can use this server")
        if page and verifier is not None:
            from deskhand.cli.page import serve_with_page

            anyio.run(serve_with_page, server, database, settings, verifier, listener, announce)
            return
        http = HttpServer(server, settings.server, verifier)
        anyio.run(serve_http, http, listener, lambda: announce(_url(listener, settings)))


def bind(host: str, port: int) -> socket.socket:
    """Take the port, before anything slow happens.

    Raises:
        SettingsError: it is in use, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        where = f"{host} port {port}"
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"{where} is in use, perhaps by another Deskhand. Stop that program, or choose another port: "
                f"--port {port + 1 if port < 65535 else 0} (0 picks a free one)."
            ) from error
        raise SettingsError(f"Cannot listen on {where}: {error.strerror or error}. Choose another --host.") from error
    # Connections inherit it. asyncio sets it only on sockets that name their protocol, which these do not, and without
    # it an answer's body waits 40 ms for the client to acknowledge the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def token_file(settings: Settings) -> Path:
    """Where the personal token is."""
    return settings.data_dir / "token"


def _show_once(secret: str | None, tokens: "Tokens", file: Path) -> None:
    if secret is None:
        token = tokens.find(file.read_text().strip())
        if token is None or token.revoked is None:
            logger.info("the personal token is in %s", file)
        else:
            logger.warning(
                "the personal token in %s was revoked: nobody gets in with it. "
                "Delete the file, and the next start makes a new one",
                file,
            )
        return
    click.echo(f"Your personal token, shown this once and kept in {file} (readable by you only):\n  {secret}", err=True)


def _url(listener: socket.socket, settings: Settings) -> str:
    if settings.server.public_url:
        return f"{settings.server.public_url.rstrip('/')}/mcp"
    host = f"[{settings.server.host}]" if ":" in settings.server.host else settings.server.host
    return f"http://{host}:{listener.getsockname()[1]}/mcp"


def _how_to_connect(url: str, settings: Settings) -> str:
    token = "$DESKHAND_SERVER__TOKEN" if settings.server.token else f"$(cat {shlex.quote(str(token_file(settings)))})"
    hello = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        '"capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}'
    )
    return "\n".join(
        [
            f"Deskhand is at {url}  (Ctrl-C stops it)",
            "",
            f"Toolsets: {', '.join(settings.toolsets.enabled)}",
            f"Files:    {settings.workspace}",
            *_memory_by_words(settings),
            f"Token:    {token_file(settings) if settings.server.token is None else 'the one in your settings'}",
            "Connect:  deskhand install claude-desktop   (or claude-code, cursor, vscode)",
            "Talk:     deskhand chat",
            f"By hand:  curl {url} -H 'Content-Type: application/json' \\",
            "            -H 'Accept: application/json, text/event-stream' \\",
            f'            -H "Authorization: Bearer {token}" \\',
            f"            -d '{hello}'",
        ]
    )


def _memory_by_words(settings: Settings) -> list[str]:
    """One line where memories are found by their words only."""
    if "memory" not in settings.toolsets.enabled:
        return []
    from deskhand.retrieval.weights import candidates, problem_of

    wanted = settings.retrieval
    folders = [wanted.weights] if wanted.weights else candidates(settings.data_dir)
    local = wanted.embeddings in ("auto", "minilm")
    if wanted.embeddings != "none" and not (local and all(map(problem_of, folders))):
        return []
    return ["Memory:   found by words only, see `deskhand embeddings status`"]
