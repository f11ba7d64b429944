"""The how-to pages of providers: the line they show writes the settings they show."""

import shlex
import tomllib
from pathlib import Path

import pytest
from tests.cli.account_commands import Person
from tests.docs.pages import ROOT

ANSWERS = {"nextcloud": "cloud.example.org\n"}
PAGES = ("gmail", "fastmail", "icloud", "nextcloud")


def block(page: str, language: str) -> str:
    """The first block of this language on the page."""
    text = (ROOT / "docs" / "how-to" / f"connect-{page}.md").read_text(encoding="utf-8")
    return text.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.mark.parametrize("page", PAGES)
def test_the_line_writes_the_settings(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    person = Person(tmp_path, monkeypatch, caplog)
    command = shlex.split(block(page, "sh"))
    assert command[0] == "deskhand"
    person.run(*command[1:], "--no-test", "--password-stdin", answer=ANSWERS.get(page, "") + "planted\n")
    written = tomllib.loads(person.settings.read_text())
    shown = tomllib.loads(block(page, "toml"))
    for name, section in written["accounts"].items():
        section["password_file"] = f"/home/ann/.config/deskhand/passwords/{name}"
    assert written == shown


@pytest.mark.parametrize("page", [*PAGES, "outlook"])
def test_each_page_says_that_it_is_not_verified(page: str) -> None:
    text = (ROOT / "docs" / "how-to" / f"connect-{page}.md").read_text(encoding="utf-8")
    assert "*Not verified here: written from " in text
