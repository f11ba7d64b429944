"""A small MCP server over standard input and output, without the SDK: it starts in a moment.

Its tools stand in the file that SHOP_TOOLS names, as `tools/list` gives them; without one it sells bread and burns it.
"""

import json
import os
import sys
from pathlib import Path

TOOLS = [
    {
        "name": "list_bread",
        "title": "List the bread",
        "description": "What there is today.\nIn any order.",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True},
    },
    {"name": "burn_bread", "description": "Burn it all.", "inputSchema": {"type": "object"}},
]


def answer(method: str) -> dict[str, object] | None:
    """The result of a request; None for one it does not know."""
    if method == "initialize":
        information = {"name": "shop", "version": "1"}
        return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": information}
    if method == "tools/list":
        named = os.environ.get("SHOP_TOOLS")
        return {"tools": json.loads(Path(named).read_text()) if named else TOOLS}
    return {} if method == "ping" else None


def main() -> None:
    """Answer until standard input ends."""
    sys.stderr.write(f"open as {os.getpid()}\n")
    sys.stderr.flush()
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        result = answer(request["method"])
        given = {"result": result} if result is not None else {"error": {"code": -32601, "message": "unknown"}}
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **given}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
