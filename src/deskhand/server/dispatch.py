"""The single place a tool, resource, prompt or completion body runs.

Who calls, whether they may, how often and how long, what is written to the audit, and what an error tells them.
"""

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Literal, TypeVar

import anyio
from mcp.server import ServerRequestContext
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST
from pydantic import ValidationError

from deskhand.audit import Audit, AuditEntry
from deskhand.errors import Denied, DeskhandError, InvalidInput, LimitExceeded, NotFound, Unavailable
from deskhand.principal import Principal, acting_as
from deskhand.settings_sections import Limits

logger = logging.getLogger(__name__)
T = TypeVar("T")
Request = ServerRequestContext[Any, Any]

Kind = Literal["tool", "resource", "prompt", "completion", "listen"]

FORBIDDEN = -32010
"""JSON-RPC code for a missing scope, in the range the specification leaves to implementations."""


@dataclass(frozen=True, slots=True)
class Action:
    """What is about to run."""

    kind: Kind
    name: str
    scope: str | None
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    timeout: float | None = None


class Dispatch:
    """Runs bodies. One per server."""

    def __init__(self, limits: Limits, audit: Audit, *, anonymous: Principal | None) -> None:
        self._limits = limits
        self._audit = audit
        self._anonymous = anonymous
        self._running: Counter[str] = Counter()
        self._buckets: dict[str, _Bucket] = {}
        self._idle = anyio.Condition()

    @property
    def running(self) -> int:
        """How many bodies are running now."""
        return self._running.total()

    def principal(self, ctx: Request) -> Principal:
        """Who makes this request.

        Raises:
            Denied: the transport authenticated nobody and this server has no anonymous user.
        """
        user = ctx.request.scope.get("user") if ctx.request is not None else None
        if isinstance(user, AuthenticatedUser):
            return principal_of(user.access_token)
        if self._anonymous is None:
            raise Denied("This server needs a bearer token: send Authorization: Bearer <token>.")
        return self._anonymous

    def authorize(self, principal: Principal, action: Action) -> None:
        """Check the scope of what `run` does not run: following a resource, a call answered with 403.

        Raises:
            MCPError: the caller lacks the scope; there is an audit row of it.
        """
        if not principal.may(action.scope):
            self._record(principal, action, "denied", time.perf_counter())
            raise forbidden(action.scope)

    async def run(self, ctx: Request, action: Action, body: Callable[[Principal], Awaitable[T]]) -> T:
        """Run `body` for the caller.

        Raises:
            DeskhandError: what the body raised, or a limit or time-out; its message is safe to show.
            MCPError: the caller lacks the scope, or the body asks for a protocol error.
        """
        principal = self.principal(ctx)
        started = time.perf_counter()
        outcome = "ok"
        try:
            if not principal.may(action.scope):
                raise forbidden(action.scope)
            async with self._admitted(principal):
                with acting_as(principal):
                    return await self._bounded(action, body(principal))
        except MCPError as error:
            outcome = "denied" if error.code == FORBIDDEN else "protocol_error"
            raise
        except DeskhandError as error:
            outcome = error.code
            raise
        except anyio.get_cancelled_exc_class():
            outcome = "cancelled"
            raise
        except Exception as error:
            raised = translated(error, action)
            outcome = raised.code
            raise raised from error
        finally:
            self._record(principal, action, outcome, started)

    def _record(self, principal: Principal, action: Action, outcome: str, started: float) -> None:
        self._audit.append(
            AuditEntry(
                subject=principal.subject,
                client=principal.client,
                kind=action.kind,
                name=action.name,
                outcome=outcome,
                milliseconds=(time.perf_counter() - started) * 1000,
                arguments_hash=_digest(action.arguments),
            )
        )

    async def drain(self, seconds: float) -> bool:
        """Wait until nothing runs, at most `seconds`; whether that was reached."""
        with anyio.move_on_after(seconds):
            async with self._idle:
                while self.running:
                    await self._idle.wait()
        return not self.running

    async def _bounded(self, action: Action, body: Awaitable[T]) -> T:
        seconds = action.timeout or self._limits.call_seconds
        with anyio.move_on_after(seconds):
            return await body
        raise LimitExceeded(
            f"{action.name} took longer than {seconds:g} s and was stopped. Ask for less, or try again later."
        )

    @asynccontextmanager
    async def _admitted(self, principal: Principal) -> AsyncGenerator[None]:
        subject = principal.subject
        if self._running[subject] >= self._limits.concurrent_calls:
            raise LimitExceeded(
                f"{self._limits.concurrent_calls} calls of yours are already running. Wait for one to finish.",
                retry_after=1,
            )
        self._bucket(subject).take()
        self._running[subject] += 1
        try:
            yield
        finally:
            self._running[subject] -= 1
            if not self._running[subject]:
                del self._running[subject]
            with anyio.CancelScope(shield=True):
                async with self._idle:
                    self._idle.notify_all()

    def _bucket(self, subject: str) -> "_Bucket":
        if len(self._buckets) > 10_000:  # a full bucket says nothing, so forgetting it changes nothing
            self._buckets = {key: bucket for key, bucket in self._buckets.items() if not bucket.full}
        return self._buckets.setdefault(subject, _Bucket(self._limits.calls_per_minute))


class _Bucket:
    """Token bucket: `per_minute` calls, refilled evenly."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left = float(per_minute)
        self._at = time.monotonic()

    @property
    def full(self) -> bool:
        self._refill()
        return self._left >= self._per_minute

    def take(self) -> None:
        self._refill()
        if self._left < 1:
            wait = (1 - self._left) * 60 / self._per_minute
            raise LimitExceeded(
                f"More than {self._per_minute} calls in a minute. Try again in {wait:.1f} s.", retry_after=wait
            )
        self._left -= 1

    def _refill(self) -> None:
        now = time.monotonic()
        self._left = min(self._per_minute, self._left + (now - self._at) * self._per_minute / 60)
        self._at = now


def principal_of(token: AccessToken) -> Principal:
    """Whom an accepted token stands for."""
    return Principal(token.subject or token.client_id, token.client_id, frozenset(token.scopes))


def forbidden(scope: str | None) -> MCPError:
    """The protocol error for a missing scope; no model can mend it, so it is not a tool result."""
    return MCPError(
        code=FORBIDDEN,
        message=f"Your token lacks the scope {scope}. Make one that has it: deskhand token create --scope {scope}.",
        data={"requiredScope": scope},
    )


def translated(error: Exception, action: Action) -> DeskhandError:
    """What the caller is told about an exception; what it says stays in the log unless it is one of ours."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, DeskhandError):
            return found
        if isinstance(found, ValidationError) and isinstance(error, ToolError):
            return InvalidInput(_invalid(found, action))
        found = found.__cause__
    if isinstance(error, ToolError) and type(error) is ToolError:
        return InvalidInput(str(error))
    reference = token_hex(4)
    logger.error("%s %s failed, reference %s", action.kind, action.name, reference, exc_info=error)
    return InternalFailure(
        f"{action.name} failed unexpectedly. The reason is in the server's log under reference {reference}."
    )


class InternalFailure(DeskhandError):
    """Something failed that should not have. The server's log says what."""

    code = "internal"


def protocol_error(error: DeskhandError, uri: str | None = None) -> MCPError:
    """A DeskhandError outside tool calls, where there is no result to carry it (MCP 2026-07-28, Error Handling)."""
    code: dict[type[DeskhandError], int] = {
        NotFound: INVALID_PARAMS,
        InvalidInput: INVALID_PARAMS,
        Denied: FORBIDDEN,
        LimitExceeded: INVALID_REQUEST,
    }
    data: dict[str, object] = {"code": error.code}
    if uri is not None:
        data["uri"] = uri
    if isinstance(error, LimitExceeded | Unavailable) and error.retry_after is not None:
        data["retryAfter"] = error.retry_after
    return MCPError(code=code.get(type(error), INTERNAL_ERROR), message=error.message, data=data)


def _invalid(error: ValidationError, action: Action) -> str:
    problems = [
        f"{'.'.join(str(part) for part in problem['loc']) or 'arguments'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return f"Invalid arguments for {action.name}: {'; '.join(problems)}."


def _digest(arguments: Mapping[str, object]) -> str:
    text = json.dumps(arguments, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
