"""Which objects of a folder changed since when, whoever changed them: the files are compared with what was noted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from deskhand.toolsets.calendar.backend import Changed

NAME = "changes.json"
_FORGOTTEN = 10_000
"""Objects deleted longest ago are forgotten beyond this many; tokens from before then mean "read anew"."""


@dataclass(slots=True)
class _Note:
    etag: str
    """Empty once it is gone."""
    serial: int


def note_changes(folder: Path, now: Mapping[str, str], token: str) -> tuple[Changed, str]:
    """What changed since `token` in a folder that holds `now` (etags by UID), and the note to be kept of it.

    The caller holds the folder's lock and writes the note if it is not empty.
    """
    serial, oldest, notes = _read(folder / NAME)
    fresh = serial + 1
    changed = [uid for uid, etag in now.items() if uid not in notes or notes[uid].etag != etag]
    gone = [uid for uid, note in notes.items() if note.etag and uid not in now]
    for uid in (*changed, *gone):
        notes[uid] = _Note(now.get(uid, ""), fresh)
    if changed or gone:
        serial = fresh
        oldest = max(oldest, _forget(notes))
    kept = {uid: [note.etag, note.serial] for uid, note in notes.items()}
    text = json.dumps({"serial": serial, "oldest": oldest, "objects": kept}) if changed or gone else ""
    return Changed(str(serial), _since(token, serial, oldest, notes)), text


def _since(token: str, serial: int, oldest: int, notes: Mapping[str, _Note]) -> tuple[str, ...] | None:
    if token and not (token.isascii() and token.isdigit() and oldest <= int(token) <= serial):
        return None
    since = int(token or 0)
    newer = ((uid, note) for uid, note in notes.items() if note.serial > since and (token or note.etag))
    return tuple(sorted(uid for uid, _ in newer))


def _forget(notes: dict[str, _Note]) -> int:
    """The serial up to which deletions are no longer known."""
    gone = sorted((note.serial, uid) for uid, note in notes.items() if not note.etag)
    dropped = gone[: max(0, len(gone) - _FORGOTTEN)]
    for _, uid in dropped:
        del notes[uid]
    return dropped[-1][0] if dropped else 0


def _read(path: Path) -> tuple[int, int, dict[str, _Note]]:
    try:
        kept = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        notes = {str(uid): _Note(str(note[0]), int(note[1])) for uid, note in kept["objects"].items()}
        return int(kept["serial"]), int(kept["oldest"]), notes
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return 0, 0, {}
