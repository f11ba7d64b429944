"""`deskhand settings`: the effective tree, where each value comes from, and no secret in sight."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from pydantic import BaseModel, SecretStr

from deskhand.errors import SettingsError

if TYPE_CHECKING:
    from deskhand.settings import Loaded

HIDDEN = "**********"
_SIGN_IN = re.compile(r"(?<=://)[^/\s]*@")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--defaults", "unset", is_flag=True, help="Show every setting as it is when nothing is set.")
@click.option("--trust", "trusting", is_flag=True, help="Trust the deskhand.toml of this folder from now on.")
@click.option("--config", type=click.Path(path_type=Path), help="Read this file instead of the usual one.")
def settings(as_json: bool, unset: bool, trusting: bool, config: Path | None) -> None:
    """Show every setting with its value and source. Secrets are hidden.

    A key such as server.port is set by DESKHAND_SERVER__PORT, or by port in the [server] section of deskhand.toml.
    """
    from deskhand.settings import defaults, load, settings_file

    if trusting:
        _trust(Path())
    try:
        loaded = defaults() if unset else load(file=config)
        rows = list(described(loaded))
    except SettingsError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        click.echo(json.dumps({key: {"value": value, "source": source} for key, value, source in rows}, indent=2))
        return
    path = settings_file(config)
    if not unset:
        click.echo(f"# settings file: {path}{'' if path.is_file() else ' (not there)'}")
    width = max(len(key) for key, _, _ in rows)
    for key, value, source in rows:
        click.echo(f"{key:<{width}}  {json.dumps(value)}" + ("" if source == "default" else f"   # {source}"))


def _trust(folder: Path) -> None:
    """Trust the settings file of this folder, which somebody must have been able to read before."""
    from deskhand.trusted_folders import trust

    if not (folder / "deskhand.toml").is_file():
        raise click.UsageError(
            f"There is no deskhand.toml in {folder.resolve()} to trust. Write it first, or go to the folder that has "
            "it, and say this again. Your own settings file needs no trust: `deskhand settings` says where it is."
        )
    trust(folder)


def described(loaded: "Loaded") -> Iterator[tuple[str, object, str]]:
    """`(key, value fit to show, source)` of every setting, those of the enabled toolsets included.

    Raises:
        SettingsError: a toolset's section is wrong.
    """
    from deskhand.cli.assembly import toolset_classes
    from deskhand.server.build import toolset_settings

    tree = loaded.settings
    for key, value in leaves(tree):
        if not key.startswith("toolsets.") or key in ("toolsets.enabled", "toolsets.disabled_tools"):
            yield key, value, loaded.sources.get(key, "default")
    for cls in toolset_classes(tree):
        for key, value in leaves(toolset_settings(cls, tree), f"toolsets.{cls.name}."):
            yield key, value, loaded.sources.get(key, "default")


def leaves(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted keys and JSON values of a settings model; a secret becomes asterisks."""
    for name in type(model).model_fields:
        value = cast(object, getattr(model, name))
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{prefix}{name}.")
        elif sections := _sections(value):
            for key, section in sections.items():
                yield from leaves(section, f"{prefix}{name}.{key}.")
        elif isinstance(value, SecretStr):
            yield f"{prefix}{name}", HIDDEN
        else:
            shown = model.model_dump(mode="json", include={name})[name]
            yield f"{prefix}{name}", masked(shown) if isinstance(shown, str) else shown


def masked(text: str) -> str:
    """The text without the user and password that a URL in it may hold, although its setting takes none."""
    return _SIGN_IN.sub(f"{HIDDEN}@", text)


def _sections(value: object) -> dict[str, BaseModel]:
    """Sections under names of the person's own choice, such as accounts; empty for anything else."""
    if not isinstance(value, dict):
        return {}
    found = cast("dict[str, object]", value)
    return {key: each for key, each in found.items() if isinstance(each, BaseModel)}
