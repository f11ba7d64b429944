"""The files tools and the `file:///` resources."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated

import anyio
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from pydantic import BaseModel, BeforeValidator, Field

from deskhand.errors import Conflict
from deskhand.principal import Caller
from deskhand.result import Health
from deskhand.services import Services
from deskhand.toolset import (
    Content,
    Progress,
    ResourceEntry,
    Toolset,
    ToolsetSettings,
    can_ask,
    completes,
    lists,
    resource,
    tool,
)
from deskhand.toolsets.files.answers import Edit, FileText, Found, Managed, Written
from deskhand.toolsets.files.backend import LISTED, Action, Backend, Limits, LocalFiles
from deskhand.toolsets.files.search import Query
from deskhand.toolsets.files.write import Change
from deskhand.workspace.address import uri_of
from deskhand.workspace.kind import Wanted

logger = logging.getLogger(__name__)

FILE = "file:///{+path}"
_REWATCH_SECONDS = 5
_CUT = f"The workspace as a folder. It holds more files than the first {LISTED:,} listed here: use file_find."

Address = Annotated[str, Field(description="file:///docs/a.txt or docs/a.txt, from the workspace root.")]

Optional = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""May be left out; null is taken for that too, because some models fill every field."""
Edits = Annotated[tuple[Edit, ...], BeforeValidator(lambda value: () if value is None else value)]


class FilesSettings(ToolsetSettings):
    """What may be done in the workspace."""

    read_only: bool = Field(default=False, description="Refuse every change.")
    max_file_bytes: int = Field(default=32 * 1024 * 1024, gt=0, description="Largest file read or written.")
    ignore: tuple[str, ...] = Field(
        default=(".git", "node_modules", "__pycache__", ".venv", ".DS_Store"),
        description="Names, or patterns of names, left out of listings, searches and change events.",
    )
    hard_links: bool = Field(default=False, description="Read files that have several names, outside ones perhaps.")
    trash_days: int = Field(default=30, ge=0, description="How long the trash is kept; 0 keeps it forever.")
    watch: bool = Field(default=True, description="Announce changes to subscribers.")


class Overwrite(BaseModel):
    """What the person says about replacing a file."""

    overwrite: bool = Field(description="Replace the file? What is there now goes to the trash.")


class Files(Toolset):
    """Files of the workspace."""

    name = "files"
    title = "Files"
    summary = (
        "Find, read (PDF, DOCX and XLSX too), write and organize files in the workspace; "
        "what is replaced is kept in a trash."
    )
    Settings = FilesSettings

    def __init__(self, settings: FilesSettings, services: Services) -> None:
        super().__init__(settings, services)
        self._settings = settings
        limits = Limits(
            settings.max_file_bytes, settings.read_only, settings.hard_links, settings.ignore, settings.trash_days
        )
        self.backend: Backend = LocalFiles(services.workspace, limits, services.now)
        self._watch_trouble = ""

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """Make the folder ready, watch it, and meanwhile clear away what a crash left in it."""
        await self.backend.prepare()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._tidy)
            if self._settings.watch:
                tasks.start_soon(self._watch)
            yield
            tasks.cancel_scope.cancel()

    async def health(self) -> Health:
        """Whether the folder can be used, and whether changes are noticed."""
        trouble = await anyio.to_thread.run_sync(self.backend.trouble)
        if trouble:
            return Health("down", "local folder", trouble, "Make the folder, or set workspace to another.")
        if self._watch_trouble:
            return Health("degraded", "local folder", self._watch_trouble, "Raise fs.inotify.max_user_watches.")
        return Health("ok", "local folder", self.backend.description)

    @tool(title="Find files", read_only=True, open_world=False, timeout=60)
    async def file_find(  # noqa: PLR0913 (a tool's arguments are the form a model fills)
        self,
        progress: Progress,
        glob: Annotated[str, Field(description="Such as 'docs/**/*.{md,txt}'; without a slash, at any depth.")] = "**",
        text: Annotated[Optional, Field(description="Literal text the file holds, in PDF and DOCX too.")] = "",
        kind: Annotated[Wanted, Field(description="What it is; file is all but directory.")] = "any",
        match_case: Annotated[bool, Field(description="For text.")] = False,
        limit: Annotated[int, Field(description="Files per page.", ge=1, le=500)] = 50,
        cursor: Annotated[Optional, Field(description="next_cursor, same search.")] = "",
    ) -> Found:
        """Find or list files by name, kind and text, sorted by path. Hits give line, page or paragraph numbers."""
        return await self.backend.find(Query(glob, text, kind, match_case, limit), cursor, progress)

    @tool(title="Read a file", read_only=True, open_world=False)
    async def file_read(
        self,
        uri: Address,
        range: Annotated[
            Optional,
            Field(description="Lines, rows, PDF pages or DOCX paragraphs: '10-40', '10-', '-20' (last 20)."),
        ] = "",
        max_tokens: Annotated[int, Field(description="Most to show.", ge=100, le=20_000)] = 2_000,
    ) -> FileText:
        r"""Read a file as text, PDF, DOCX, XLSX too. Go on with next_range. Hidden characters show as \u escapes."""
        return await self.backend.read(uri, range, max_tokens=max_tokens)

    async def _version(self, uri: str) -> str:
        return await self.backend.version(uri)

    async def _ask_overwrite(
        self,
        uri: str,
        expected_version: str,
        dry_run: bool,
        version: Annotated[str, Resolve(_version)],
        ctx: Context,
    ) -> Elicit[Overwrite] | Overwrite:
        if not version or expected_version or dry_run or not can_ask(ctx):
            return Overwrite(overwrite=False)
        return Elicit(f"{uri} exists (version {version}). Replace it? What is there now goes to the trash.", Overwrite)

    @tool(title="Write a file", read_only=False, open_world=False, idempotent=True)
    async def file_write(  # noqa: PLR0913 (two of them are the version seen and the person's answer)
        self,
        uri: Address,
        version: Annotated[str, Resolve(_version)],
        answer: Annotated[ElicitationResult[Overwrite], Resolve(_ask_overwrite)],
        content: Annotated[str | None, Field(description="The whole new text, or use edits.")] = None,
        edits: Annotated[Edits, Field(description="Exact replacements; old must occur count times.")] = (),
        expected_version: Annotated[Optional, Field(description="Version read; needed if the file exists.")] = "",
        dry_run: Annotated[bool, Field(description="Only show the diff.")] = False,
    ) -> Written:
        """Create or change a text file in one step; missing folders are made. What is replaced goes to the trash."""
        if not isinstance(answer, AcceptedElicitation):
            raise Conflict(f"Replacing {uri} was not agreed to; it is unchanged. Choose another name.")
        expected = version if answer.data.overwrite else expected_version
        return await self.backend.write(uri, Change(content, edits, expected, dry_run))

    @tool(title="Organize files", read_only=False, open_world=False)
    async def file_manage(
        self,
        action: Annotated[
            Action, Field(description="restore takes a trash URI; file_find glob='.deskhand-trash/**' lists them.")
        ],
        uri: Address,
        to: Annotated[Optional, Field(description="The new address, for move and copy; optional for restore.")] = "",
    ) -> Managed:
        """Move, copy, make a folder, trash, or restore from the trash. Nothing is replaced or deleted."""
        return await self.backend.manage(action, uri, to)

    @resource(FILE, title="A workspace file", mime_type="application/octet-stream", watched=True)
    async def workspace_file(self, path: str) -> Content:
        """A file as it is, text or bytes; a folder as a JSON listing."""
        data, mime_type = await self.backend.content(path)
        return Content(data, mime_type)

    @lists(FILE)
    async def list_files(self, caller: Caller) -> list[ResourceEntry]:
        """The files of the workspace, the first few thousand."""
        files, more = await self.backend.listed()
        entries = [
            ResourceEntry(file.uri, file.name, mime_type=file.mime_type, size=file.size, modified=file.modified)
            for file in files
        ]
        return [ResourceEntry(uri_of(()), ".", description=_CUT), *entries] if more else entries

    @completes(FILE, "path")
    async def complete_path(self, value: str, caller: Caller) -> list[str]:
        """Paths that begin so."""
        return await self.backend.completed(value)

    async def _tidy(self) -> None:
        try:
            moved = await self.backend.tidy()
        except Exception:  # not worth the server: the next start tries again
            logger.warning("What a crash may have left in the workspace was not cleared away.", exc_info=True)
            moved = 0
        if moved:
            logger.warning("%d leftovers of an interrupted change were put into the trash, as recovered-…", moved)

    async def _watch(self) -> None:
        """Announce changes; when that fails, say so in `health` and in the log, and try again later."""
        while True:
            try:
                await self._announce()
            except Exception as error:  # whatever it is, the tools work without it
                self._not_watched(error)
            await anyio.sleep(_REWATCH_SECONDS)

    def _not_watched(self, error: Exception) -> None:
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        if not self._watch_trouble:
            logger.warning("Changes in the workspace are not noticed, trying again: %r", error)
        self._watch_trouble = f"Changes are not noticed: {reason}."

    async def _announce(self) -> None:
        async with aclosing(self.backend.changes()) as changes:
            async for changed in changes:
                self._watch_trouble = ""
                for parts in sorted(changed.parts):
                    self.services.changes.resource_updated(uri_of(parts))
                if changed.listing:
                    self.services.changes.resource_list_changed()
