"""`deskhand docs`: write the generated parts of the docs, or check that they are up to date."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from deskhand.errors import DeskhandError, InvalidInput

if TYPE_CHECKING:
    from deskhand.toolset import Toolset


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when something is out of date.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="The checkout.")
def docs(check: bool, root: Path) -> None:
    """Bring docs/reference and the toolsets' READMEs up to what the code says."""
    try:
        stale = [path for path, block in generated(root) if not brought_up(path, block, write=not check)]
    except FileNotFoundError as error:
        raise click.ClickException(f"{error.filename} is missing. Run this in the checkout, or say --root.") from error
    except DeskhandError as error:
        raise click.ClickException(error.message) from error
    for path in stale:
        click.echo(f"{'out of date' if check else 'wrote'}: {path}")
    if check and stale:
        raise click.ClickException("Run: deskhand docs")
    if not stale:
        click.echo("The docs say what the code says.")


def brought_up(path: Path, block: str, *, write: bool) -> bool:
    """Whether the document already says `block`; if not, and `write`, it does afterwards."""
    from deskhand.reference import replaced

    text = path.read_text(encoding="utf-8")
    try:
        current = replaced(text, block)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.message}") from error
    if write and current != text:
        path.write_text(current, encoding="utf-8")
    return current == text


def generated(root: Path) -> Iterator[tuple[Path, str]]:
    """Each document with a generated part, and what that part should be."""
    from deskhand.reference import settings_block, tools_block, toolset_block
    from deskhand.settings import Settings

    reference = root / "docs" / "reference"
    with TemporaryDirectory(prefix="deskhand-") as scratch:
        toolsets = builtin(Path(scratch))
        for toolset in toolsets:
            yield root / "src" / "deskhand" / "toolsets" / toolset.name / "README.md", toolset_block(toolset)
        yield reference / "tools.md", tools_block(toolsets)
    yield reference / "settings.md", settings_block(Settings)
    yield reference / "commands.md", commands_block()


def builtin(scratch: Path) -> "list[Toolset]":
    """An instance of each built-in toolset with its default settings."""
    from deskhand.testing import services
    from deskhand.toolset import load
    from deskhand.toolsets import BUILTIN

    classes = [load(reference) for reference in BUILTIN]
    return [cls(cls.Settings(), services(scratch / cls.name)) for cls in classes]


def commands_block() -> str:
    """The help of every command."""
    from deskhand.cli import cli

    return "\n".join(_help(cli, click.Context(cli, info_name="deskhand", terminal_width=100)))


def _help(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _help(child, click.Context(child, info_name=name, parent=context, terminal_width=100))
