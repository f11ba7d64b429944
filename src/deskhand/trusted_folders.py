"""Folders whose own `deskhand.toml` is read: those a person has said to trust.

The file can choose programs to start, code to load and calls to approve, so reading it because somebody stands in a
freshly cloned folder would be running that folder's code.
"""

from pathlib import Path

from platformdirs import user_config_path

_LIST = "trusted-folders"


def is_trusted(folder: Path) -> bool:
    """Whether `trust` was called for exactly this folder."""
    return str(folder.resolve()) in _lines()


def trust(folder: Path) -> None:
    """From now on, the folder's `deskhand.toml` is read."""
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in sorted({*_lines(), str(folder.resolve())})), encoding="utf-8")


def _lines() -> list[str]:
    try:
        return _file().read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _file() -> Path:
    return user_config_path("deskhand") / _LIST
