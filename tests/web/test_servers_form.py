"""What is typed becomes an entry, and an entry fills the form without giving its secrets away."""

import sys
from dataclasses import replace
from typing import Any

import pytest
from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.host.secrets import MASK
from deskhand.host.server_entry import proposed_name
from deskhand.web.servers_form import ServerForm, changes_from, entry_from, filled, words_of

PYTHON = sys.executable


@pytest.mark.parametrize(
    ("form", "entry"),
    [
        pytest.param(ServerForm(target="https://a.example/mcp"), {"url": "https://a.example/mcp"}, id="a URL"),
        pytest.param(
            ServerForm(
                target="https://a.example/sse", transport="sse", secrets="X-Key: ${KEY}\n\n X-Two: a: b ", trusted=True
            ),
            {
                "url": "https://a.example/sse",
                "headers": {"X-Key": "${KEY}", "X-Two": "a: b"},
                "type": "sse",
                "trusted": True,
            },
            id="a URL with all there is",
        ),
        pytest.param(
            ServerForm(target="npx -y 'a b' --x=1", secrets="KEY=v=w", cwd="/srv", timeout="90"),
            {
                "command": "npx",
                "args": ["-y", "a b", "--x=1"],
                "env": {"KEY": "v=w"},
                "cwd": "/srv",
                "timeoutSeconds": 90.0,
            },
            id="a command with all there is",
        ),
        pytest.param(ServerForm(target=PYTHON, transport="sse"), {"command": PYTHON, "args": []}, id="one word"),
    ],
)
def test_a_form_becomes_an_entry(form: ServerForm, entry: dict[str, JsonValue]) -> None:
    assert entry_from(form) == entry


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("https://docs.example.com/mcp", "docs"),
        ("https://mcp.weather.example/", "weather"),
        ("http://127.0.0.1:8000/mcp", "local"),
        ("http://localhost:8000/mcp", "local"),
        ("http://[::1]:8000/mcp", "local"),
        ("npx -y @modelcontextprotocol/server-filesystem /srv", "filesystem"),
        ("uvx mcp-server-git --repository .", "git"),
        ("npx -y some-mcp-server@1.2.3", "some"),
        ("python -m notes", "notes"),
        ("node /opt/shop/server.js", "server"),
        ("/usr/bin/notes-mcp", "notes"),
        ("npx", "server"),
    ],
)
def test_a_name_is_proposed(target: str, name: str) -> None:
    assert proposed_name(words_of(target)) == name


def test_a_name_that_is_taken_gets_a_number() -> None:
    words = words_of("https://docs.example.com/mcp")
    assert proposed_name(words, {"docs"}) == "docs-2"
    assert proposed_name(words, {"docs", "docs-2"}) == "docs-3"


KEPT: dict[str, JsonValue] = {
    "url": "https://a.example/mcp?key=hush-hush",
    "headers": {"X-Key": "hush-hush", "X-Named": "Bearer ${TOKEN}"},
    "type": "streamable-http",
    "disabledTools": ["drop"],
    "other": "kept",
}
COMMAND: dict[str, JsonValue] = {
    "command": PYTHON,
    "args": ["serve.py", "--token", "hush-hush"],
    "env": {"API_KEY": "hush-hush", "LEVEL": "${LEVEL:-hush-hush}"},
    "cwd": "/srv",
}


@pytest.mark.parametrize("entry", [KEPT, COMMAND], ids=["a URL", "a command"])
def test_the_form_of_an_entry_shows_no_secret_and_saves_as_what_it_was(entry: dict[str, JsonValue]) -> None:
    form = filled("a", entry)
    assert "hush-hush" not in str(form)
    changed = {key: value for key, value in (entry | changes_from(form, entry)).items() if value is not None}
    assert changed == entry


def test_a_variable_is_shown_for_it_is_no_secret() -> None:
    assert filled("a", KEPT).secrets == f"X-Key: {MASK}\nX-Named: Bearer ${{TOKEN}}"


def test_a_target_without_secrets_is_there_to_be_edited() -> None:
    assert filled("a", {"command": "npx", "args": ["-y", "a b"]}).target == "npx -y 'a b'"


def test_a_url_in_place_of_a_command_leaves_nothing_of_it() -> None:
    changes: dict[str, Any] = changes_from(ServerForm(target="https://a.example/mcp"), COMMAND)
    assert {key for key, value in changes.items() if value is not None} == {"url"}
    assert {"command", "args", "env", "cwd"} <= set(changes)


@pytest.mark.parametrize(
    ("form", "entry"),
    [
        pytest.param(ServerForm(target="https://b.example/mcp"), KEPT, id="another host"),
        pytest.param(ServerForm(target="https://a.example/mcp?key=else"), KEPT, id="another key"),
        pytest.param(ServerForm(target=f"{PYTHON} other.py"), COMMAND, id="another command"),
        pytest.param(ServerForm(cwd="/tmp"), COMMAND, id="another folder"),
    ],
)
def test_trust_and_kept_values_are_not_handed_on_to_another_server(
    form: ServerForm, entry: dict[str, JsonValue]
) -> None:
    assert changes_from(form, {**entry, "trusted": True})["trusted"] is None
    masked = filled("a", entry).secrets
    with pytest.raises(InvalidInput, match="given for another URL or command"):
        changes_from(replace(form, secrets=masked), entry)


def test_trust_stays_where_the_server_is_the_same() -> None:
    kept: dict[str, JsonValue] = {**KEPT, "trusted": True}
    assert changes_from(replace(filled("a", kept), timeout="90"), kept)["trusted"] is True


def test_a_mask_that_stands_for_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Type the value of X-New"):
        entry_from(ServerForm(target="https://a.example/mcp", secrets=f"X-New: {MASK}"), KEPT)
