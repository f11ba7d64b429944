"""One frozen tree of settings, and the only reader of the environment.

Order, strongest first: command line > environment (`DESKHAND_SERVER__PORT`) > `deskhand.toml` > default.
An unknown key is an error. A secret can come from a file: `DESKHAND_MODEL__API_KEY_FILE`.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, cast

from platformdirs import user_config_path, user_data_path
from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError as SourceError

from deskhand.errors import SettingsError
from deskhand.settings_problems import told
from deskhand.trusted_folders import is_trusted

PREFIX = "DESKHAND_"
CONFIG_VARIABLE = "DESKHAND_CONFIG"
"""Environment variable that names the settings file."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Section):
    """Bounds on what one principal can ask of the server."""

    calls_per_minute: int = Field(default=600, gt=0, description="Calls, reads and prompts per principal and minute.")
    concurrent_calls: int = Field(default=16, gt=0, description="Calls of one principal running at the same time.")
    call_seconds: float = Field(default=60, gt=0, description="Time-out of a tool call, unless the tool sets its own.")
    result_tokens: int = Field(default=20_000, gt=0, description="Hard cap on a result; more goes to result://{id}.")
    result_hours: float = Field(default=24, gt=0, description="How long result://{id} is kept.")


class DatabaseSettings(_Section):
    """Where everything that must last is kept."""

    url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host:5432/name; without it, the SQLite file deskhand.db in data_dir.",
    )


class ServerSettings(_Section):
    """The MCP server."""

    host: str = Field(default="127.0.0.1", description="Address to bind.")
    port: int = Field(default=8642, ge=0, le=65535, description="Port; 0 picks a free one.")
    public_url: str | None = Field(default=None, description="URL clients use, when a proxy stands in front.")
    token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Personal token, instead of a minted one (containers); 16 characters or more.",
    )
    auth: bool = Field(default=True, description="Require a bearer token. False only on loopback.")
    allowed_hosts: tuple[str, ...] = Field(default=(), description="More Host header values to accept.")
    allowed_origins: tuple[str, ...] = Field(default=(), description="More Origin header values to accept.")
    body_bytes: int = Field(default=4 * 1024 * 1024, gt=0, description="Largest request body.")
    read_seconds: float = Field(default=10, gt=0, description="Time to send a request's headers, and then its body.")
    shutdown_seconds: float = Field(default=4, gt=0, description="Time for calls in flight to finish on SIGTERM.")
    audit_days: int = Field(default=90, gt=0, le=36_500, description="How long a row of the audit is kept.")
    listen_streams: int = Field(default=2_048, gt=0, description="Open subscriptions/listen streams in all.")
    limits: Limits = Limits()


class ToolsetsSettings(BaseModel):
    """Which toolsets are served; each toolset's own settings are a section of its name beside these."""

    model_config = ConfigDict(frozen=True, extra="allow")

    enabled: tuple[str, ...] = Field(
        default=("core", "weather", "files", "memory", "conversations"),
        description="Built-in names, or 'package.module:Class' for your own.",
    )
    disabled_tools: tuple[str, ...] = Field(default=(), description="Single tools to leave out.")

    @property
    def sections(self) -> dict[str, JsonValue]:
        """The raw section of each toolset that has one; the toolset's own model checks it."""
        return dict(self.model_extra or {})


class ModelSettings(_Section):
    """Which LLM the host uses. Empty means: find one (an API key in the environment, then a local server)."""

    provider: Literal["auto", "openai", "anthropic", "scripted"] = "auto"
    name: str | None = Field(default=None, description="Model name, as the provider knows it.")
    base_url: str | None = Field(default=None, description="Endpoint of an OpenAI-compatible server, with its /v1.")
    api_key: SecretStr | None = Field(default=None, description="Key for the endpoint.")
    token_url: str | None = Field(default=None, description="OAuth token endpoint, for endpoints that need one.")
    token_scope: str | None = Field(default=None, description="Scope to ask the token endpoint for.")
    context_window: int | None = Field(default=None, gt=0, description="Tokens that fit; found by itself if it can be.")
    max_output_tokens: int = Field(default=4_096, gt=0)
    script: Path | None = Field(default=None, description="JSON file for the scripted model.")


class HostSettings(_Section):
    """The assistant."""

    servers: Path | None = Field(default=None, description="mcp.json with more servers; default beside deskhand.toml.")
    max_steps: int = Field(default=25, gt=0, description="Model requests in one turn.")
    system_prompt: str | None = Field(default=None, description="Replaces the built-in system prompt.")
    memory: bool = Field(default=True, description="Show the model what is remembered of you, and when to save.")
    approve: tuple[str, ...] = Field(
        default=("save_memory",), description="What runs without asking: rules such as 'file_*' or 'server:notes'."
    )
    output_tokens: int = Field(default=8_000, gt=0, description="Tool output shown to the model at once.")
    summarize: bool = Field(default=False, description="Let the model sum up what leaves its view; else it is quoted.")
    keyring: bool = Field(default=False, description="Keep sign-ins to remote servers in the system's keyring.")
    client_metadata_url: str | None = Field(
        default=None, description="https URL of this client's metadata document, its id at servers that take one."
    )


class RetrievalSettings(_Section):
    """What makes vectors of texts, so that things said in other words are found. Without, search is by keywords."""

    embeddings: Literal["auto", "minilm", "openai", "ollama", "none"] = Field(
        default="auto",
        description="minilm runs here, openai is any endpoint with /embeddings; auto: minilm if it is installed.",
    )
    model: str | None = Field(default=None, description="The endpoint's name of the embedding model.")
    base_url: str | None = Field(
        default=None, description="The endpoint: with its /v1 for openai, http://127.0.0.1:11434 for ollama."
    )
    api_key: SecretStr | None = Field(default=None, description="Key for the endpoint.")
    weights: Path | None = Field(default=None, description="Folder of the MiniLM files, if not where set-up puts them.")


class Settings(BaseSettings):
    """The whole tree. Make one with `load()`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__")

    data_dir: Path = Field(default_factory=lambda: user_data_path("deskhand"), description="Where state is kept.")
    workspace: Path = Field(
        default_factory=lambda data: data["data_dir"] / "workspace",
        description="The folder the files toolset works in; default: workspace in data_dir.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")
    database: DatabaseSettings = DatabaseSettings()
    server: ServerSettings = ServerSettings()
    toolsets: ToolsetsSettings = ToolsetsSettings()
    model: ModelSettings = ModelSettings()
    host: HostSettings = HostSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    _sources: dict[str, str] = PrivateAttr(default_factory=dict[str, str])

    def set_in(self, sources: Mapping[str, str]) -> Self:
        """The same settings, which know where each dotted key was set."""
        known = self.model_copy()
        known._sources = dict(sources)
        return known

    def origin(self, key: str) -> str:
        """Where a dotted key, or something beneath it, was set."""
        return _origin(key, self._sources)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, then environment, then file."""
        return init_settings, _environment_source(settings_cls), TomlConfigSettingsSource(settings_cls)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with where each given value came from: dotted key -> `command line`, `environment` or a file name."""

    settings: Settings
    sources: Mapping[str, str]


def environment() -> dict[str, str]:
    """A copy of the process environment, for what reads names that are not ours (`OPENAI_API_KEY`, `${VAR}`)."""
    return dict(os.environ)


def unless_set(name: str, value: str) -> None:
    """Set a variable that a library reads when it is imported, unless the person set it."""
    os.environ.setdefault(name, value)


def settings_file(file: Path | None = None) -> Path:
    """The settings file in force: the argument, `DESKHAND_CONFIG`, `./deskhand.toml`, else the user's own.

    Raises:
        SettingsError: there is a `./deskhand.toml`, and nobody has said to trust this folder.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if file is not None or named:
        return file or Path(named or "")
    here, own = Path("deskhand.toml"), user_config_path("deskhand") / "deskhand.toml"
    if not here.is_file() or here.resolve() == own.resolve():
        return own
    if not is_trusted(Path()):
        raise SettingsError(
            "The deskhand.toml of this folder is not trusted yet: it can start programs and approve calls. Read it, "
            "then say `deskhand settings --trust`; or go to another folder."
        )
    return here


def defaults() -> Loaded:
    """The tree as it is when nothing is set; reads no source, so that it is there when one is wrong."""
    return Loaded(Settings.model_construct(), {})


def load(*, file: Path | None = None, overrides: Mapping[str, object] | None = None) -> Loaded:
    """Read the tree from all its sources.

    `overrides` is the command line's share, nested as the tree is.

    Raises:
        SettingsError: a key is unknown or a value is wrong; the message names the key, the value's source and what
            it takes. Also when a file that was named does not exist.
    """
    path = settings_file(file)
    if not path.is_file() and (file is not None or CONFIG_VARIABLE in os.environ):
        raise SettingsError(f"The settings file {path} does not exist.")

    class Bound(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    given = cast("dict[str, Any]", dict(overrides or {}))
    sources: dict[str, str] = {}
    try:
        sources |= dict.fromkeys(_leaves(TomlConfigSettingsSource(Bound)()), str(path))
        sources |= dict.fromkeys(_leaves(_environment_source(Bound)()), "environment")
        sources |= dict.fromkeys(_leaves(given), "command line")
        return Loaded(Bound(**given).set_in(sources), sources)
    except ValidationError as error:
        raise SettingsError(told(error, Settings, lambda key: _origin(key, sources))) from error
    except SourceError as error:
        raise SettingsError(
            f'The environment cannot be read: {error}. A list is JSON there: \'["a", "b"]\'.'
        ) from error
    except ValueError as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error


def _environment_source(settings_cls: type[BaseSettings]) -> EnvSettingsSource:
    source = EnvSettingsSource(settings_cls)
    source.env_vars = _variables()
    return source


def _variables() -> dict[str, str | None]:
    """Our variables, lower-cased as pydantic-settings wants them, with `X_FILE` replaced by X from that file."""
    found: dict[str, str | None] = {}
    for name, value in os.environ.items():
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        section = name.removeprefix(PREFIX).lower().split("__")[0].removesuffix("_file")
        if section not in Settings.model_fields:
            raise SettingsError(f"{name} is not a setting. Sections are: {', '.join(Settings.model_fields)}.")
        if name.endswith("_FILE"):
            found[name.removesuffix("_FILE").lower()] = _secret_from(name, Path(value))
        else:
            found.setdefault(name.lower(), value)
    return found


def _secret_from(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable} names {path}, which cannot be read: {error.strerror}.") from error


def _leaves(tree: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(cast("Mapping[str, object]", value), f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _origin(key: str, sources: Mapping[str, str]) -> str:
    """Where a key, or something beneath it, was set."""
    found = (source for name, source in sources.items() if f"{name}.".startswith(f"{key}."))
    return next(found, "the settings")
