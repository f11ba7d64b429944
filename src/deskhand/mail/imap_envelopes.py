"""Lines of a list, fetched without the mails themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from deskhand.errors import NotFound
from deskhand.mail.headers import parse_headers
from deskhand.mail.imap_folders import ServerFolder
from deskhand.mail.imap_structure import attachment_names
from deskhand.mail.imap_wire import Wire
from deskhand.mail.mailbox import Envelope, Flag, MailRef

FLAGS: dict[Flag, str] = {
    "seen": "\\Seen", "answered": "\\Answered", "flagged": "\\Flagged", "draft": "\\Draft", "forwarded": "$Forwarded",
}  # fmt: skip
_FLAG_NAMES: dict[str, Flag] = {name.lower(): flag for flag, name in FLAGS.items()}
_FIELDS = (
    "FROM SENDER REPLY-TO TO CC BCC SUBJECT DATE MESSAGE-ID IN-REPLY-TO REFERENCES LIST-ID LIST-UNSUBSCRIBE "
    "AUTO-SUBMITTED PRECEDENCE RETURN-PATH X-AUTO-RESPONSE-SUPPRESS CONTENT-TYPE IMPORTANCE"
)
_ITEMS = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", f"BODY.PEEK[HEADER.FIELDS ({_FIELDS})]")
_AT_ONCE = 100
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that is open on a connection, for one piece of work."""

    wire: Wire
    account: str
    folder: ServerFolder
    uidvalidity: int
    exists: int
    uidnext: int = 0
    modseq: int = 0

    def ref(self, uid: int) -> MailRef:
        """The mail's reference."""
        return MailRef(self.account, self.folder.name, f"{uid}.{self.uidvalidity}")

    def uid(self, ref: MailRef) -> int:
        """The number of a mail here.

        Raises:
            NotFound: the server gave new numbers since, or it is no reference of a mail on a server.
        """
        number, _, validity = ref.uid.partition(".")
        if not number.isdigit() or len(number) > 10 or validity != str(self.uidvalidity):
            raise NotFound(f"The mails of {self.folder.name} have new numbers on the server. Search for it again.")
        return int(number)


def open_folder(wire: Wire, account: str, folder: ServerFolder, *, to_change: bool = False) -> Opened:
    """Open a folder, to read only unless said otherwise. Blocks."""
    said = wire.select_folder(folder.at_server, readonly=not to_change)
    keys = (b"UIDVALIDITY", b"EXISTS", b"UIDNEXT", b"HIGHESTMODSEQ")
    return Opened(wire, account, folder, *(_number(said.get(key)) for key in keys))


def fetch_envelopes(opened: Opened, uids: Sequence[int]) -> list[Envelope]:
    """The lines of those that are still there, in this order. Blocks."""
    lines: list[Envelope] = []
    for start in range(0, len(uids), _AT_ONCE):
        chunk = uids[start : start + _AT_ONCE]
        found = opened.wire.fetch(chunk, _ITEMS)
        lines += [_envelope(opened.ref(uid), found[uid]) for uid in chunk if _is_there(found.get(uid))]
    return lines


def fetch_received(opened: Opened, uids: Sequence[int]) -> dict[int, datetime]:
    """When mails were received. Blocks."""
    received: dict[int, datetime] = {}
    for start in range(0, len(uids), 10 * _AT_ONCE):
        found = opened.wire.fetch(uids[start : start + 10 * _AT_ONCE], ("INTERNALDATE",))
        received |= {uid: _received(item) for uid, item in found.items()}
    return received


def check_there(opened: Opened, uids: Sequence[int]) -> None:
    """See that all these mails are there. Blocks.

    Raises:
        NotFound: one is not.
    """
    found = opened.wire.fetch(uids, ("UID", "FLAGS"))
    if not all(_is_there(found.get(uid)) for uid in uids):
        raise NotFound(f"The mail is not in {opened.folder.name} any more. Search for it again: it may be moved.")


def _is_there(item: dict[bytes, object] | None) -> bool:
    """Marked as deleted is gone, for a server that cannot delete single mails."""
    return item is not None and "\\deleted" not in (flag.lower() for flag in _flags(item))


def _envelope(ref: MailRef, item: dict[bytes, object]) -> Envelope:
    block = next((value for key, value in item.items() if key.startswith(b"BODY[HEADER")), b"")
    names = _flags(item)
    return Envelope(
        ref=ref,
        headers=parse_headers(block if isinstance(block, bytes) else b""),
        received=_received(item),
        size=_number(item.get(b"RFC822.SIZE")),
        flags=frozenset(_FLAG_NAMES[name.lower()] for name in names if name.lower() in _FLAG_NAMES),
        attachments=attachment_names(item.get(b"BODYSTRUCTURE")),
        keywords=frozenset(name for name in names if not name.startswith("\\") and name.lower() not in _FLAG_NAMES),
    )


def _flags(item: dict[bytes, object]) -> list[str]:
    flags = item.get(b"FLAGS")
    if not isinstance(flags, tuple):
        return []
    return [flag.decode("ascii", "replace") for flag in cast("tuple[object, ...]", flags) if isinstance(flag, bytes)]


def _received(item: dict[bytes, object]) -> datetime:
    at = item.get(b"INTERNALDATE")
    return at if isinstance(at, datetime) and at.tzinfo is not None else _EARLIEST


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
