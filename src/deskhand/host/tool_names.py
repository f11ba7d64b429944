"""Names of tools as a model may call them: at most 64 of `[a-zA-Z0-9_-]`, each once."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import sha256

LONGEST = 64
"""What the model providers accept (OpenAI and Anthropic: `^[a-zA-Z0-9_-]{1,64}$`)."""

READ_OUTPUT = "read_output"
SEARCH_CONVERSATION = "search_conversation"
FIND_TOOLS = "find_tools"
OWN = (READ_OUTPUT, SEARCH_CONVERSATION, FIND_TOOLS)
"""The host's own tools: a server's of that name gets its server's name in front."""

_DIGEST = 6


def names_for(tools: Sequence[tuple[str, str]], servers: Collection[str] = ()) -> list[str]:
    """A name for each (server, tool): the tool's own, or `server__tool` where several would have the same.

    Also where the own name would pass for one of the host's, or for one of another server: `servers` are all there are.
    """
    plain = [_allowed(tool) for _, tool in tools]
    count = Counter([*plain, *OWN])
    wanted = [
        name if count[name] == 1 and not _passes_for(name, server, servers) else _allowed(f"{server}__{tool}")
        for name, (server, tool) in zip(plain, tools, strict=True)
    ]
    taken = Counter(wanted)
    return [
        name if taken[name] == 1 else _with_digest(name, f"{server}/{tool}")
        for name, (server, tool) in zip(wanted, tools, strict=True)
    ]


def _passes_for(name: str, server: str, servers: Collection[str]) -> bool:
    """Whether the name of a server's tool looks like `other__tool`, to the model and to rules of approval."""
    return any(name.startswith(f"{_allowed(other)}__") for other in servers if other != server)


def _allowed(name: str) -> str:
    clean = re.sub(r"[^a-zA-Z0-9_-]", "_", name) or "tool"
    return clean if len(clean) <= LONGEST else _with_digest(clean, name)


def _with_digest(name: str, full: str) -> str:
    return f"{name[: LONGEST - _DIGEST - 1]}_{sha256(full.encode()).hexdigest()[:_DIGEST]}"
