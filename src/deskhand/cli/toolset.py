"""`deskhand new-toolset` and `deskhand check`: start a toolset from a working one, and hold it to the rules."""

import re
import shutil
import sys
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskhand.errors import DeskhandError

if TYPE_CHECKING:
    from deskhand.toolset import Toolset

TEMPLATE = "weather"
TOOLS = ("get_alerts", "get_forecast")
"""Tool names of the template; they get the new name inside, so that both toolsets can be served together."""

CONFTEST = '''"""Fixtures the tests share."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the backend Deskhand runs on."""
    return "asyncio"
'''


@click.command()
@click.argument("name")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Parent folder.")
def new_toolset(name: str, into: Path) -> None:
    """Start the toolset NAME (one lower-case word) as a copy of the weather toolset, tests and all.

    It passes `deskhand check NAME` and serves as it is. Then make it yours, file by file.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", name):
        raise click.BadParameter(f"{name!r} is not one lower-case word such as 'shelf'.", param_hint="NAME")
    folder = into / name
    if folder.exists():
        raise click.ClickException(f"{folder} already exists. Choose another name, or remove it first.")
    with as_file(files("deskhand.toolsets") / TEMPLATE) as template:
        copied(template, folder, name)
    conftest = into / "conftest.py"
    if not conftest.exists():
        conftest.write_text(CONFTEST, encoding="utf-8")
    title = name.capitalize()
    sys.path.insert(0, str(into.resolve()))
    write_readme(named(f"{name}.toolset:{title}"))
    click.echo(
        f"Made {folder}. Next:\n"
        f"  deskhand check {name}\n"
        f"  python -m pytest --import-mode=importlib {folder}\n"
        f"To serve it, put into deskhand.toml beside it:\n"
        f"  [toolsets]\n"
        f'  enabled = ["core", "weather", "files", "{name}.toolset:{title}"]'
    )


def copied(template: Path, folder: Path, name: str) -> None:
    """Copy the template toolset to `folder`, renamed throughout."""
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    rename = renamer(name)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in {".py", ".md", ".json", ".toml"}:
            path.write_text(rename(path.read_text(encoding="utf-8")), encoding="utf-8")


def renamer(name: str) -> Callable[[str], str]:
    """How a text of the template reads in the toolset `name`: module path, class, scheme, tools and settings."""

    def rename(text: str) -> str:
        text = text.replace(f"deskhand.toolsets.{TEMPLATE}", name)
        for tool in TOOLS:
            verb, _, noun = tool.partition("_")
            text = re.sub(rf"\b{tool}\b", f"{verb}_{name}_{noun}", text)
        text = re.sub(rf"\b{TEMPLATE}_watch\b", f"{name}_watch", text)
        text = text.replace(f"{TEMPLATE}://", f"{name}://").replace(f"toolsets.{TEMPLATE}", f"toolsets.{name}")
        text = re.sub(rf"(?<=[\"`]){TEMPLATE}(?=[\"`:])", name, text)
        text = text.replace(f"{TEMPLATE.upper()}__", f"{name.upper()}__")
        return re.sub(rf"\b{TEMPLATE.capitalize()}(?=(Settings)?\b(?! [A-Za-z]))", name.capitalize(), text)

    return rename


@click.command()
@click.argument("toolset")
@click.option("--write", is_flag=True, help="Write the generated part of its README.md first.")
def check(toolset: str, write: bool) -> None:
    """Hold TOOLSET to the rules; exit code 1 when one breaks.

    TOOLSET is a built-in name, a folder, or package.module:Class.
    """
    from tempfile import TemporaryDirectory

    from deskhand.rules import RULES, inspect_toolset
    from deskhand.testing import subject

    try:
        cls = named(toolset)
        if write:
            write_readme(cls)
        with TemporaryDirectory(prefix="deskhand-") as scratch:
            inspected = subject(cls, Path(scratch))
            findings = inspect_toolset(inspected)
    except DeskhandError as error:
        raise click.ClickException(error.message) from error
    for finding in findings:
        excuse = f"  (excused: {finding.excuse})" if finding.excuse else ""
        click.echo(f"{finding.rule}: {finding.sentence}{excuse}")
    broken = [finding for finding in findings if not finding.excuse]
    if broken:
        raise click.ClickException(f"{len(broken)} problems in toolset {cls.name}.")
    click.echo(f"{cls.name}: {len(RULES)} rules hold, {len(inspected.tools)} tools.")


def write_readme(cls: "type[Toolset]") -> None:
    """Bring the generated part of the toolset's README.md up to the code."""
    from tempfile import TemporaryDirectory

    from deskhand.reference import replaced, toolset_block
    from deskhand.testing import subject

    with TemporaryDirectory(prefix="deskhand-") as scratch:
        inspected = subject(cls, Path(scratch))
        path = inspected.folder / "README.md"
        path.write_text(replaced(path.read_text("utf-8"), toolset_block(inspected.toolset)), "utf-8")


def named(toolset: str) -> "type[Toolset]":
    """The toolset class meant by a built-in name, a folder beneath the working directory, or a reference.

    Raises:
        SettingsError: there is none.
    """
    from deskhand.cli.assembly import builtin_names
    from deskhand.toolset import load

    sys.path.insert(0, str(Path.cwd()))
    name = Path(toolset).name
    if ":" in toolset:
        return load(toolset)
    if Path(toolset, "toolset.py").is_file():
        dotted = ".".join(Path(toolset).parts)
        return load(f"{dotted}.toolset:{name.capitalize()}")
    return load(builtin_names().get(name, f"{name}.toolset:{name.capitalize()}"))
