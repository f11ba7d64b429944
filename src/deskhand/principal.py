"""Who calls. `Caller` is how a tool asks for it; it is never an argument the model can set."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Annotated

from mcp.server.mcpserver import Resolve

from deskhand import local
from deskhand.errors import Denied

ALL_SCOPES = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: `subject` owns the data, `client` is the program, `scopes` bound what it may do.

    A scope is `<toolset>:read` or `<toolset>:write`; `*` stands for anything on either side of the colon.
    """

    subject: str
    client: str = "unknown"
    scopes: frozenset[str] = field(default=ALL_SCOPES)

    def may(self, scope: str | None) -> bool:
        """Whether `scope` (such as `files:read`) is granted; None is open to every authenticated caller."""
        if scope is None:
            return True
        area, _, verb = scope.partition(":")
        return bool(self.scopes & {"*", "*:*", scope, f"{area}:*", f"*:{verb}"})


LOCAL = Principal(subject=local.SUBJECT, client="local")
"""The one user of a server with no authentication: standard input and output, in process, `--no-auth`."""

_current: ContextVar[Principal | None] = ContextVar("deskhand_principal", default=None)


def current_principal() -> Principal:
    """The principal of the call that is running.

    Raises:
        Denied: outside a call. Nothing may fall back to a default user.
    """
    principal = _current.get()
    if principal is None:
        raise Denied("There is no authenticated caller here.")
    return principal


@contextmanager
def acting_as(principal: Principal) -> Generator[None]:
    """`with acting_as(principal):` everything inside runs for that caller. Only the server's dispatch uses it."""
    token = _current.set(principal)
    try:
        yield
    finally:
        _current.reset(token)


async def _inject() -> Principal:  # async, because the SDK runs a sync resolver in a thread
    return current_principal()


Caller = Annotated[Principal, Resolve(_inject)]
"""Annotate a tool, resource or prompt parameter with this to receive the authenticated principal."""
