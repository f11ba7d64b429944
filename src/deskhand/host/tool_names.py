"""Names of tools as a model may call them: at most 64 of `[a-zA-Z0-9_-]`, each once."""

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

LONGEST = 64
"""What the model providers accept (OpenAI and Anthropic: `^[a-zA-Z0-9_-]{1,64}$`)."""

_DIGEST = 6


def names_for(tools: Sequence[tuple[str, str]]) -> list[str]:
    """A name for each (server, tool): the tool's own, or `server__tool` where several would have the same."""
    plain = [_allowed(tool) for _, tool in tools]
    count = Counter(plain)
    wanted = [
        name if count[name] == 1 else _allowed(f"{server}__{tool}")
        for name, (server, tool) in zip(plain, tools, strict=True)
    ]
    taken = Counter(wanted)
    return [
        name if taken[name] == 1 else _with_digest(name, f"{server}/{tool}")
        for name, (server, tool) in zip(wanted, tools, strict=True)
    ]


def _allowed(name: str) -> str:
    clean = re.sub(r"[^a-zA-Z0-9_-]", "_", name) or "tool"
    return clean if len(clean) <= LONGEST else _with_digest(clean, name)


def _with_digest(name: str, full: str) -> str:
    return f"{name[: LONGEST - _DIGEST - 1]}_{sha256(full.encode()).hexdigest()[:_DIGEST]}"
