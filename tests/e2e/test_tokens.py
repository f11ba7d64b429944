"""`deskhand token`, as far as it needs no server."""

import json
from pathlib import Path

import pytest
from tests.e2e.in_process import deskhand_in


def test_tokens_are_listed_without_their_secrets(tmp_path: Path) -> None:
    secret = deskhand_in(
        tmp_path, "token", "create", "--subject", "ann", "--label", "laptop", "--expires", "30d"
    ).stdout.strip()
    listed = deskhand_in(tmp_path, "token", "list")
    as_json = [json.loads(line) for line in deskhand_in(tmp_path, "token", "list", "--json").stdout.splitlines()]
    assert secret.startswith("dh_")
    assert secret not in listed.stdout
    assert "ann" in listed.stdout
    assert "laptop" in listed.stdout
    assert [each["state"] for each in as_json] == ["active"]
    assert as_json[0]["expires"] > as_json[0]["created"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scope", "files"), "is not a scope"),
        (("--scope", "fils:read"), "no toolset 'fils'"),
        (("--expires", "soon"), "is not a lifetime"),
        (("--expires", "0d"), "is not a lifetime"),
        (("--subject", " "), "needs a subject"),
    ],
)
def test_a_token_that_cannot_be_made_is_explained(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = deskhand_in(tmp_path, "token", "create", *arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_revoking_an_unknown_token_is_explained(tmp_path: Path) -> None:
    done = deskhand_in(tmp_path, "token", "revoke", "nope")
    assert done.exit_code == 2
    assert "deskhand token list" in done.stderr
