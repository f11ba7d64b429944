"""The folders of a local mailbox: Maildir++, where the root is the inbox and `.Sent` a folder beside it."""

from pathlib import Path

from deskhand.errors import InvalidInput, NotFound
from deskhand.mail.folder_names import role_of
from deskhand.mail.mailbox import Role
from deskhand.mail.maildir_files import MaildirFolder

INBOX = "Inbox"
_ROLES: dict[Role, str] = {"sent": "Sent", "drafts": "Drafts", "archive": "Archive", "trash": "Trash", "junk": "Junk"}
_FIRST = ("Sent", "Drafts", "Archive", "Trash")
_LONGEST = 100


class MaildirTree:
    """Folders below `root` by name, with `/` between levels."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self) -> None:
        """Make the inbox and the usual folders, as far as they are missing."""
        for name in (INBOX, *_FIRST):
            folder = self._at(name)
            if not folder.exists:
                folder.make()

    def names(self) -> list[str]:
        """All folders, those with a role first."""
        found = [
            path.name[1:].replace(".", "/")
            for path in self.root.glob(".*")
            if len(path.name) > 1 and (path / "cur").is_dir()
        ]
        return [INBOX, *sorted(found, key=lambda name: (not role_of(name), name.casefold()))]

    def folder(self, name: str, *, create: bool = False) -> MaildirFolder:
        """A folder by its name.

        Raises:
            NotFound: there is none, and it is not to be made.
            InvalidInput: it is to be made, and the name cannot be one.
        """
        known = next((one for one in self.names() if one.casefold() == name.casefold()), None)
        if known is None and not create:
            raise NotFound(f"There is no folder {name!r}; there are {', '.join(self.names())}.")
        folder = self._at(known or _checked(name))
        if not folder.exists:
            folder.make()
        return folder

    def name_of(self, role: Role) -> str:
        """The name a folder of this role has, whether it was made or not; empty when there is no such folder here."""
        return INBOX if role == "inbox" else _ROLES.get(role, "")

    def _at(self, name: str) -> MaildirFolder:
        return MaildirFolder(self.root if name == INBOX else self.root / f".{name.replace('/', '.')}")


def _checked(name: str) -> str:
    levels = name.split("/")
    if not all(level.strip() == level and level for level in levels) or "." in name or len(name.encode()) > _LONGEST:
        raise InvalidInput(
            f"{name!r} cannot be the name of a folder: write words, with / between levels, without dots, "
            f"at most {_LONGEST} characters."
        )
    if not name.isprintable():
        raise InvalidInput("The name of a folder must not hold control characters.")
    return name
