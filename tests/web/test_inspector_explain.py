"""The table of methods: complete, true to the SDK's types in senders and revisions, with links that lead somewhere."""

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import mcp_types
import mcp_types.methods as sdk
import pytest
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS, LATEST_MODERN_VERSION
from pydantic import BaseModel, JsonValue

from deskhand.web.explain import DOCS, FIRST, MODERN, error_codes, methods, words, words_in

ROOT = Path(__file__).parents[2]
TASKS = "2025-11-25"
"""The one revision with tasks, which the SDK has types of, but no tables."""


def of_the_types() -> set[str]:
    """The methods of every request and notification class."""
    models = [each for each in vars(mcp_types).values() if isinstance(each, type) and issubclass(each, BaseModel)]
    defaults = {each.model_fields["method"].default for each in models if "method" in each.model_fields}
    return {each for each in defaults if isinstance(each, str)}


def of_the_tables() -> dict[str, dict[str, set[str]]]:
    """For each method, who sends it in which revisions."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for sender, tables in {
        "client": (sdk.CLIENT_REQUESTS, sdk.CLIENT_NOTIFICATIONS),
        "server": (sdk.SERVER_REQUESTS, sdk.SERVER_NOTIFICATIONS),
    }.items():
        for table in tables:
            for method, revision in table:
                found[method][sender].add(revision)
    return found


def test_the_table_has_every_method_of_the_protocol_and_no_other() -> None:
    assert (
        set(methods()) == of_the_types() == set(of_the_tables()) | {name for name in of_the_types() if "tasks/" in name}
    )


@pytest.mark.parametrize("name", sorted(of_the_types()))
def test_a_method_is_told_with_its_senders_and_revisions(name: str) -> None:
    method, senders = methods()[name], of_the_tables().get(name, {"client": {TASKS}, "server": {TASKS}})
    assert method.sender == ("both" if len(senders) == 2 else next(iter(senders)))
    revisions = {revision for each in senders.values() for revision in each}
    assert (method.first, method.last) == (min(revisions), max(revisions))
    assert 40 < len(method.text) < 400
    assert (method.answer == "") == name.startswith("notifications/")
    assert method.text.rstrip().endswith((".", "?"))
    assert method.text.count("`") % 2 == 0


def test_revisions_are_told_in_words() -> None:
    assert methods()["tools/call"].revisions == "every revision"
    assert methods()["ping"].revisions == "up to 2025-11-25: the handshake era"
    assert methods()["elicitation/create"].revisions == "2025-06-18 to 2025-11-25"
    assert methods()["server/discover"].revisions == "2026-07-28 only"


def test_links_lead_to_headings_of_our_page_and_to_a_revision_of_the_specification() -> None:
    page = (ROOT / "docs/explanation/how-mcp-works.md").read_text()
    headings = [line.lstrip("# ") for line in page.splitlines() if line.startswith("#")]
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert {method.anchor for method in methods().values()} <= anchors
    for method in methods().values():
        assert method.spec_url.startswith(f"https://modelcontextprotocol.io/specification/{method.last}/")


def test_the_address_of_the_documentation_is_that_of_the_project() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Documentation"] == DOCS


def test_the_first_and_the_modern_revision_are_the_protocols() -> None:
    assert (KNOWN_PROTOCOL_VERSIONS[0], LATEST_MODERN_VERSION) == (FIRST, MODERN)


def test_every_error_code_of_the_sdk_is_told() -> None:
    codes = {
        value for name, value in vars(mcp_types).items() if name.isupper() and isinstance(value, int) and value < 0
    }
    assert len(codes) > 5
    assert codes <= set(error_codes())


def test_every_meta_key_of_the_sdk_is_told() -> None:
    keys = {value for name, value in vars(mcp_types).items() if name.endswith("_META_KEY")}
    assert len(keys) > 3
    assert keys <= set(words())


def test_the_words_of_a_message_are_told_once_and_those_of_a_tools_arguments_are_not_the_protocols() -> None:
    message: JsonValue = {
        "params": {"_meta": {"progressToken": 3}, "arguments": {"ttlMs": 1}, "more": [{"progressToken": 4}]}
    }
    assert [word.name for word in words_in(message)] == ["progressToken"]


def test_the_code_of_an_error_is_told() -> None:
    assert [word.name for word in words_in({"error": {"code": -32601, "message": "?"}})] == ["error -32601"]
    assert words_in({"error": {"code": 7}}) == words_in({"error": "x"}) == words_in(None) == []
