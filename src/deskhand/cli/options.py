"""Options that commands share, and a way to take many of them as one object."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import click

T = TypeVar("T")
Decorator = Callable[[Callable[..., None]], Callable[..., None]]


@dataclass(frozen=True)
class ChatRequest:
    """The options of `deskhand chat`."""

    model: str | None
    servers: tuple[str, ...]
    no_servers: bool
    trace: bool
    resume: str | None


@dataclass(frozen=True)
class AskRequest:
    """The options of `deskhand ask`."""

    question: str | None
    source: str | None
    """`-`: show all of standard input along with the question."""
    model: str | None
    servers: tuple[str, ...]
    no_servers: bool
    trace: bool
    as_json: bool
    rules: tuple[str, ...]
    attached: tuple[str, ...]
    conversation: str | None


def as_one(make: Callable[..., T]) -> Callable[[Callable[[T], None]], Callable[..., None]]:
    """Give a command its options as one object: `make` is called with them by name."""

    def decorate(command: Callable[[T], None]) -> Callable[..., None]:
        @functools.wraps(command)
        def taking(**given: object) -> None:
            command(make(**given))

        return taking

    return decorate


def assistant_options(command: Callable[..., None]) -> Callable[..., None]:
    """What every command that asks a model takes: --model, --server, --no-servers, --trace."""
    options: list[Decorator] = [
        click.option("--model", metavar="NAME", help="The model to ask, as its provider names it."),
        click.option("--server", "servers", multiple=True, metavar="NAME", help="Use only this server; repeatable."),
        click.option("--no-servers", is_flag=True, help="Use no server: a plain chat, without tools."),
        click.option("--trace", is_flag=True, help="Show every JSON-RPC message to and from the servers."),
    ]
    for option in reversed(options):
        command = option(command)
    return command
