"""How many tokens fit into a model, asked of the servers that tell."""

import re
from collections.abc import Mapping
from typing import cast

import anyio

from deskhand.models.endpoint import Endpoint

UNKNOWN_LOCAL = 8_192
"""Tokens, for a local server that does not tell: what small set-ups hold."""
_SECONDS = 2.0


async def told_window(endpoint: Endpoint, model: str) -> int | None:
    """The context window of `model` in tokens, as its server tells it; None when it does not.

    What the server has set aside now (Ollama `/api/ps`, LM Studio `loaded_context_length`, llama.cpp `n_ctx`) counts
    before what the model was made for: Ollama cuts a longer prompt without a word.
    """
    root = endpoint.base_url.removesuffix("/v1")
    answers: dict[str, object] = {}

    async def ask(key: str, url: str, body: object = None) -> None:
        answers[key] = await endpoint.ask(url, seconds=_SECONDS, body=body)

    async def ask_for_models() -> None:
        answers["models"] = await endpoint.ask_for_models(_SECONDS)

    async with anyio.create_task_group() as group:
        group.start_soon(ask, "running", f"{root}/api/ps")
        group.start_soon(ask, "show", f"{root}/api/show", {"model": model})
        group.start_soon(ask, "props", f"{root}/props")
        group.start_soon(ask, "lmstudio", f"{root}/api/v0/models")
        group.start_soon(ask_for_models)
    found = (
        _count(_entry(answers["running"], "models", model).get("context_length")),
        _ollama_parameter(answers["show"]),
        _count(_entry(answers["lmstudio"], "data", model).get("loaded_context_length")),
        _count(_fields(_fields(answers["props"]).get("default_generation_settings")).get("n_ctx")),
        _listed(_entry(answers["models"], "data", model)),
    )
    return next((tokens for tokens in found if tokens), None)


def _ollama_parameter(show: object) -> int | None:
    """`num_ctx` of an Ollama model's file. Without one Ollama chooses by memory, whatever the model was trained for."""
    parameters = _fields(show).get("parameters")
    match = re.search(r"^num_ctx\s+(\d+)", parameters, re.MULTILINE) if isinstance(parameters, str) else None
    return int(match[1]) if match else None


def _listed(entry: Mapping[str, object]) -> int | None:
    """What the model list says: vLLM, OpenRouter, Groq, Anthropic."""
    for key in ("max_model_len", "context_length", "context_window", "max_input_tokens"):
        if tokens := _count(entry.get(key)):
            return tokens
    return None


def _entry(answer: object, key: str, model: str) -> dict[str, object]:
    entries = _fields(answer).get(key)
    for entry in cast("list[object]", entries) if isinstance(entries, list) else []:
        fields = _fields(entry)
        if model in (fields.get("id"), fields.get("name"), fields.get("model")):
            return fields
    return {}


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
