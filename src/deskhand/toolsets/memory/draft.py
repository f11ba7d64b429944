"""What somebody asks to remember, made fit to be kept."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from deskhand.errors import InvalidInput
from deskhand.store.memories import Change, Kind, MemoryRow
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.accepted import MAX_CHARACTERS, accepted
from deskhand.toolsets.memory.relative_dates import with_dates
from deskhand.zone import Zone

ABOUT_CHARACTERS = 200
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of ids: nothing that is read for something else."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A memory to be saved. `valid_from` and `expires_at` are days or moments.

    Relative dates in the text ("yesterday") count from now, when it is said, whatever `valid_from` is: "Yesterday I saw
    the dentist" of 2026-03-01 is said on 2026-03-02. Only of an episode whose `valid_from` is a past moment, time and
    all, they count from then: that is how turns of past conversations are saved, each with the time it was said.
    """

    text: str
    kind: Kind = "fact"
    about: str | None = None
    valid_from: str | None = None
    expires_at: str | None = None
    pin: bool = False

    def checked(self, now: datetime, zone: Zone) -> "Draft":
        """The draft in its normal form, relative dates in the text with the day beside them.

        Raises:
            InvalidInput: the text cannot be kept, a time is none, or it would have expired already.
        """
        since = moments.normal("valid_from", self.valid_from, zone) if self.valid_from else None
        until = moments.normal("expires_at", self.expires_at, zone) if self.expires_at else None
        if until and moments.end(until, zone) <= now:
            raise InvalidInput(f"expires_at must lie in the future, and {until} is over. Leave it out to keep it.")
        if since and until and moments.beginning(since, zone) >= moments.end(until, zone):
            raise InvalidInput(f"expires_at ({until}) must come after valid_from ({since}).")
        return replace(
            self,
            text=dated(self.text, self._said(since, now, zone), zone),
            about=about_whom(self.about),
            valid_from=since,
            expires_at=until,
        )

    def _said(self, since: str | None, now: datetime, zone: Zone) -> datetime:
        """From when relative dates count."""
        if since is None or self.kind != "episode" or moments.is_day(since):
            return now
        return min(now, moments.beginning(since, zone))

    def row(self, now: datetime, client: str, change: Change = "saved") -> MemoryRow:
        """The first version of a new memory."""
        at = moments.stored(now)
        return MemoryRow(
            id=new_id(),
            version=1,
            text=self.text,
            kind=self.kind,
            about=self.about,
            valid_from=self.valid_from,
            valid_to=None,
            expires_at=self.expires_at,
            pinned=self.pin,
            created_at=at,
            recorded_at=at,
            replaced_at=None,
            change=change,
            client=client,
        )


def dated(text: str, said: datetime, zone: Zone) -> str:
    """The text as it is kept, relative dates with the day beside them; `said` is from when they count.

    Raises:
        InvalidInput: it cannot be kept, or gets too long by the dates.
    """
    kept = with_dates(accepted(text), said.astimezone(zone))
    if len(kept) > MAX_CHARACTERS:
        raise InvalidInput(
            f"With the date beside each relative one the text has {len(kept):,} characters; a memory has at most "
            f"{MAX_CHARACTERS:,}. Split it, or write dates instead of words such as yesterday."
        )
    return kept


def about_whom(value: str | None) -> str | None:
    """Whom or what a memory is about, on one line; None for nothing in particular.

    Raises:
        InvalidInput: it is too long, or cannot be kept.
    """
    if value is None or not value.strip():
        return None
    name = " ".join(accepted(value).split())
    if len(name) > ABOUT_CHARACTERS:
        raise InvalidInput(f"subject is a name of at most {ABOUT_CHARACTERS} characters, not {len(name)}.")
    return name


def new_id() -> str:
    """A handle that nobody else has, short enough to copy: `m` and eight letters or digits."""
    return "m" + "".join(secrets.choice(ALPHABET) for _ in range(8))
