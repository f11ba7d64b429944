"""What `deskhand up` says when it is up: first how to look, then how to connect."""

import shlex
from pathlib import Path

from deskhand.settings import Settings


def how_to_connect(url: str, link: str | None, settings: Settings, token_file: Path) -> str:
    """The lines. `url` is that of the MCP server, `link` the one-time link to the page."""
    token = "$DESKHAND_SERVER__TOKEN" if settings.server.token else f"$(cat {shlex.quote(str(token_file))})"
    hello = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        '"capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}'
    )
    return "\n".join(
        [
            *([] if link is None else ["Open this in your browser (the link works once):", "", f"  {link}", ""]),
            f"Deskhand is at {url}  (Ctrl-C stops it)",
            "",
            "Page:     `deskhand link` prints another link, for another browser",
            "Connect:  deskhand install claude-desktop   (or claude-code, cursor, vscode)",
            "Talk:     deskhand chat",
            f"Toolsets: {', '.join(settings.toolsets.enabled)}",
            f"Files:    {settings.workspace}",
            *_memory_by_words(settings),
            f"Token:    {token_file if settings.server.token is None else 'the one in your settings'}",
            f"By hand:  curl {url} -H 'Content-Type: application/json' \\",
            "            -H 'Accept: application/json, text/event-stream' \\",
            f'            -H "Authorization: Bearer {token}" \\',
            f"            -d '{hello}'",
        ]
    )


def _memory_by_words(settings: Settings) -> list[str]:
    """One line where memories are found by their words only."""
    if "memory" not in settings.toolsets.enabled:
        return []
    from deskhand.retrieval.weights import candidates, problem_of

    wanted = settings.retrieval
    folders = [wanted.weights] if wanted.weights else candidates(settings.data_dir)
    local = wanted.embeddings in ("auto", "minilm")
    if wanted.embeddings != "none" and not (local and all(map(problem_of, folders))):
        return []
    return ["Memory:   found by words only, see `deskhand embeddings status`"]
