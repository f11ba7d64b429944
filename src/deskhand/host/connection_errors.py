"""What went wrong with a connection, in words for a person, and what to do next."""

from dataclasses import dataclass
from typing import Literal

import httpx2
from mcp.client import InputRequiredRoundsExceededError
from mcp.client.auth import OAuthFlowError
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, INVALID_PARAMS, METHOD_NOT_FOUND, PARSE_ERROR, REQUEST_TIMEOUT
from pydantic import ValidationError

from deskhand.errors import Denied, DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.host.connection_http import CUT, NOT_DELIVERED, HttpRecord
from deskhand.host.secrets import masked
from deskhand.host.servers import ServerSpec

RESOURCE_NOT_FOUND = -32002
"""MCP until 2025-11-25, resources, error handling; later revisions say INVALID_PARAMS."""

_LONGEST_DETAIL = 400
_BARE_HTTP_ERROR = "Server returned an error response"
"""What the SDK says of a status of 400 or more without a JSON-RPC body."""


@dataclass(frozen=True)
class Failure:
    """Why there is no connection."""

    detail: str
    state: Literal["failed", "needs_sign_in"] = "failed"
    again: bool = True
    """Whether trying again by itself can help; if not, `restart` tries again."""


class LostCall(Exception):
    """A request got no answer because its connection ended."""

    def __init__(self, reason: str, *, delivered: bool) -> None:
        super().__init__(reason)
        self.delivered = delivered
        """Whether the server may have seen it."""


def explain(error: BaseException, spec: ServerSpec, record: HttpRecord, reason: str) -> Failure:
    """Why connecting failed; `reason` is what the transport said first, if anything."""
    cause = _cause(error)
    if isinstance(cause, OAuthFlowError):
        return Failure(f"The sign-in failed: {_short(cause, spec)}", "needs_sign_in", again=False)
    if isinstance(cause, DeskhandError):
        return Failure(cause.message, "needs_sign_in" if record.post_status == 401 else "failed", again=False)
    if isinstance(cause, FileNotFoundError | PermissionError | NotADirectoryError):
        return Failure(f"The command {spec.command} cannot be started: {cause.strerror}.", again=False)
    if record.post_status == 401 or _status(cause) == 401:
        return Failure("The server asks for a sign-in or a token (HTTP 401).", "needs_sign_in", again=False)
    if record.post_status == 403:
        return Failure("The server refuses this user or token (HTTP 403).", again=False)
    if record.post_status is not None and record.post_status >= 400:
        return Failure(f"The server answers HTTP {record.post_status} where MCP was expected.")
    if isinstance(cause, MCPError) and cause.code != CONNECTION_CLOSED:
        return Failure(f"The connection failed: {_short(cause, spec)}")
    return Failure(sentence(reason) if reason else f"The connection failed: {_short(cause, spec)}")


def shown(text: str, spec: ServerSpec) -> str:
    """What a server or a library said, without the secrets of the server's entry."""
    return str(masked(text, spec.secrets))


def sentence(reason: str) -> str:
    """A reason as a sentence."""
    return f"{reason[:1].upper()}{reason[1:]}."


def wants_sse(spec: ServerSpec, record: HttpRecord) -> bool:
    """Whether the answer to the first POST says: a server of 2024-11-05, open its event stream instead.

    Source: MCP 2025-11-25, transports, backwards compatibility.
    """
    return spec.transport == "auto" and record.post_status in {400, 404, 405}


def translated(error: Exception, spec: ServerSpec, *, link_lost: bool, status: int | None = None) -> Exception:
    """A library's error as ours, or as `LostCall` when the connection ended under the request.

    `status` is the last HTTP status, for the SDK's error that does not say which.
    """
    name = spec.name
    if isinstance(error, MCPError):
        if error.message == _BARE_HTTP_ERROR and status is not None:
            return _from_status(status, name)
        return _from_protocol(error, spec, link_lost=link_lost)
    if isinstance(error, ValidationError):
        return DeskhandError(f"{name} answered with something that MCP does not allow there.")
    if isinstance(error, InputRequiredRoundsExceededError):
        return DeskhandError(f"{name} kept asking for more input; the request was given up.")
    if isinstance(error, RuntimeError):
        return (
            LostCall("the connection was closed", delivered=False) if link_lost else DeskhandError(_short(error, spec))
        )
    return error


def _from_status(status: int, name: str) -> DeskhandError:
    if status in {401, 403}:
        return Denied(f"{name} refuses the token or the user (HTTP {status}). Sign in again, or check the headers.")
    if status in {429, 502, 503, 504}:
        return Unavailable(f"{name} is overloaded or not there now (HTTP {status}). Try again later.")
    return DeskhandError(f"{name} answers HTTP {status} where MCP was expected.")


def _from_protocol(error: MCPError, spec: ServerSpec, *, link_lost: bool) -> Exception:
    if error.code == CONNECTION_CLOSED:
        if error.data == NOT_DELIVERED:
            return LostCall(_short(error, spec), delivered=False)
        if link_lost or error.data == CUT or error.message.startswith("SSE stream"):
            return LostCall(_short(error, spec), delivered=True)
    if error.code == PARSE_ERROR:
        return LostCall(f"its answer could not be read ({_short(error, spec)})", delivered=True)
    if error.code == REQUEST_TIMEOUT:
        return Unavailable(f"{spec.name} did not answer in time.")
    kinds: dict[int, type[DeskhandError]] = {
        INVALID_PARAMS: InvalidInput,
        METHOD_NOT_FOUND: NotFound,
        RESOURCE_NOT_FOUND: NotFound,
    }
    return kinds.get(error.code, DeskhandError)(f"{spec.name}: {_short(error, spec)}")


def _cause(error: BaseException) -> BaseException:
    """The most telling leaf of a group: ours, else the sign-in's, else the first that is not a mere consequence."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    leaves = [_cause(leaf) for leaf in error.exceptions]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType, reportUnknownArgumentType]
    telling = [leaf for leaf in leaves if isinstance(leaf, DeskhandError | OAuthFlowError)]
    return (telling or leaves)[0]


def _status(error: BaseException) -> int | None:
    return error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else None


def _short(error: BaseException, spec: ServerSpec) -> str:
    text = shown(str(error) or type(error).__name__, spec)
    return text if len(text) <= _LONGEST_DETAIL else f"{text[:_LONGEST_DETAIL]}…"
