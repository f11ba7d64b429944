"""What is known of the objects of a calendar on a server: which address holds which UID, at which state."""

from collections import OrderedDict
from dataclasses import dataclass

from deskhand.errors import DeskhandError
from deskhand.toolsets.calendar.dav_answer import same_place
from deskhand.toolsets.calendar.ics import events_of, read, text_of

_SNAPSHOTS = 20
_GONE = 10_000
"""So many deleted objects are known by name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An object as it was when last heard of."""

    url: str
    etag: str
    uid: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A calendar at one time: its mark, empty where the server has none, and the entity tags by address."""

    ctag: str
    etags: dict[str, str]


class CalendarIndex:
    """In memory only: after a restart it fills again. Deleted objects are named by what is remembered here."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._by_uid: dict[str, str] = {}
        self._gone: OrderedDict[str, str] = OrderedDict()
        self._snapshots: OrderedDict[str, Snapshot] = OrderedDict()

    def learn(self, url: str, etag: str, uid: str) -> None:
        """Note an object."""
        place = same_place(url)
        self._seen[place] = Seen(url, etag, uid)
        self._by_uid[uid] = place

    def known(self, url: str, etag: str) -> str:
        """The UID of the object there, if it is still in the state it was seen in; else empty."""
        seen = self.at(url)
        return seen.uid if seen is not None and seen.etag == etag else ""

    def forget(self, url: str) -> str:
        """Note that an object is gone; its UID, empty if nobody knows."""
        place = same_place(url)
        seen = self._seen.pop(place, None)
        if seen is None:
            return self._gone.get(place, "")
        if self._by_uid.get(seen.uid) == place:
            del self._by_uid[seen.uid]
        self._gone[place] = seen.uid
        while len(self._gone) > _GONE:
            self._gone.popitem(last=False)
        return seen.uid

    def at(self, url: str) -> Seen | None:
        """What is known of an address."""
        return self._seen.get(same_place(url))

    def of(self, uid: str) -> Seen | None:
        """What is known of a UID."""
        return self._seen.get(self._by_uid.get(uid, ""))

    def keep(self, token: str, snapshot: Snapshot) -> None:
        """Remember a state under `token`."""
        self._snapshots[token] = snapshot
        self._snapshots.move_to_end(token)
        while len(self._snapshots) > _SNAPSHOTS:
            self._snapshots.popitem(last=False)

    def kept(self, token: str) -> Snapshot | None:
        """What was remembered under `token`."""
        return self._snapshots.get(token)


def uid_of(data: str) -> str:
    """The UID in the text of an object; empty where there is no event in it."""
    try:
        return next((text_of(event, "UID") for event in events_of(read(data))), "")
    except DeskhandError:
        return ""  # not a calendar: there is nothing to show of it
