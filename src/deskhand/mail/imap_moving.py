"""Putting mails into folders of a server, and out of them, without touching any other mail."""

from collections.abc import Sequence
from datetime import datetime

from deskhand.errors import NotFound
from deskhand.mail.headers import parse_headers
from deskhand.mail.imap_envelopes import FLAGS, Opened, check_there, open_folder
from deskhand.mail.imap_folders import ServerFolder
from deskhand.mail.imap_wire import Wire, quoted
from deskhand.mail.mailbox import Flag, MailRef


def append(wire: Wire, account: str, folder: ServerFolder, mail: tuple[bytes, frozenset[Flag], datetime]) -> MailRef:
    """Put a mail into a folder, and say where it is: by APPENDUID (RFC 4315), else by its Message-ID. Blocks.

    Raises:
        NotFound: the server took it, and does not tell where it is.
    """
    raw, flags, at = mail
    wire.answered_uids("APPENDUID")
    wire.append(folder.at_server, raw, [FLAGS[flag] for flag in sorted(flags)], at)
    said = wire.answered_uids("APPENDUID")
    if len(said) == 2 and len(said[0]) == len(said[1]) == 1:
        return MailRef(account, folder.name, f"{said[1][0]}.{said[0][0]}")
    there = _newest(open_folder(wire, account, folder), parse_headers(raw[:64_000]).message_id)
    if there is None:
        raise NotFound(f"The server took the mail into {folder.name}, and does not tell where it is.")
    return there


def move(opened: Opened, uids: Sequence[int], target: ServerFolder) -> list[MailRef | None]:
    """Move mails out of an open folder: where they are then, None where the server does not tell. Blocks.

    It tells by COPYUID (RFC 4315); without, a mail is found by its Message-ID, if no other one of these has the same.

    Raises:
        NotFound: one of them is not there; nothing was moved.
    """
    wire = opened.wire
    check_there(opened, uids)
    ids = _message_ids(opened, uids)
    wire.answered_uids("COPYUID")
    if wire.has_capability("MOVE"):
        wire.move(uids, target.at_server)
    else:
        wire.copy(uids, target.at_server)
        delete(opened, uids)
    said = wire.answered_uids("COPYUID")
    if len(said) == 3 and len(said[0]) == 1 and len(said[1]) == len(said[2]):
        there = dict(zip(said[1], said[2], strict=True))
        if all(uid in there for uid in uids):
            return [MailRef(opened.account, target.name, f"{there[uid]}.{said[0][0]}") for uid in uids]
    arrived = open_folder(wire, opened.account, target)
    return [_newest(arrived, message_id) if ids.count(message_id) == 1 else None for message_id in ids]


def delete(opened: Opened, uids: Sequence[int]) -> None:
    """Delete these mails of a folder, and only these. Blocks.

    EXPUNGE would delete what other programs have marked, too. A server without UIDPLUS keeps ours marked as deleted,
    which every search here leaves out.
    """
    opened.wire.add_flags(uids, ["\\Deleted"], silent=True)
    if opened.wire.has_capability("UIDPLUS"):
        opened.wire.uid_expunge(uids)


def _message_ids(opened: Opened, uids: Sequence[int]) -> list[str]:
    found = opened.wire.fetch(uids, ("BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]",))
    items = [found.get(uid, {}).items() for uid in uids]
    blocks = [next((value for key, value in item if key.startswith(b"BODY[HEADER")), b"") for item in items]
    return [parse_headers(block).message_id if isinstance(block, bytes) else "" for block in blocks]


def _newest(opened: Opened, message_id: str) -> MailRef | None:
    """The mail with this Message-ID that came last, which is the one that was just put here; None if there is none."""
    if not message_id:
        return None
    wanted = [b"UNDELETED", b"HEADER", b"Message-ID", quoted(message_id)]
    found = opened.wire.search_uids(wanted, sort=False)
    return opened.ref(found[0]) if found else None
