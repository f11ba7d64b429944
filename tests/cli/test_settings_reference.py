"""The generated reference of the settings lists what can be set, where a section's name is one's own choice too."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, SecretStr

from deskhand.reference import settings_block
from deskhand.settings import Settings, load
from deskhand.settings_accounts import AccountSettings, OAuthSettings

BLOCK = settings_block(Settings)


def rows(block: str) -> dict[str, list[str]]:
    """The cells of each row, by its key."""
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.splitlines()]
    return {row[0].strip("`"): row[1:] for row in cells if row[0].startswith("`")}


def test_each_key_of_an_account_is_listed_with_its_meaning() -> None:
    keys = {f"accounts.NAME.{key}" for key in AccountSettings.model_fields if key != "oauth"}
    keys |= {f"accounts.NAME.oauth.{key}" for key in OAuthSettings.model_fields}
    listed = {key: row for key, row in rows(BLOCK).items() if key.startswith("accounts")}
    assert listed.keys() == keys
    assert all(row[-1] for row in listed.values()), "each says what it is for"
    assert listed["accounts.NAME.hourly"] == [
        "`DESKHAND_ACCOUNTS__NAME__HOURLY`",
        "int",
        "`20`",
        "Most that is sent in an hour without asking.",
    ]


def test_the_variables_listed_for_an_account_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [row[0].strip("`") for key, row in rows(BLOCK).items() if key.startswith("accounts.NAME.")]
    given = {"KEYRING": "true", "SECURITY": "none", "ALLOW": '["x"]', "HOURLY": "7", "POLL_SECONDS": "7"}
    for variable in filter(None, found):
        monkeypatch.setenv(variable.replace("__NAME__", "__WORK__", 1), given.get(variable.rpartition("__")[2], "x"))
    (tmp_path / "deskhand.toml").touch()
    account = load(file=tmp_path / "deskhand.toml").settings.accounts["work"]
    assert account.oauth is not None
    unset = [
        key for model in (account, account.oauth) for key in type(model).model_fields.keys() - model.model_fields_set
    ]
    assert unset == ["password_file"], "which has no variable: such a one gives the password"


def test_a_section_that_need_not_be_there_and_those_of_each_name_are_found() -> None:
    class Leaf(BaseModel):
        secret: SecretStr = Field(description="Said to nobody.")

    class Tree(BaseModel):
        words: dict[str, str] = Field(default={}, description="No section.")
        either: int | str | None = Field(default=None, description="No section either.")
        perhaps: Leaf | None = Field(default=None, description="Perhaps.")
        many: dict[str, Leaf] = {}

    block = settings_block(Tree)
    assert list(rows(block)) == ["words", "either", "perhaps.secret", "many.NAME.secret"]
    assert rows(block)["perhaps.secret"][1:] == ["secret", "required", "Said to nobody."]
    assert re.findall("^## (.*)", block, re.MULTILINE) == ["Top level", "perhaps", "many.NAME"]
    assert "## perhaps\n\nPerhaps.\n" in block
