"""Files that go with a mail: from the workspace, from earlier results, from other mails."""

from collections.abc import Callable, Sequence
from pathlib import Path

from anyio import to_thread

from deskhand.errors import Denied, DeskhandError, LimitExceeded
from deskhand.kept import SCHEME as RESULT
from deskhand.kept import Kept
from deskhand.mail.compose_body import OutgoingAttachment
from deskhand.principal import current_principal
from deskhand.toolsets.email.handle import ATTACHMENT, parse_attachment
from deskhand.toolsets.email.reading import Reading
from deskhand.workspace.kind import mime_of
from deskhand.workspace.workspace import Workspace

READS = "files:read"
"""What a caller needs to attach files of the workspace, whether the tools for files are there or not."""


class Attaching:
    """Loads files by their addresses, each one's own only; `max_bytes` bounds them together."""

    def __init__(self, workspace: Path, kept: Kept, reading: Reading, max_bytes: int) -> None:
        self._workspace = Workspace(workspace, max_bytes=max_bytes)
        self._kept = kept
        self._reading = reading
        self._max_bytes = max_bytes

    async def load(self, subject: str, addresses: Sequence[str]) -> tuple[OutgoingAttachment, ...]:
        """The files: `file:///docs/a.pdf` or `docs/a.pdf`, `result://…`, `email://attachment/…`.

        Raises:
            InvalidInput: an address is none.
            NotFound: there is no such file.
            Denied: the caller may not read the workspace.
            LimitExceeded: they are too large together.
        """
        found: list[OutgoingAttachment] = []
        for address in addresses:
            found.append(await self._one(subject, address.strip()))
            if sum(len(file.data) for file in found) > self._max_bytes:
                raise LimitExceeded(
                    f"The attachments are larger than {self._max_bytes:,} bytes together. Send a link, or fewer files. "
                    "The operator can raise toolsets.email.max_attachment_bytes."
                )
        return tuple(found)

    async def _one(self, subject: str, address: str) -> OutgoingAttachment:
        if address.startswith(RESULT):
            kept = await self._kept.load(address, subject)
            return OutgoingAttachment(f"result.{kept.suffix}", kept.mime_type, kept.data)
        if address.startswith(ATTACHMENT):
            file, data = await self._reading.file(subject, *parse_attachment(address))
            return OutgoingAttachment(file.name, file.mime_type, data)
        if not current_principal().may(READS):
            raise Denied(
                f"Attaching files of the workspace needs the scope {READS}, which this client was not granted."
            )
        load: Callable[[str], OutgoingAttachment] = self._file
        try:
            return await to_thread.run_sync(load, address)
        except DeskhandError as error:
            raise type(error)(f"attachments: {error.message}") from error

    def _file(self, address: str) -> OutgoingAttachment:
        name = self._workspace.parts(address)[-1:] or ("",)
        data = self._workspace.load(address).data
        return OutgoingAttachment(name[0], mime_of(name[0]), data)
