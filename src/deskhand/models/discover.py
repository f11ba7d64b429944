"""Which model to use: the one in the settings, else by a key in the environment, else a local server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import anyio

from deskhand.errors import InvalidInput, SettingsError
from deskhand.models.anthropic import API_VERSION, AnthropicModel
from deskhand.models.anthropic import DEFAULT_WINDOW as ANTHROPIC_WINDOW
from deskhand.models.credentials import ApiKey, Credentials
from deskhand.models.endpoint import Endpoint
from deskhand.models.listing import for_chat
from deskhand.models.model import Model
from deskhand.models.openai import DEFAULT_WINDOW, OpenAIModel
from deskhand.models.scripted import ScriptedModel
from deskhand.models.token_source import TokenSource
from deskhand.models.window import UNKNOWN_LOCAL, told_window
from deskhand.settings_sections import ModelSettings

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com/v1"
OPENAI_MODEL = "gpt-5.4-mini"
ANTHROPIC_MODEL = "claude-sonnet-5-5"

_PROBE_SECONDS = 1.0
_TOLD = 20
"""Names of models that a message tells at most."""


@dataclass(frozen=True, slots=True)
class Local:
    """A server that may be running on this machine, with its usual address."""

    label: str
    base_url: str


LOCAL_SERVERS = (
    Local("ollama", "http://127.0.0.1:11434/v1"),
    Local("lmstudio", "http://127.0.0.1:1234/v1"),
    Local("llamacpp", "http://127.0.0.1:8080/v1"),
)

NO_MODEL = """No language model was found. There are three ways to get one:
  1. Run one on this machine: install Ollama, then `ollama pull qwen3` (LM Studio and llama.cpp are found too).
  2. Use a provider: set OPENAI_API_KEY or ANTHROPIC_API_KEY in the environment.
  3. Name any OpenAI-compatible endpoint: DESKHAND_MODEL__BASE_URL, DESKHAND_MODEL__NAME, DESKHAND_MODEL__API_KEY.
To look around without a model: `deskhand demo`."""


async def find_model(
    settings: ModelSettings, environment: Mapping[str, str], *, local: Sequence[Local] = LOCAL_SERVERS
) -> Model:
    """The model to use. Close it with `aclose`.

    A key from the environment is only sent to the provider it belongs to, or to the address the environment names.

    Raises:
        SettingsError: there is none; says how to get one.
    """
    return await _model_of(_provider(settings, environment), settings, environment, local)


async def other_model(
    settings: ModelSettings, environment: Mapping[str, str], name: str, *, local: Sequence[Local] = LOCAL_SERVERS
) -> Model:
    """The model of this name, of the provider that `find_model` takes with these settings. Close it with `aclose`.

    Whether the provider has it, it says when it is asked; only where none is configured, the servers that run on this
    machine list what they have.

    Raises:
        InvalidInput: a script answers, which is the only one.
        SettingsError: no server of this machine lists it.
    """
    provider = _provider(settings, environment)
    if provider == "scripted":
        raise InvalidInput("A script answers here (model.script in the settings): there is no other model.")
    return await _model_of(provider, settings.model_copy(update={"name": name}), environment, local)


async def _model_of(
    provider: str, settings: ModelSettings, environment: Mapping[str, str], local: Sequence[Local]
) -> Model:
    if provider == "scripted":
        if settings.script is None:
            raise SettingsError("model.provider is 'scripted', which needs model.script: a JSON file.")
        return ScriptedModel.from_file(settings.script, context_window=settings.context_window or DEFAULT_WINDOW)
    if provider == "anthropic":
        return await _anthropic(settings, environment)
    if provider == "openai":
        return await _openai(settings, environment)
    server, name = await _running(local, settings.name)
    return await _compatible(settings, Endpoint(server.base_url, ApiKey()), name, server.label)


def _provider(settings: ModelSettings, environment: Mapping[str, str]) -> str:
    if settings.provider != "auto":
        return settings.provider
    if settings.script is not None:
        return "scripted"
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    claude = (settings.name or "").startswith("claude") and settings.base_url is None
    if key.startswith("sk-ant-") or claude or "api.anthropic.com" in (settings.base_url or ""):
        return "anthropic"
    if key or settings.base_url or environment.get("OPENAI_API_KEY") or environment.get("OPENAI_BASE_URL"):
        return "openai"
    return "anthropic" if environment.get("ANTHROPIC_API_KEY") and not settings.name else "local"


def _credentials(settings: ModelSettings, environment: Mapping[str, str], provider: str) -> Credentials:
    """The settings' key, else the environment's, unless the settings send it somewhere else than it belongs."""
    header = "x-api-key" if provider == "ANTHROPIC" else "Authorization"
    if settings.api_key is not None:
        key = settings.api_key.get_secret_value()
        if settings.token_url is not None:
            return TokenSource(settings.token_url, key, settings.token_scope)
        return ApiKey(key, "model.api_key", header)
    official = {"OPENAI": OPENAI_URL, "ANTHROPIC": ANTHROPIC_URL}[provider]
    if settings.base_url is None or settings.base_url.startswith(official.removesuffix("v1")):
        return ApiKey(environment.get(f"{provider}_API_KEY", ""), f"{provider}_API_KEY", header)
    return ApiKey("", "model.api_key (not set)", header)


async def _anthropic(settings: ModelSettings, environment: Mapping[str, str]) -> Model:
    credentials = _credentials(settings, environment, "ANTHROPIC")
    base_url = (settings.base_url or environment.get("ANTHROPIC_BASE_URL") or ANTHROPIC_URL).rstrip("/")
    if base_url == ANTHROPIC_URL and not any(credentials.secrets()):
        raise SettingsError("Claude models need a key: set ANTHROPIC_API_KEY, or DESKHAND_MODEL__API_KEY.")
    # The variable is by custom without /v1, the setting by its description with it.
    endpoint = Endpoint(
        base_url if base_url.endswith("/v1") else base_url + "/v1",
        credentials,
        headers={"anthropic-version": API_VERSION},
    )
    return AnthropicModel(
        endpoint,
        settings.name or ANTHROPIC_MODEL,
        context_window=settings.context_window or ANTHROPIC_WINDOW,
        max_output_tokens=settings.max_output_tokens,
    )


async def _openai(settings: ModelSettings, environment: Mapping[str, str]) -> Model:
    credentials = _credentials(settings, environment, "OPENAI")
    base_url = settings.base_url or environment.get("OPENAI_BASE_URL") or OPENAI_URL
    official = base_url.rstrip("/") == OPENAI_URL
    if official and not any(credentials.secrets()):
        raise SettingsError("OpenAI needs a key: set OPENAI_API_KEY, or DESKHAND_MODEL__API_KEY.")
    endpoint = Endpoint(base_url, credentials)
    name = settings.name or (OPENAI_MODEL if official else _first(await _listed(endpoint)))
    if name is None:
        await endpoint.aclose()
        raise SettingsError(f"{endpoint.peer.address} lists no models; is it running? Or set model.name.")
    return await _compatible(settings, endpoint, name, "openai" if official else endpoint.peer.address)


async def _compatible(settings: ModelSettings, endpoint: Endpoint, name: str, label: str) -> Model:
    window = settings.context_window
    if window is None and endpoint.base_url != OPENAI_URL:
        window = await told_window(endpoint, name)
    return OpenAIModel(
        endpoint,
        name,
        label=label,
        context_window=window or (UNKNOWN_LOCAL if endpoint.local else DEFAULT_WINDOW),
        max_output_tokens=settings.max_output_tokens,
    )


async def _running(servers: Sequence[Local], wanted: str | None) -> tuple[Local, str]:
    """The first server, in order, that answers and has a model to chat with (the wanted one, if one is).

    Raises:
        SettingsError: there is none; says how to get one, or which there are.
    """
    listed: dict[Local, list[str]] = {}

    async def probe(server: Local) -> None:
        endpoint = Endpoint(server.base_url, ApiKey())
        try:
            names = await _listed(endpoint)
            listed[server] = await _with_tools(endpoint, names) if server.label == "ollama" else names
        finally:
            await endpoint.aclose()

    async with anyio.create_task_group() as group:
        for server in servers:
            group.start_soon(probe, server)
    for server in servers:
        names = listed[server]
        name = wanted if wanted in names else None if wanted else _first(names)
        if name is not None:
            return server, name
    there = [name for server in servers for name in listed[server]]
    if wanted and there:
        raise SettingsError(f"No model server on this machine lists {wanted}. Listed are: {', '.join(there[:_TOLD])}.")
    raise SettingsError(NO_MODEL)


async def _listed(endpoint: Endpoint) -> list[str]:
    """The models an endpoint lists; none when what answers is no model server."""
    await endpoint.ask_for_models(_PROBE_SECONDS)
    return list(endpoint.listed)


async def _with_tools(endpoint: Endpoint, names: list[str]) -> list[str]:
    """Ollama tells which models can call tools: those first."""
    able: set[str] = set()

    async def ask(name: str) -> None:
        url = endpoint.base_url.removesuffix("/v1") + "/api/show"
        answer = await endpoint.ask(url, seconds=_PROBE_SECONDS, body={"model": name})
        if isinstance(answer, dict) and "tools" in str(cast("dict[str, object]", answer).get("capabilities")):
            able.add(name)

    async with anyio.create_task_group() as group:
        for name in names[:16]:
            group.start_soon(ask, name)
    return sorted(names, key=lambda name: name not in able)


def _first(names: Sequence[str]) -> str | None:
    return next(iter(for_chat(names)), None)
