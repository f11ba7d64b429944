"""`deskhand serve` and `deskhand up`: run the server."""

import errno
import logging
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from deskhand import local
from deskhand.cli.exit_codes import explained
from deskhand.cli.greeting import how_to_connect
from deskhand.cli.link import LIFETIME
from deskhand.cli.logs import log_to_stderr
from deskhand.cli.opening import opener
from deskhand.errors import DeskhandError, SettingsError
from deskhand.settings import Settings, load

if TYPE_CHECKING:
    from deskhand.store.tokens import Tokens

logger = logging.getLogger(__name__)
FIRST_LINK = timedelta(days=1)
"""How long the link is good that `up` shows to who started it. What `serve` prints is often a log that others read."""


@click.command()
@click.option("--host", help="Address to bind; default 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 picks a free one. Default 8642.")
@click.option("--stdio", is_flag=True, help="Serve one client over standard input and output instead of HTTP.")
@click.option("--no-auth", is_flag=True, help="Ask nobody for a token; on loopback only.")
@click.option("--page/--no-page", default=None, help="Serve the web page too. Default: no, or as server.page says.")
def serve(host: str | None, port: int | None, *, stdio: bool, no_auth: bool, page: bool | None) -> None:
    """Run the MCP server: Streamable HTTP at /mcp and SSE at /sse, or --stdio.

    Every HTTP request needs a bearer token. The first start makes one, and prints it this once.
    """
    with _explaining():
        settings = _settings(host=host, port=port, auth=False if no_auth else None, page=page)
        log_to_stderr(settings.log_level)
        if stdio:
            _serve_stdio(settings)
        else:
            _serve_http(settings, _log_where)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 picks a free one. Default 8642.")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
def up(port: int | None, *, opens: bool) -> None:
    """Start the server and its web page on this machine, and print how to open and connect to it."""
    with _explaining():
        settings = _settings(host="127.0.0.1", port=port, page=True)
        log_to_stderr("WARNING" if settings.log_level == "INFO" else settings.log_level)

        with opener(settings.data_dir) as open_link:

            def announce(url: str, link: str | None) -> None:
                click.echo(how_to_connect(url, link, settings, token_file(settings)))
                if opens and link is not None:
                    open_link(link)

            _serve_http(settings, announce, FIRST_LINK)


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


def _log_where(url: str, link: str | None) -> None:
    logger.info("listening on %s", url)
    if link is not None:
        click.echo(f"Open the page, this once, within 15 minutes: {link}", err=True)


def _settings(**given: object) -> Settings:
    return load(overrides={"server": {key: value for key, value in given.items() if value is not None}}).settings


def _serve_stdio(settings: Settings) -> None:
    # Imported here, as below, so that a refusal does not wait a second for the SDK.
    import anyio

    from deskhand.cli.assembly import assembled
    from deskhand.principal import LOCAL
    from deskhand.server.stdio import serve_stdio

    with assembled(settings, anonymous=LOCAL) as (server, _):
        anyio.run(serve_stdio, server)


def _serve_http(
    settings: Settings, announce: Callable[[str, str | None], None], lifetime: timedelta = LIFETIME
) -> None:
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
        url = _url(listener, settings)
        if settings.server.page:
            from deskhand.cli.page import Serving, serve_with_page

            serving = Serving(server, database, settings, verifier, listener, lifetime)
            anyio.run(serve_with_page, serving, partial(announce, url))
            return
        anyio.run(serve_http, HttpServer(server, settings.server, verifier), listener, lambda: announce(url, None))


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
