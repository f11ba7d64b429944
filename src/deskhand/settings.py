"""One frozen tree of settings, and the only reader of the environment.

Order, strongest first: command line > environment (`DESKHAND_SERVER__PORT`) > `deskhand.toml` > default.
An unknown key is an error. A secret can come from a file: `DESKHAND_MODEL__API_KEY_FILE`.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, cast

from platformdirs import user_config_path, user_data_path
from pydantic import Field, PrivateAttr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError as SourceError

from deskhand.errors import SettingsError
from deskhand.settings_accounts import AccountSettings
from deskhand.settings_problems import told
from deskhand.settings_sections import (
    DatabaseSettings,
    HostSettings,
    ModelSettings,
    RetrievalSettings,
    ServerSettings,
    ToolsetsSettings,
)
from deskhand.trusted_folders import is_trusted

PREFIX = "DESKHAND_"
CONFIG_VARIABLE = "DESKHAND_CONFIG"
"""Environment variable that names the settings file."""


class Settings(BaseSettings):
    """The whole tree. Make one with `load()`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__")

    data_dir: Path = Field(default_factory=lambda: user_data_path("deskhand"), description="Where state is kept.")
    workspace: Path = Field(
        default_factory=lambda data: data["data_dir"] / "workspace",
        description="The folder that tools read and write files in; default: workspace in data_dir.",
    )
    time_zone: str = Field(
        default="", description="The zone of times without one, such as Europe/Berlin; this machine's when empty."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")
    database: DatabaseSettings = DatabaseSettings()
    server: ServerSettings = ServerSettings()
    toolsets: ToolsetsSettings = ToolsetsSettings()
    model: ModelSettings = ModelSettings()
    host: HostSettings = HostSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    accounts: dict[str, AccountSettings] = Field(
        default_factory=dict[str, AccountSettings],
        description="Mail and calendar accounts by a short name; `deskhand accounts add` makes one.",
    )
    _sources: dict[str, str] = PrivateAttr(default_factory=dict[str, str])

    @field_validator("workspace")
    @classmethod
    def _at_home(cls, workspace: Path) -> Path:
        try:
            return workspace.expanduser()
        except RuntimeError as error:  # the home of somebody whom the system does not know
            raise ValueError(str(error)) from error

    def set_in(self, sources: Mapping[str, str]) -> Self:
        """The same settings, which know where each dotted key was set."""
        known = self.model_copy()
        known._sources = dict(sources)
        return known

    def origin(self, key: str) -> str:
        """Where a dotted key, or something beneath it, was set."""
        return _origin(key, self._sources)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, then environment, then file."""
        return init_settings, _environment_source(settings_cls), TomlConfigSettingsSource(settings_cls)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with where each given value came from: dotted key -> `command line`, `environment` or a file name."""

    settings: Settings
    sources: Mapping[str, str]


def environment() -> dict[str, str]:
    """A copy of the process environment, for what reads names that are not ours (`OPENAI_API_KEY`, `${VAR}`)."""
    return dict(os.environ)


def unless_set(name: str, value: str) -> None:
    """Set a variable that a library reads when it is imported, unless the person set it."""
    os.environ.setdefault(name, value)


def settings_file(file: Path | None = None) -> Path:
    """The settings file in force: the argument, `DESKHAND_CONFIG`, `./deskhand.toml`, else the user's own.

    Raises:
        SettingsError: there is a `./deskhand.toml`, and nobody has said to trust this folder.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if file is not None or named:
        return file or Path(named or "")
    here, own = Path("deskhand.toml"), user_config_path("deskhand") / "deskhand.toml"
    if not here.is_file() or here.resolve() == own.resolve():
        return own
    if not is_trusted(Path()):
        raise SettingsError(
            "The deskhand.toml of this folder is not trusted yet: it can start programs and approve calls. Read it, "
            "then say `deskhand settings --trust`; or go to another folder."
        )
    return here


def defaults() -> Loaded:
    """The tree as it is when nothing is set; reads no source, so that it is there when one is wrong."""
    return Loaded(Settings.model_construct(), {})


def load(*, file: Path | None = None, overrides: Mapping[str, object] | None = None) -> Loaded:
    """Read the tree from all its sources.

    `overrides` is the command line's share, nested as the tree is.

    Raises:
        SettingsError: a key is unknown or a value is wrong; the message names the key, the value's source and what
            it takes. Also when a file that was named does not exist.
    """
    path = settings_file(file)
    if not path.is_file() and (file is not None or CONFIG_VARIABLE in os.environ):
        raise SettingsError(f"The settings file {path} does not exist.")

    class Bound(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    given = cast("dict[str, Any]", dict(overrides or {}))
    sources: dict[str, str] = {}
    try:
        sources |= dict.fromkeys(_leaves(TomlConfigSettingsSource(Bound)()), str(path))
        sources |= dict.fromkeys(_leaves(_environment_source(Bound)()), "environment")
        sources |= dict.fromkeys(_leaves(given), "command line")
        return Loaded(Bound(**given).set_in(sources), sources)
    except ValidationError as error:
        raise SettingsError(told(error, Settings, lambda key: _origin(key, sources))) from error
    except SourceError as error:
        raise SettingsError(
            f'The environment cannot be read: {error}. A list is JSON there: \'["a", "b"]\'.'
        ) from error
    except ValueError as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error


def _environment_source(settings_cls: type[BaseSettings]) -> EnvSettingsSource:
    source = EnvSettingsSource(settings_cls)
    source.env_vars = _variables()
    return source


_PATHS = tuple(
    f"__{name.upper()}"
    for name in AccountSettings.model_fields
    if name.endswith("_file") and name.removesuffix("_file") not in AccountSettings.model_fields
)
"""Variables of keys that are the path of a file, and do not stand for another key."""


def _variables() -> dict[str, str | None]:
    """Our variables, lower-cased as pydantic-settings wants them, with `X_FILE` replaced by X from that file."""
    found: dict[str, str | None] = {}
    for name, value in os.environ.items():
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        section = name.removeprefix(PREFIX).lower().split("__")[0].removesuffix("_file")
        if section not in Settings.model_fields:
            raise SettingsError(f"{name} is not a setting. Sections are: {', '.join(Settings.model_fields)}.")
        if name.endswith("_FILE") and not name.endswith(_PATHS):
            found[name.removesuffix("_FILE").lower()] = _secret_from(name, Path(value))
        else:
            found.setdefault(name.lower(), value)
    return found


def _secret_from(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable} names {path}, which cannot be read: {error.strerror}.") from error


def _leaves(tree: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(cast("Mapping[str, object]", value), f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _origin(key: str, sources: Mapping[str, str]) -> str:
    """Where a key, or something beneath it, was set."""
    found = (source for name, source in sources.items() if f"{name}.".startswith(f"{key}."))
    return next(found, "the settings")
