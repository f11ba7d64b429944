"""What an endpoint says of the models it has."""

import re
from collections.abc import Iterable
from typing import cast

_NOT_FOR_CHAT = re.compile(r"embed|rerank|whisper|tts|bge-|clip", re.IGNORECASE)
"""Local servers list these among their models."""


def names_in(answer: object) -> list[str]:
    """The names in an answer to GET /models; none when what answered is no model server."""
    data = cast("dict[str, object]", answer).get("data") if isinstance(answer, dict) else None
    entries = cast("list[object]", data) if isinstance(data, list) else []
    ids = [cast("dict[str, object]", entry).get("id") for entry in entries if isinstance(entry, dict)]
    return [model for model in ids if isinstance(model, str)]


def for_chat(names: Iterable[str]) -> list[str]:
    """Those that can be talked to, as far as names tell."""
    return [name for name in names if not _NOT_FOR_CHAT.search(name)]
