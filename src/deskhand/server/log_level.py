"""`logging/setLevel` of the handshake era: which log messages a client wants to receive.

From 2026-07-28 each request says so itself, and the SDK obeys; before, it sends all and leaves the level to us.
"""

from typing import Any, get_args

import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult

_SEVERITIES: tuple[types.LoggingLevel, ...] = get_args(types.LoggingLevel)  # least severe first (RFC 5424)
_KEY = "deskhand.log_levels"


def keep_log_levels(sdk: Server[None]) -> None:
    """Serve `logging/setLevel`, and hold back what is below the level a client set."""
    sdk.add_request_handler("logging/setLevel", types.SetLevelRequestParams, _set)
    sdk.middleware.append(_narrow)


async def _set(ctx: ServerRequestContext[Any, Any], params: types.SetLevelRequestParams) -> types.EmptyResult:
    wanted = _SEVERITIES[_SEVERITIES.index(params.level) :]
    ctx.session._connection.state[_KEY] = frozenset(wanted)  # pyright: ignore[reportPrivateUsage]
    return types.EmptyResult()


async def _narrow(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    wanted = ctx.session._connection.state.get(_KEY)  # pyright: ignore[reportPrivateUsage]
    if wanted is not None:
        ctx.session._allowed_log_levels = wanted  # pyright: ignore[reportPrivateUsage]  # SDK 2.3 has no setter
    return await call_next(ctx)
