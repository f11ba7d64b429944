"""An MCP server over standard input and output that puts hostile texts wherever a server can put a text.

It writes the protocol (2025-11-25) itself, as the SDK would refuse to send some of it. The texts are those of
`tests/web/xss.py`, given as a JSON file of `{name: text}`.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PAYLOADS: Mapping[str, str] = json.loads(Path(sys.argv[1]).read_text())
TEXTS = list(PAYLOADS.values())
ALL = "\n\n".join(TEXTS)
READS = {"readOnlyHint": True, "title": TEXTS[0]}
ASKED = "question"
"""The id of our request to the client."""

waiting: list[Any] = []
"""The ids of the calls that wait for the client's answer."""


def send(**message: Any) -> None:
    """One line, in ASCII: so a text cannot end it."""
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def schema(kinds: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """An object with a property of each name, with each text in its words."""
    properties = {text: {"title": text, "description": text, **kinds(text)} for text in TEXTS}
    return {"type": "object", "title": TEXTS[0], "properties": properties}


def text_with_default(text: str) -> dict[str, Any]:
    return {"type": "string", "default": text}


def one_of(text: str) -> dict[str, Any]:
    return {"type": "string", "enum": [text, "x"], "enumNames": [text, "x"]}


def tools() -> list[dict[str, Any]]:
    """One for each text, and a few that can be called. The host takes no definition above 64 KiB."""
    each = [
        {"name": text, "title": text, "description": text, "inputSchema": schema_of_one(text), "annotations": READS}
        for text in TEXTS
    ]
    every = {"title": TEXTS[0], "description": ALL, "inputSchema": schema(text_with_default), "annotations": READS}
    every["outputSchema"] = {"type": "object", "properties": {text: {} for text in TEXTS}}
    asks = {"title": "ask", "description": ALL, "inputSchema": {"type": "object"}, "annotations": READS}
    danger = {"title": ALL, "description": ALL, "inputSchema": {"type": "object"}}
    return [
        *each,
        {"name": "every", **every},
        {"name": "ask", **asks},
        {"name": "danger", **danger, "annotations": {"destructiveHint": True}},
    ]


def schema_of_one(text: str) -> dict[str, Any]:
    return {"type": "object", "properties": {text: {"title": text, "description": text, **one_of(text)}}}


def result() -> dict[str, Any]:
    """Every kind of content with every text in every field."""
    content: list[dict[str, Any]] = []
    for text in TEXTS:
        link = {"uri": text, "name": text, "title": text, "description": text, "mimeType": text}
        content += [
            {"type": "text", "text": text},
            {"type": "resource_link", **link},
            {"type": "image", "data": "PHN2Zy8+", "mimeType": text},
            {"type": "audio", "data": "PHN2Zy8+", "mimeType": text},
            {"type": "resource", "resource": {"uri": text, "mimeType": "text/html", "text": text}},
        ]
    image = {"type": "image", "data": "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+", "mimeType": "image/svg+xml"}
    return {"content": [*content, image], "structuredContent": {text: [text, {text: text}] for text in TEXTS}}


def call(number: Any, params: dict[str, Any]) -> None:
    """A tool: `ask` puts a form to the person first."""
    token = params.get("_meta", {}).get("progressToken")
    for done, text in enumerate(TEXTS if token is not None else ()):
        progress = {"progressToken": token, "progress": done, "total": len(TEXTS), "message": text}
        send(method="notifications/progress", params=progress)
    if params["name"] == "ask":
        waiting.append(number)
        send(id=ASKED, method="elicitation/create", params={"message": ALL, "requestedSchema": schema(one_of)})
    else:
        send(id=number, result=result())


def resources() -> list[dict[str, Any]]:
    return [{"uri": text, "name": text, "title": text, "description": text, "mimeType": text} for text in TEXTS]


def read(uri: str) -> dict[str, Any]:
    """As each kind of text that the console shows in its own way."""
    kinds = ["text/markdown", "text/html", "image/svg+xml", "application/json", uri]
    texts = [{"uri": text, "mimeType": "text/markdown", "text": text} for text in TEXTS]
    whole = [{"uri": uri, "mimeType": kind, "text": json.dumps(PAYLOADS) if "json" in kind else ALL} for kind in kinds]
    return {"contents": [*texts, *whole, {"uri": uri, "mimeType": "image/svg+xml", "blob": "PHN2Zy8+"}]}


def prompts() -> list[dict[str, Any]]:
    arguments = [{"name": text, "title": text, "description": text} for text in TEXTS]
    each = [{"name": text, "title": text, "description": text} for text in TEXTS]
    return [*each, {"name": "every", "title": "every", "description": ALL, "arguments": arguments}]


def said() -> dict[str, Any]:
    content = [{"role": role, "content": {"type": "text", "text": ALL}} for role in ("user", "assistant")]
    return {"description": ALL, "messages": content}


def greeting() -> dict[str, Any]:
    offers: dict[str, Any] = {
        "tools": {},
        "resources": {},
        "prompts": {},
        "completions": {},
        "experimental": {TEXTS[0]: {}},
    }
    who = {"name": ALL, "title": ALL, "version": ALL}
    return {"protocolVersion": "2025-11-25", "capabilities": offers, "serverInfo": who, "instructions": ALL}


ANSWERS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "initialize": lambda _: greeting(),
    "ping": lambda _: {},
    "tools/list": lambda _: {"tools": tools()},
    "resources/list": lambda _: {"resources": resources()},
    "resources/templates/list": lambda _: {"resourceTemplates": [{"uriTemplate": "x://{who}", "name": ALL}]},
    "resources/read": lambda params: read(params["uri"]),
    "prompts/list": lambda _: {"prompts": prompts()},
    "prompts/get": lambda _: said(),
    "completion/complete": lambda _: {"completion": {"values": TEXTS[:100]}},
}


def answer(message: dict[str, Any]) -> None:
    """To a request, or to the answer of the person; notifications have none."""
    number, method, params = message.get("id"), str(message.get("method", "")), message.get("params", {})
    if method == "tools/call":
        call(number, params)
    elif method in ANSWERS:
        send(id=number, result=ANSWERS[method](params))
    elif number == ASKED:
        send(id=waiting.pop(), result=result())
    elif method and number is not None:
        send(id=number, error={"code": -32601, "message": ALL, "data": PAYLOADS})


if __name__ == "__main__":
    for line in sys.stdin:
        answer(json.loads(line))
