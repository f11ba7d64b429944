"""Text from outside, made safe for a terminal.

What a tool, a server or a model writes may hold control sequences that move the cursor, rewrite what is on the screen,
set the title or fill the clipboard (ECMA-48, xterm's OSC 52). None of them reaches the terminal: everything the screen
shows of others goes through here.
"""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

from deskhand.visible import visible

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
"""Colours (ECMA-48 SGR) are common in honest output, and dropped rather than shown."""


def printable(text: str) -> str:
    r"""`text` with colours dropped and every other control or invisible character shown, such as `\x1b`."""
    return visible(_COLOUR.sub("", text).replace("\r\n", "\n"))


def one_line(text: str, limit: int = 200) -> str:
    """`printable` text on one line of at most `limit` characters; an ellipsis says that it goes on."""
    line = " ".join(printable(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def arguments_line(arguments: Mapping[str, JsonValue] | None, raw: str = "", limit: int = 400) -> str:
    """A call's arguments on one line: `state=CA, days=3`; `raw` where they are not a JSON object."""
    if arguments is None:
        return one_line(raw, limit)
    return one_line(", ".join(f"{key}={_short(value)}" for key, value in arguments.items()), limit)


def _short(value: JsonValue) -> str:
    if isinstance(value, str):
        return one_line(value, 60) if value.strip() else json.dumps(value)
    return one_line(json.dumps(value, ensure_ascii=False), 60)
