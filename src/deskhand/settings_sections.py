"""The sections of the settings tree; `settings.py` puts them together and reads them."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr


class Section(BaseModel):
    """Base of a section: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(Section):
    """Bounds on what one principal can ask of the server."""

    calls_per_minute: int = Field(default=600, gt=0, description="Calls, reads and prompts per principal and minute.")
    concurrent_calls: int = Field(default=16, gt=0, description="Calls of one principal running at the same time.")
    call_seconds: float = Field(default=60, gt=0, description="Time-out of a tool call, unless the tool sets its own.")
    result_tokens: int = Field(default=20_000, gt=0, description="Hard cap on a result; more goes to result://{id}.")
    result_hours: float = Field(default=24, gt=0, description="How long result://{id} is kept.")


class DatabaseSettings(Section):
    """Where everything that must last is kept."""

    url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host:5432/name; without it, the SQLite file deskhand.db in data_dir.",
    )


class ServerSettings(Section):
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
    page: bool = Field(
        default=False, description="Serve the web page too, as `deskhand up` does: chat, console, inspector."
    )
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
        default=("core", "weather", "files", "memory", "conversations", "email", "calendar", "sheets"),
        description="Built-in names, or 'package.module:Class' for your own.",
    )
    disabled_tools: tuple[str, ...] = Field(default=(), description="Single tools to leave out.")

    @property
    def sections(self) -> dict[str, JsonValue]:
        """The raw section of each toolset that has one; the toolset's own model checks it."""
        return dict(self.model_extra or {})


class ModelSettings(Section):
    """Which LLM the host uses. Empty means: find one (an API key in the environment, then a local server)."""

    provider: Literal["auto", "openai", "anthropic", "scripted"] = Field(
        default="auto", description="Whose protocol is spoken; `openai` for every endpoint that is compatible with it."
    )
    name: str | None = Field(default=None, description="Model name, as the provider knows it.")
    base_url: str | None = Field(default=None, description="Endpoint of an OpenAI-compatible server, with its /v1.")
    api_key: SecretStr | None = Field(default=None, description="Key for the endpoint.")
    token_url: str | None = Field(default=None, description="OAuth token endpoint, for endpoints that need one.")
    token_scope: str | None = Field(default=None, description="Scope to ask the token endpoint for.")
    context_window: int | None = Field(default=None, gt=0, description="Tokens that fit; found by itself if it can be.")
    max_output_tokens: int = Field(default=4_096, gt=0, description="Tokens that one answer may take.")
    script: Path | None = Field(default=None, description="JSON file for the scripted model.")


class HostSettings(Section):
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


class RetrievalSettings(Section):
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
