"""All memories as Markdown, for people: what `memory://export` holds, without what only programs need."""

from collections import defaultdict
from datetime import datetime

from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.portable import Line
from deskhand.toolsets.memory.results import KINDS, one_line
from deskhand.web.memory_reading import holds, line_of
from deskhand.zone import Zone

_HEADINGS = {"fact": "Facts", "preference": "Preferences", "note": "Notes", "episode": "Episodes"}


def as_markdown(export: str, now: datetime, zone: Zone) -> str:
    """A section for each kind, the newest memory first; versions before stand under the one that holds now.

    Raises:
        DeskhandError: a line of the export is not what it should be.
    """
    lines = sorted(map(line_of, export.splitlines()), key=lambda line: line.history[0].recorded_at, reverse=True)
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.history[0].kind].append(line)
    parts = ["# What is remembered", "", f"{len(lines)} memories, {moments.shown(now.isoformat(), zone)}."]
    for kind in KINDS:
        if groups[kind]:
            parts += ["", f"## {_HEADINGS[kind]}", ""]
            parts += [text for line in groups[kind] for text in _texts(line, now, zone)]
    return "\n".join(parts) + "\n"


def _texts(line: Line, now: datetime, zone: Zone) -> list[str]:
    newest, *before = line.history
    since = moments.shown(newest.valid_from or line.created_at, zone)
    marks = [f"since {since}", *(["pinned"] if newest.pinned else [])]
    if newest.valid_to:
        marks.append(f"{'until' if holds(newest, now, zone) else 'ended'} {moments.shown(newest.valid_to, zone)}")
    if newest.expires_at:
        marks.append(f"expires {moments.shown(newest.expires_at, zone)}")
    about = f"{newest.about}: " if newest.about else ""
    head = f"- {one_line(f'{about}{newest.text}')} ({', '.join(marks)}; {line.id})"
    return [
        head,
        *(
            f"  - before {moments.shown(each.replaced_at or each.recorded_at, zone)}: {one_line(each.text)}"
            for each in before
        ),
    ]
