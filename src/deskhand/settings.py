"""One frozen tree of settings, and the only reader of the environment.

Order, strongest first: command line > environment (`DESKHAND_SERVER__PORT`) > `deskhand.toml` > default.
An unknown key is an error. A secret can come from a file: `DESKHAND_MODEL__API_KEY_FILE`.
"""

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Section):
    """Bounds on what one principal can ask of the server."""

    calls_per_minute: int = Field(default=600, gt=0, description="Tool calls per principal and minute.")
    concurrent_calls: int = Field(default=16, gt=0, description="Calls of one principal running at the same time.")
    call_seconds: float = Field(default=60, gt=0, description="Time-out of a tool call, unless the tool sets its own.")
    result_tokens: int = Field(default=20_000, gt=0, description="Hard cap on a result; more goes to result://{id}.")
    result_hours: float = Field(default=24, gt=0, description="How long result://{id} is kept.")


class ServerSettings(_Section):
    """The MCP server."""

    host: str = Field(default="127.0.0.1", description="Address to bind.")
    port: int = Field(default=8642, ge=0, le=65535, description="Port; 0 picks a free one.")
    public_url: str | None = Field(default=None, description="URL clients use, when a proxy stands in front.")
    auth: bool = Field(default=True, description="Require a bearer token. False only on loopback.")
    allowed_hosts: tuple[str, ...] = Field(default=(), description="More Host header values to accept.")
    allowed_origins: tuple[str, ...] = Field(default=(), description="More Origin header values to accept.")
    body_bytes: int = Field(default=4 * 1024 * 1024, gt=0, description="Largest request body.")
    read_seconds: float = Field(default=10, gt=0, description="Time to send a request's headers, and then its body.")
    shutdown_seconds: float = Field(default=4, gt=0, description="Time for calls in flight to finish on SIGTERM.")
    listen_streams: int = Field(default=2_048, gt=0, description="Open subscriptions/listen streams in all.")
    limits: Limits = Limits()


class ToolsetsSettings(_Section):
    """Which toolsets are served; each toolset's own settings are a section of its name beside these."""

    enabled: tuple[str, ...] = Field(
        default=("core", "weather", "files"),
        description="Built-in names, or 'package.module:Class' for your own.",
    )
    disabled_tools: tuple[str, ...] = Field(default=(), description="Single tools to leave out.")


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
    approve: tuple[str, ...] = Field(default=(), description="Rules such as 'files__*' or 'server:memory'.")
    output_tokens: int = Field(default=8_000, gt=0, description="Tool output shown to the model at once.")


class Settings(_Section):
    """The whole tree."""

    data_dir: Path = Field(default_factory=lambda: user_data_path("deskhand"), description="Where state is kept.")
    workspace: Path = Field(
        default_factory=lambda: user_data_path("deskhand") / "workspace",
        description="The folder the files toolset works in.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    server: ServerSettings = ServerSettings()
    toolsets: ToolsetsSettings = ToolsetsSettings()
    model: ModelSettings = ModelSettings()
    host: HostSettings = HostSettings()
