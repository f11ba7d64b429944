"""What the documentation says exists: links, commands, settings, files; and what it shows is well-formed."""

import ast
import json
import os
import re
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import get_args, get_origin

import click
import pytest
import yaml
from mcp_types import JSONRPCMessage
from pydantic import BaseModel, TypeAdapter
from tests.docs.pages import ROOT, Block, Page, commands, pages

from deskhand.cli import cli
from deskhand.settings import Settings

PAGES = {page.path: page for page in pages()}
BLOCKS = [block for page in PAGES.values() for block in page.blocks]
JSON_RPC: TypeAdapter[JSONRPCMessage] = TypeAdapter(JSONRPCMessage)
NOT_SETTINGS = {"DESKHAND_CONFIG", "DESKHAND_A__B", "DESKHAND_A__B_FILE", "DESKHAND_PORT"}
"""Named in the docs as what they are: the file of settings, a pattern, and a counter-example."""


def in_language(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def broken_links(page: Page) -> Iterator[str]:
    for link in page.links:
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = os.path.normpath(PurePosixPath(page.path).parent / target) if target else page.path
        if not (ROOT / path).exists():
            yield f"{page.path}: {link} leads nowhere."
        elif anchor and path in PAGES and anchor not in PAGES[path].anchors:
            yield f"{page.path}: {path} has no heading #{anchor}."


def broken_command(arguments: list[str]) -> str:
    """What click says to the arguments, without running the command; empty when it takes them."""
    group: click.Command = cli
    context = click.Context(cli, info_name="deskhand")
    try:
        while isinstance(group, click.Group):
            if not arguments:
                return "Missing command"
            name, found, arguments = group.resolve_command(context, list(arguments))
            assert found is not None
            context, group = click.Context(found, info_name=name, parent=context), found
        parsed = group.make_context(context.info_name, list(arguments), parent=context.parent)
    except click.exceptions.Exit:  # --help
        return ""
    except click.UsageError as error:
        return error.format_message()
    first = next(iter(parsed.params.get("target") or ("",)))
    return f"No such option: {first}" if first.startswith("-") else ""


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_somewhere(path: str) -> None:
    assert list(broken_links(PAGES[path])) == []


def test_a_broken_link_is_found() -> None:
    pictures = '<source media="(x)" srcset="images/none.png"><img alt="a" src="images/none.png">'
    page = Page("docs/index.md", f"[a](nowhere.md) [b](index.md#no-such-heading) [c](https://example.com) {pictures}")
    assert len(list(broken_links(page))) == 4


def test_every_page_is_on_the_map() -> None:
    linked = {os.path.normpath(f"docs/{link.partition('#')[0]}") for link in PAGES["docs/index.md"].links}
    missing = {path for path in PAGES if path.startswith("docs/") and not {path, os.path.dirname(path)} & linked}
    assert missing == {"docs/index.md"}


@pytest.mark.parametrize("path", [path for path, page in PAGES.items() if page.commands])
def test_every_command_to_type_is_one(path: str) -> None:
    assert [(shown, broken_command(shown)) for shown in PAGES[path].commands if broken_command(shown)] == []


@pytest.mark.parametrize("path", [path for path, page in PAGES.items() if page.mentions])
def test_every_command_in_the_text_exists(path: str) -> None:
    shown = [arguments for arguments in PAGES[path].mentions if not is_pattern(arguments)]
    problems = [(each, broken_command(each)) for each in shown]
    assert [(each, problem) for each, problem in problems if problem and not problem.startswith("Missing")] == []


def is_pattern(arguments: list[str]) -> bool:
    """`deskhand check NAME` and `deskhand servers …` stand for many commands."""
    return any(re.fullmatch(r"[A-Z]{2,}|…|\[.*", argument) for argument in arguments)


@pytest.mark.parametrize(
    "shell",
    [
        "deskhand nosuch",
        "deskhand serve --nosuch",
        'x="$(deskhand token creat)"',
        "cat a | deskhand ask --jsn",
        "deskhand trace --nosuch x",
        "deskhand install netscape",
        "deskhand trace --json -- deskhand serv",
    ],
)
def test_a_command_that_does_not_exist_is_found(shell: str) -> None:
    assert any(broken_command(arguments) for arguments in commands(shell))


def test_what_is_no_command_is_not_taken_for_one() -> None:
    shell = "kubectl --namespace deskhand create secret\n# deskhand nosuch\ncd deskhand && ls"
    assert list(commands(shell)) == []


@pytest.mark.parametrize("block", in_language("python"), ids=lambda block: block.page)
def test_python_shown_is_python(block: Block) -> None:
    ast.parse(textwrap.dedent(block.text))


@pytest.mark.parametrize("block", in_language("yaml"), ids=lambda block: block.page)
def test_yaml_shown_is_yaml(block: Block) -> None:
    assert list(yaml.safe_load_all(block.text))


@pytest.mark.parametrize("block", in_language("json"), ids=lambda block: block.page)
def test_json_shown_is_json(block: Block) -> None:
    shown = json.loads(block.text)
    if isinstance(shown, dict) and "jsonrpc" in shown:
        JSON_RPC.validate_python(shown)


@pytest.mark.parametrize("block", in_language("toml"), ids=lambda block: block.page)
def test_settings_shown_are_settings(block: Block) -> None:
    Settings.model_validate(tomllib.loads(block.text))


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.file], ids=lambda block: block.page)
def test_code_shown_is_code_that_runs(block: Block) -> None:
    assert block.file
    assert block.text in (ROOT / block.file).read_text("utf-8"), f"{block.page} and {block.file} differ"


def test_every_variable_named_is_a_setting() -> None:
    named = {name for page in PAGES.values() for name in re.findall(r"(?<![A-Z_])DESKHAND_[A-Z_]*[A-Z]", page.text)}
    wrong = {
        name for name in named - NOT_SETTINGS if not is_setting(name.removeprefix("DESKHAND_").lower().split("__"))
    }
    assert wrong == set()


def is_setting(path: list[str], model: type[BaseModel] = Settings) -> bool:
    for number, name in enumerate(path):
        if path[:number] == ["toolsets"]:
            return True  # a toolset's own section
        field = model.model_fields.get(name) or model.model_fields.get(name.removesuffix("_file"))
        if field is None:
            return False
        kind = field.annotation
        if get_origin(kind) is dict:  # sections by a name of the person's choice
            return len(path) < number + 3 or is_setting(path[number + 2 :], get_args(kind)[1])
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            model = kind
        elif inner := [each for each in get_args(kind) if isinstance(each, type) and issubclass(each, BaseModel)]:
            model = inner[0]
    return True
