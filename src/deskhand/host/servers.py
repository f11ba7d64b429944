"""Which MCP servers the host drives: what one is, and how an entry of `mcp.json` reads.

The file follows the convention all hosts share: `{"mcpServers": {name: {command, args, env, cwd} or {url, headers}}}`.
Ours beside them: `type` (http, sse, stdio), `era`, `trusted`, `timeoutSeconds`, `disabled`, `disabledTools`. `${NAME}`
and `${NAME:-default}` take from the environment, so that a secret need not stand in the file.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from deskhand.errors import SettingsError
from deskhand.host.secrets import is_secret_name
from deskhand.settings_problems import PLAIN

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
"""Names of servers: short, because they become part of tool names."""
OURS = "deskhand"
"""The name of our own server, which no other may have: what is trusted and agreed to there is not for another."""
NAMING = "use up to 40 letters, digits, '-', '_' and '.', a letter or digit first."

_VARIABLE = re.compile(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")

_OPTION = re.compile(r"-{0,2}[A-Za-z0-9_.-]+")
"""An option or a variable, not a command line that holds a `=` somewhere."""
_STARTS = re.compile(r"(command|cmd|program|helper)\Z", re.IGNORECASE)
"""Options such as `--password-command`, whose value is run."""
_CODE = re.compile(r"[\s;&|<>()`$]")
"""What a shell needs to do more than to pass a value on: hidden, a person would agree to it unseen."""

Era = Literal["auto", "modern", "legacy"]
Transport = Literal["auto", "http", "sse"]


@dataclass(frozen=True)
class ServerSpec:
    """One server to connect to: by `url`, by `command`, or an SDK server object in this process."""

    name: str
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    command: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    cwd: Path | None = None
    in_process: object | None = None
    """An `mcp` server object, handed in by the command line."""
    era: Era = "auto"
    """`modern` is 2026-07-28 without a handshake, `legacy` everything before."""
    transport: Transport = "auto"
    """For a URL: Streamable HTTP, or the HTTP+SSE of 2024-11-05."""
    trusted: bool = False
    """Whether its annotations are believed."""
    timeout_seconds: float = 60
    """Silence after which a request is given up; progress and a person's answer reset it."""
    enabled: bool = True
    disabled_tools: tuple[str, ...] = ()
    """Tools that are switched off, by their own names or patterns such as `delete_*`, as other hosts have it."""
    ours: bool = False
    """Our own server, though it is reached by a URL: what was agreed to in the terminal holds on the page."""
    problem: str = ""
    """Why it cannot be used as configured, such as a missing variable; the other servers still can."""

    @property
    def endpoint(self) -> str:
        """What consent is bound to: the URL or the command line, secrets replaced by a digest of them."""
        if self.in_process is not None or self.ours:
            return f"in-process:{self.name}"
        if self.url is not None:
            return _url_without_secrets(self.url)
        command = shlex.join(_arguments_without_secrets((self.command or "", *self.args)))
        return f"{command} (in {self.cwd})" if self.cwd is not None else command  # `server.py` is another one elsewhere

    def offers(self, tool: str) -> bool:
        """Whether the tool of this name is switched on."""
        return not any(tool == each or fnmatchcase(tool, each) for each in self.disabled_tools)

    @property
    def secrets(self) -> frozenset[str]:
        """Values that must not be shown: what the headers and the environment hold."""
        values = [*self.headers.values(), *self.env.values()]
        return frozenset(part for value in values for part in (value, value.partition(" ")[2]) if len(part) >= 8)


class ServerEntry(BaseModel):
    """An entry of `mcpServers`; unknown keys are other hosts' and are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    type: Literal["stdio", "http", "streamable-http", "streamableHttp", "sse", "ws"] | None = None
    command: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, str] = Field(default_factory=dict)
    cwd: Path | None = None
    url: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    era: Era = "auto"
    trusted: bool = False
    timeout_seconds: float = Field(default=60, gt=0, alias="timeoutSeconds")
    disabled: bool = False
    disabled_tools: tuple[str, ...] = Field(default=(), alias="disabledTools")

    @field_validator("env", "headers", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """Other hosts accept numbers and booleans as values; so do we."""
        if not isinstance(value, dict):
            return value
        return {key: str(item).lower() if isinstance(item, bool) else str(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def parse_entry(name: str, entry: JsonValue, environment: Mapping[str, str]) -> ServerSpec:
    """One entry as a server. What is wrong with it goes to `problem`, so that it does not stop the others."""
    try:
        parsed = ServerEntry.model_validate(_expanded(entry, environment))
        return _spec(name, parsed)
    except SettingsError as error:
        return ServerSpec(name=name, problem=error.message)
    except ValidationError as error:
        first = error.errors()[0]
        key = ", ".join(["", ".".join(str(part) for part in first["loc"])]) if first["loc"] else ""
        return ServerSpec(name=name, problem=f"In the entry of {name}{key}: {PLAIN.get(first['type'], first['msg'])}.")


def _spec(name: str, entry: ServerEntry) -> ServerSpec:
    if not NAME.fullmatch(name):
        raise SettingsError(f"{name!r} cannot name a server: {NAMING}")
    if (entry.command is None) == (entry.url is None):
        raise SettingsError(f"The entry of {name} needs either 'command' or 'url'.")
    if entry.type == "ws":
        raise SettingsError(f"The entry of {name} asks for WebSocket, which MCP does not define. Use 'http' or 'sse'.")
    if entry.url is not None and urlsplit(entry.url).scheme not in {"http", "https"}:
        raise SettingsError(f"The url of {name} must begin with http:// or https://.")
    transports: dict[str | None, Transport] = {"sse": "sse", None: "auto"}
    return ServerSpec(
        name=name,
        url=entry.url,
        headers=entry.headers,
        command=entry.command,
        args=entry.args,
        env=entry.env,
        cwd=entry.cwd,
        era=entry.era,
        transport=transports.get(entry.type, "http"),
        trusted=entry.trusted,
        timeout_seconds=entry.timeout_seconds,
        enabled=not entry.disabled,
        disabled_tools=entry.disabled_tools,
        problem=f"{name} is the name of Deskhand's own server. Choose another." if name.casefold() == OURS else "",
    )


def _expanded(value: JsonValue, environment: Mapping[str, str]) -> JsonValue:
    """The value with every `${NAME}` in its strings replaced.

    Raises:
        SettingsError: a variable is not set and has no default.
    """
    if isinstance(value, dict):
        return {key: _expanded(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item, environment) for item in value]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        name = match[1]
        default: str | None = match[2]
        found = environment.get(name)
        if not found and default is not None:  # as in a shell: unset or empty
            found = default
        if found is None:
            raise SettingsError(f"The variable {name} is not set. Set it, or write ${{{name}:-default}}.")
        return found

    return _VARIABLE.sub(variable, value)


def _digest(secret: str) -> str:
    return f"~{sha256(secret.encode()).hexdigest()[:8]}"


def _url_without_secrets(url: str) -> str:
    parts = urlsplit(url)
    query = urlencode([(key, _digest(value)) for key, value in parse_qsl(parts.query)], safe="~")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def _arguments_without_secrets(arguments: tuple[str, ...]) -> list[str]:
    """`--token abc` and `--token=abc` with a digest in place of `abc`; what may be code, not a secret, stays."""
    shown: list[str] = []
    hide = False
    for argument in arguments:
        flag, equals, value = argument.partition("=")
        if hide:
            shown.append(_hidden(argument))
        elif equals and _holds_a_secret(flag):
            shown.append(f"{flag}={_hidden(value)}")
        else:
            shown.append(argument)
        hide = not hide and not equals and flag.startswith("-") and _holds_a_secret(flag)
    return shown


def _holds_a_secret(option: str) -> bool:
    return _OPTION.fullmatch(option) is not None and is_secret_name(option) and not _STARTS.search(option)


def _hidden(value: str) -> str:
    return value if _CODE.search(value) else _digest(value)
