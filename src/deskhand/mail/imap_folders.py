"""The folders of a server: their names, decoded, and what they are for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from deskhand.errors import InvalidInput, NotFound
from deskhand.mail.folder_names import role_of
from deskhand.mail.imap_wire import Wire
from deskhand.mail.mailbox import Folder, Role

_MOST = 500
_COUNTED = 50
_ATTRIBUTES: dict[bytes, Role] = {
    b"\\sent": "sent", b"\\drafts": "drafts", b"\\trash": "trash", b"\\archive": "archive", b"\\junk": "junk",
    b"\\all": "all", b"\\inbox": "inbox",
}  # fmt: skip
"""RFC 6154 §2."""
_UNSELECTABLE = {b"\\noselect", b"\\nonexistent"}
_NEW_NAMES: dict[Role, str] = {
    "sent": "Sent", "drafts": "Drafts", "trash": "Trash", "archive": "Archive", "junk": "Junk",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """A folder, and what the server calls it."""

    name: str
    at_server: str
    role: Role = ""


@dataclass(frozen=True, slots=True)
class FolderList:
    """All folders that hold mails, those with a role first."""

    folders: tuple[ServerFolder, ...]
    delimiter: str = "/"
    prefix: str = ""
    """What the names of the person's own folders begin with on the server (RFC 2342), such as `INBOX.`."""

    def find(self, name: str) -> ServerFolder | None:
        """By full name, by role, or by the name below the prefix."""
        wanted = name.casefold()
        below = f"{self.prefix.replace(self.delimiter, '/')}{name}".casefold() if self.delimiter else wanted
        for key in (wanted, below):
            for folder in self.folders:
                if folder.name.casefold() == key:
                    return folder
        return next((folder for folder in self.folders if folder.role and folder.role == wanted), None)

    def named(self, name: str) -> ServerFolder:
        """By name or role.

        Raises:
            NotFound: there is none.
        """
        folder = self.find(name)
        if folder is None:
            known = ", ".join(folder.name for folder in self.folders[:20])
            raise NotFound(f"There is no folder {name!r}; there are {known}.")
        return folder

    def with_role(self, role: Role) -> ServerFolder | None:
        """The folder for something."""
        return next((folder for folder in self.folders if role and folder.role == role), None)

    def searched(self, name: str) -> Sequence[ServerFolder]:
        """Where `in:name` looks; without a name where a person would: not in trash and junk."""
        if name and name.casefold() != "all":
            return [self.named(name)]
        everything = self.with_role("all")
        if everything is not None:  # it holds what is in the others, so they would only repeat it
            apart = [folder for folder in self.folders if name and folder.role in ("trash", "junk")]
            return [everything, *apart]
        return [folder for folder in self.folders if name or folder.role not in ("trash", "junk")]


def list_folders(wire: Wire) -> FolderList:
    """Ask the server. Blocks."""
    found: list[tuple[ServerFolder, Role]] = []
    delimiter = "/"
    for flags, separator, name in wire.list_folders()[:_MOST]:
        lowered = {flag.lower() for flag in flags}
        delimiter = separator.decode("ascii", "replace") if separator else delimiter
        shown = name.replace(delimiter, "/") if delimiter else name
        if lowered.isdisjoint(_UNSELECTABLE):
            roles: list[Role] = [_ATTRIBUTES[flag] for flag in sorted(lowered) if flag in _ATTRIBUTES]
            role: Role = roles[0] if roles else ""
            found.append((ServerFolder(shown, name), role))
    folders = sorted(_with_roles(found), key=lambda folder: (folder.role != "inbox", not folder.role))
    return FolderList(tuple(folders), delimiter, _prefix(wire))


def new_folder(wire: Wire, known: FolderList, name: str) -> ServerFolder:
    """Make a folder, given by its name or role. Blocks.

    Raises:
        InvalidInput: the name cannot be one.
    """
    if not name.strip() or len(name) > 200 or not name.isprintable() or any(char in name for char in '*%"\\'):
        raise InvalidInput(f"{name!r} cannot be the name of a folder: write words, with / between levels.")
    shown = next((title for role, title in _NEW_NAMES.items() if role == name.casefold()), name)
    path = shown.replace("/", known.delimiter)
    if not path.startswith(known.prefix):
        path = known.prefix + path
    wire.create_folder(path)
    wire.subscribe_folder(path)
    return ServerFolder(path.replace(known.delimiter, "/"), path, role_of(shown))


def counted(wire: Wire, known: FolderList) -> list[Folder]:
    """The folders with how many mails are in the first 50 of them. Blocks."""
    found: list[Folder] = []
    for number, folder in enumerate(known.folders):
        line = Folder(folder.name, folder.role)
        if number < _COUNTED:
            status = wire.folder_status(folder.at_server, ("MESSAGES", "UNSEEN"))
            line = replace(line, total=_number(status.get(b"MESSAGES")), unread=_number(status.get(b"UNSEEN")))
        found.append(line)
    return found


def _with_roles(found: Sequence[tuple[ServerFolder, Role]]) -> Iterator[ServerFolder]:
    """Attributes first; a name only tells the role where no attribute does, and each role is given once."""
    taken = {role for _, role in found if role}
    for folder, attribute in found:
        role = "inbox" if folder.at_server.upper() == "INBOX" else attribute
        if not role and (by_name := role_of(folder.name)) not in taken:
            role = by_name
            taken.add(by_name)
        yield replace(folder, role=role)


def _prefix(wire: Wire) -> str:
    if not wire.has_capability("NAMESPACE"):
        return ""
    personal = wire.namespace()[0] or ()
    return personal[0][0] if personal else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
