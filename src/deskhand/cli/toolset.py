"""`deskhand new-toolset` and `deskhand check`: start a toolset from a working one, and hold it to the rules."""

import re
import shlex
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.resources import as_file, files
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskhand.errors import DeskhandError, NotFound

if TYPE_CHECKING:
    from deskhand.toolset import Toolset

TEMPLATE = "weather"
"""The built-in toolset that `new-toolset` copies."""
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
    if reason := taken(name):
        raise click.BadParameter(f"{name!r} {reason}.", param_hint="NAME")
    try:
        with as_file(files("deskhand.toolsets") / TEMPLATE) as template:
            copied(template, folder, name)
        write_readme(named(str(folder)))
    except (DeskhandError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise click.ClickException(f"Nothing was made: {error}") from error
    conftest = into / "conftest.py"
    made = "" if conftest.exists() else f", and {conftest} for its tests"
    if made:
        conftest.write_text(CONFTEST, encoding="utf-8")
    click.echo(f"Made {folder}{made}. Next:\n{next_steps(name, into)}")


def taken(name: str) -> str:
    """Why no new toolset can have this name, as the rest of a sentence; empty when one can."""
    from deskhand.cli.assembly import builtin_names

    title = name.capitalize()
    if iskeyword(name) or iskeyword(title):
        return "is a word of Python's own"
    if name in builtin_names():
        return "is a built-in toolset"
    if name in sys.stdlib_module_names:
        return "is a module of Python's library, which its folder would hide"
    spec = find_spec(name)
    if spec and spec.origin:  # a mere folder has none, and yields to a package
        return f"can be imported already, from {spec.origin}"
    if hasattr(import_module(f"deskhand.toolsets.{TEMPLATE}.toolset"), title):
        return f"clashes with {title} in the toolset that is copied"
    return ""


def next_steps(name: str, into: Path) -> str:
    """What to do with a new toolset, as commands that work from here."""
    steps = [
        f"  deskhand check {name}",
        f"  python -m pytest --import-mode=importlib {name}",
        f"To serve it, put into deskhand.toml beside {name}:",
        "  [toolsets]",
        f'  enabled = ["core", "weather", "files", "{name}.toolset:{name.capitalize()}"]',
        "and have that file read:  deskhand settings --trust",
    ]
    elsewhere = into.resolve() != Path.cwd()
    return "\n".join([f"  cd {shlex.quote(str(into))}", *steps] if elsewhere else steps)


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
        problems = "1 problem" if len(broken) == 1 else f"{len(broken)} problems"
        raise click.ClickException(f"{problems} in toolset {cls.name}.")
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
    """The toolset class meant by a built-in name, a folder, or a reference.

    Raises:
        NotFound: the folder holds none.
        SettingsError: it cannot be loaded.
    """
    from deskhand.cli.assembly import builtin_names
    from deskhand.toolset import load

    sys.path.insert(0, str(Path.cwd()))
    if ":" in toolset:
        return load(toolset)
    folder = Path(toolset).resolve()
    if (folder / "toolset.py").is_file():
        top = next(above for above in folder.parents if not (above / "__init__.py").exists())
        sys.path.insert(0, str(top))
        return load(f"{'.'.join(folder.relative_to(top).parts)}.toolset:{folder.name.capitalize()}")
    if len(Path(toolset).parts) != 1:
        raise NotFound(f"There is no toolset in {toolset}: it has no toolset.py.")
    return load(builtin_names().get(toolset, f"{toolset}.toolset:{toolset.capitalize()}"))
