"""Attached files into the workspace, where the tools for files and spreadsheets reach them."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Literal

from anyio import to_thread

from deskhand.errors import Conflict, Denied, InvalidInput, LimitExceeded, NotFound
from deskhand.mail.mail import Attachment
from deskhand.principal import current_principal
from deskhand.toolsets.email.handle import ATTACHMENT, parse_attachment
from deskhand.toolsets.email.reading import Reading
from deskhand.toolsets.email.results import Organized, Saved
from deskhand.visible import visible_line
from deskhand.workspace.address import Parts, typed
from deskhand.workspace.place import Placed
from deskhand.workspace.workspace import Workspace

Action = Literal["save_files"]
FOLDER = "attachments"
"""Where they go when nothing else is said."""
WRITES = "files:write"
"""What a caller needs for it, whether the tools for files are there or not."""
MOST = 50
"""Files of one call."""
_NAMES = 100
"""Names tried for one file: `figures.xlsx`, `figures (2).xlsx`, …"""


class Saving:
    """Saves files of one person's mails; nothing in the workspace is replaced. `allowed`: by the operator."""

    def __init__(self, workspace: Path, reading: Reading, *, max_bytes: int, allowed: bool) -> None:
        self._workspace = Workspace(workspace, max_bytes=max_bytes)
        self._allowed = allowed
        self._reading = reading

    async def save(self, subject: str, addresses: Sequence[str], folder: str = "") -> Organized:
        """Save all files of these mails, or the one of `email://attachment/ID/1`, into a folder of the workspace.

        Raises:
            InvalidInput: an address or the folder is wrong.
            Denied: the operator does not allow it, the caller may not write files, or the folder is no part of it.
            NotFound: there is no such mail or file, or a mail has none.
            LimitExceeded: there are too many files.
        """
        if not addresses:
            raise InvalidInput("Give ids: mails as email_search shows them, or attachments as email_read does.")
        if not self._allowed:
            raise Denied("Attachments are not saved here. The operator can set toolsets.email.save_attachments = true.")
        if not current_principal().may(WRITES):
            raise Denied(f"Saving attachments needs the scope {WRITES}, which this client was not granted.")
        parts = self._workspace.parts(folder.strip() or FOLDER)
        found = [file for address in dict.fromkeys(addresses) for file in await self._files(subject, address.strip())]
        if len(found) > MOST:
            raise LimitExceeded(f"These are {len(found)} files, and {MOST} are the most. Save them in parts.")
        placed = [await to_thread.run_sync(self._place, parts, file.name, data) for file, data in found]
        saved = tuple(
            Saved(file=typed(self._workspace.parts(each.uri)), size=each.size, version=each.version) for each in placed
        )
        known = sum(each.outcome == "unchanged" for each in placed)
        note = f"{known} of them were there already, word for word." if known else ""
        return Organized(mails=(), files=saved, done="Saved into the workspace", note=note)

    async def _files(self, subject: str, address: str) -> list[tuple[Attachment, bytes]]:
        if address.startswith(ATTACHMENT):
            return [await self._reading.file(subject, *parse_attachment(address))]
        found = await self._reading.files(subject, address)
        if not found:
            raise NotFound(f"{visible_line(address)[:100]} has no attached files.")
        return found

    def _place(self, folder: Parts, name: str, data: bytes) -> Placed:
        """Under its own name, or, where another file has that, with a number; blocks."""
        path = PurePath(name)
        for number in range(1, _NAMES):
            tried = name if number == 1 else f"{path.stem} ({number}){path.suffix}"
            try:
                return self._workspace.place(typed((*folder, tried)), data)
            except Conflict:
                continue
        raise Conflict(f"{visible_line(name)}: there are too many files of this name. Choose another folder.")
