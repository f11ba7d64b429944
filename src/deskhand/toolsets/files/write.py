"""Writing text: a whole content, or edits of what is there."""

import stat
from collections.abc import Sequence
from dataclasses import dataclass

from deskhand.documents.decode import Text, decode
from deskhand.errors import InvalidInput, LimitExceeded, NotFound
from deskhand.toolsets.files import edit
from deskhand.toolsets.files.answers import Edit, Written
from deskhand.workspace.address import Parts, shown, uri_of
from deskhand.workspace.content import held
from deskhand.workspace.kind import kind_of, mime_of
from deskhand.workspace.load import Loaded, Loader, version_of
from deskhand.workspace.place import Placer, Standing


@dataclass(frozen=True, slots=True)
class Change:
    """What to write: a whole `content`, or `edits` of what is there; `expected` is the version that may be replaced."""

    content: str | None = None
    edits: Sequence[Edit] = ()
    expected: str = ""
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.content is None and not self.edits:
            raise InvalidInput(
                "Nothing to write: content and edits are both missing. Give content (the whole file; '' for an empty "
                "one) or edits (a list of {old, new})."
            )
        if self.content is not None and self.edits:
            raise InvalidInput("Give either content (the whole file) or edits (a list of {old, new}), not both.")


class Writer:
    """Writes text files, as `Placer` places."""

    def __init__(self, loader: Loader, placer: Placer, *, max_bytes: int) -> None:
        self._loader = loader
        self._placer = placer
        self._max_bytes = max_bytes

    def write(self, parts: Parts, change: Change) -> Written:
        """Make the change; blocks.

        Raises:
            Conflict: the file exists and `expected` is missing or not its version, or it changed just now.
            InvalidInput: an edit does not apply, or the name cannot be written.
        """
        with self._placer.turn(parts):
            current = self._loader.load(parts) if self._placer.taken(parts) else None
            data, diff = self._content(parts, current, change)
            if change.dry_run and (current is None or data != current.data):
                return _would(parts, data, current, diff)
            standing = Standing(current.version, current.status) if current else None
            placed = self._placer.put(parts, held(data), standing, change.expected)
        return Written(
            uri=placed.uri,
            outcome=placed.outcome,
            version=placed.version,
            size=placed.size,
            diff=diff if placed.outcome == "replaced" and change.edits else "",
            trashed=placed.trashed,
        )

    def _content(self, parts: Parts, current: Loaded | None, change: Change) -> tuple[bytes, str]:
        """The new bytes, and the difference to what is there."""
        if kind_of(parts[-1], stat.S_IFREG) in ("image", "pdf", "document"):
            raise InvalidInput(
                f"file_write writes text, but {shown(parts)} would be {mime_of(parts[-1])}. Use .md or .txt."
            )
        before = decode(current.data) if current else Text("", "utf-8")
        if change.content is not None:
            data = change.content.encode(errors="surrogatepass")
            after = change.content
        else:
            data, after = self._edited(parts, current, before, change.edits)
        if len(data) > self._max_bytes:
            raise LimitExceeded(
                f"The content has {len(data):,} bytes; files.max_file_bytes allows {self._max_bytes:,}."
            )
        return data, edit.diff(before.text, after, shown(parts)) if before else "(the file is binary)"

    def _edited(
        self, parts: Parts, current: Loaded | None, before: Text | None, edits: Sequence[Edit]
    ) -> tuple[bytes, str]:
        if current is None:
            raise NotFound(f"There is no {shown(parts)} to edit. Give content to create it, or look with file_find.")
        if before is None:
            raise InvalidInput(f"{shown(parts)} is binary; edits need text.")
        after = edit.apply(before.text, edits)
        return before.encoded(after), after


def _would(parts: Parts, data: bytes, current: Loaded | None, diff: str) -> Written:
    outcome = "would replace" if current else "would create"
    return Written(uri=uri_of(parts), outcome=outcome, version=version_of(data), size=len(data), diff=diff)
