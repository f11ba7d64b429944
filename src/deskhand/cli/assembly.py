"""Putting the server together from the settings. `serve`, `up` and the commands that host it in process share this."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from deskhand.cli.database import database_of
from deskhand.errors import SettingsError
from deskhand.principal import Principal
from deskhand.server.build import DeskhandServer, build
from deskhand.settings import Settings, settings_file
from deskhand.store.database import Database
from deskhand.toolset import Toolset, load
from deskhand.toolsets import BUILTIN


def builtin_names() -> dict[str, str]:
    """The built-in toolsets: name -> reference. A name is its folder's."""
    return {reference.split(".")[2]: reference for reference in BUILTIN}


def toolset_classes(settings: Settings) -> list[type[Toolset]]:
    """The enabled toolsets, in the order of the settings. One of your own may lie beside the settings file.

    Raises:
        SettingsError: one is not known or cannot be loaded.
    """
    beside = str(settings_file().parent.resolve())
    if beside not in sys.path:
        sys.path.append(beside)
    builtin = builtin_names()
    classes: list[type[Toolset]] = []
    for name in settings.toolsets.enabled:
        if ":" not in name and name not in builtin:
            raise SettingsError(
                f"toolsets.enabled: there is no toolset {name!r}. Built in are {', '.join(builtin)}; "
                "your own is written 'package.module:Class'."
            )
        classes.append(load(builtin.get(name, name)))
    idle = set(settings.toolsets.sections) - set(builtin) - {cls.name for cls in classes}
    if idle:
        raise SettingsError(f"toolsets.{min(idle)} is a section of no toolset. There are {', '.join(builtin)}.")
    return classes


@contextmanager
def assembled(settings: Settings, *, anonymous: Principal | None) -> Generator[tuple[DeskhandServer, Database]]:
    """The server with its toolsets, not yet running, and the database behind it.

    Raises:
        SettingsError: a setting is wrong, or a folder it names cannot be used.
        Unavailable: the database cannot be opened.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # first: the workspace may lie in it
        settings.workspace.mkdir(parents=True, exist_ok=True)
        database = database_of(settings)
    except OSError as error:
        raise _unusable(settings, error) from error
    with database:
        try:
            server = build(toolset_classes(settings), settings, database=database, anonymous=anonymous)
        except OSError as error:
            raise _unusable(settings, error) from error
        yield server, database


def _unusable(settings: Settings, error: OSError) -> SettingsError:
    return SettingsError(
        f"{error.filename or settings.data_dir} cannot be used: {error.strerror or error}. Give Deskhand's user the "
        f"right to write below data_dir ({settings.data_dir}) and workspace ({settings.workspace}), or set others."
    )
