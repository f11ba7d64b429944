"""Files that are dragged onto the page: they go to the workspace, and the message names them."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from deskhand.documents.picture_size import picture_size
from deskhand.errors import Conflict, Denied, InvalidInput, LimitExceeded
from deskhand.toolsets.files.toolset import FilesSettings
from deskhand.web.desk import Desk
from deskhand.web.guard import in_words
from deskhand.web.page import pages_of
from deskhand.workspace.workspace import Workspace

MOST_BYTES = 96 * 1024 * 1024
"""Of a file, however large the toolset lets them be. Within `guard.UPLOAD_BYTES`."""
MOST_AT_ONCE = 4
"""Files of one person that are on their way; a page sends one after the other."""
_SCOPE = "files:write"
_FOLDER = "uploads"
_TRIES = 100
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})
"""Names that promise a picture which a model can be shown."""
_HEADER = 4 * 1024 * 1024
"""Bytes that are read to find the size of a picture; what a camera writes before it, such as a preview, is less."""


def routes() -> list[BaseRoute]:
    """Where they are sent."""
    return [Route("/files", _upload, methods=["POST"])]


async def _upload(request: Request) -> Response:
    """Keep one file below `uploads/`; the answer says how a message attaches it."""
    desk = await pages_of(request).desk(request)
    if not desk.principal.may(_SCOPE):
        raise Denied(f"Putting files into the workspace needs the scope {_SCOPE}, which your token does not have.")
    rules = _allowing(desk)
    workspace = _workspace(desk, rules)
    with _counted(desk):
        return await _taken(request, workspace, rules)


@contextmanager
def _counted(desk: Desk) -> Generator[None]:
    """Hold a file's place among those on their way: until it came, each is a temporary file of any size.

    Raises:
        LimitExceeded: so many are.
    """
    uploading, who = desk.around.uploading, desk.principal.subject
    if uploading[who] >= MOST_AT_ONCE:
        raise LimitExceeded(
            f"{MOST_AT_ONCE} files of yours are on their way already. Wait until one of them is there, then send this "
            "one again."
        )
    uploading[who] += 1
    try:
        yield
    finally:
        uploading -= Counter([who])  # and nobody stays whose files all came


async def _taken(request: Request, workspace: Workspace, rules: FilesSettings) -> Response:
    """Read the file of a request, and put it where it belongs."""
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise InvalidInput("There is no file in the request. Drop one file at a time onto the page.")
        _check_size(file, rules)
        await to_thread.run_sync(_check_picture, file.filename, file.file)
        uri = await to_thread.run_sync(_placed, workspace, file.filename, file.file)
    return JSONResponse({"name": file.filename, "insert": f"@{uri}"})


def attaches(desk: Desk) -> bool:
    """Whether files can be put into the workspace from this desk."""
    rules = _rules(desk)
    return rules is not None and not rules.read_only and desk.principal.may(_SCOPE)


def _rules(desk: Desk) -> FilesSettings | None:
    """What the toolset may do in the workspace; None where it is not enabled."""
    server = desk.around.server
    found = (toolset.settings for toolset in server.toolsets) if server else ()
    return next((settings for settings in found if isinstance(settings, FilesSettings)), None)


def _allowing(desk: Desk) -> FilesSettings:
    """What the toolset may do in the workspace: what that must not, the page does not do either.

    Raises:
        Denied: there is no such toolset.
    """
    rules = _rules(desk)
    if rules is None:
        raise Denied(
            "Files go to the workspace, and the toolset files is not enabled here. Add files to toolsets.enabled in "
            "deskhand.toml, and start Deskhand again."
        )
    return rules


def _workspace(desk: Desk, rules: FilesSettings) -> Workspace:
    """The workspace under the rules of the toolset.

    Raises:
        Denied: it must not write.
    """
    workspace = Workspace(
        desk.around.settings.workspace,
        max_bytes=rules.max_file_bytes,
        hard_links=rules.hard_links,
        read_only=rules.read_only,
    )
    workspace.check_writable()  # before a large file is read in vain
    return workspace


def _check_size(file: UploadFile, rules: FilesSettings) -> None:
    limit = min(rules.max_file_bytes, MOST_BYTES)
    if (file.size or 0) > limit:
        who = ", which toolsets.files.max_file_bytes allows" if limit == rules.max_file_bytes else ""
        raise LimitExceeded(
            f"{file.filename} is larger than {in_words(limit)}{who}. Put it into the workspace folder yourself."
        )


def _check_picture(name: str, file: BinaryIO) -> None:
    """Refuse what is called a picture and is none: it would be attached to a message, and nobody could see it."""
    if Path(name).suffix.lower() not in _PICTURES:
        return
    header = file.read(_HEADER)
    file.seek(0)
    if picture_size(header) is None:
        if not header:
            raise InvalidInput(f"{name} is empty, so it was not attached. Choose another file.")
        raise InvalidInput(
            f"{name} holds no picture, whatever its name says, so it was not attached. Choose another file, or give "
            "this one its right name."
        )


def _placed(workspace: Workspace, name: str, file: BinaryIO) -> str:
    """Where it is now: under its own name, or with a number where another file has that.

    A large one never is in memory as a whole, however many come at once: Starlette keeps it in a temporary file.
    """
    descriptor = file.fileno()  # a small one is put into a temporary file by this
    file.flush()
    plain = Path(name.replace("\\", "/")).name
    stem, suffix = Path(plain).stem, Path(plain).suffix
    for number in range(1, _TRIES):
        shown = plain if number == 1 else f"{stem}-{number}{suffix}"
        try:
            return workspace.place_from(f"file:///{_FOLDER}/{quote(shown)}", descriptor).uri
        except Conflict:
            continue
    raise Conflict(f"The workspace has {_TRIES} files named like {plain} already. Rename yours first.")
