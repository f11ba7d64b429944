"""Files that are dragged onto the page: they go to the workspace, and the message names them."""

from pathlib import Path
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import Conflict, Denied, InvalidInput, LimitExceeded
from deskhand.web.page import pages_of
from deskhand.web.visit import visit_of
from deskhand.workspace.workspace import Workspace

MOST_BYTES = 25 * 1024 * 1024
_SCOPE = "files:write"
_FOLDER = "uploads"
_TRIES = 100


def routes() -> list[BaseRoute]:
    """Where they are sent."""
    return [Route("/files", _upload, methods=["POST"])]


async def _upload(request: Request) -> Response:
    """Keep one file below `uploads/`; the answer says how a message attaches it."""
    if not visit_of(request).principal.may(_SCOPE):
        raise Denied(f"Putting files into the workspace needs the scope {_SCOPE}, which your token does not have.")
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise InvalidInput("There is no file in the request. Drop one file at a time onto the page.")
        if (file.size or 0) > MOST_BYTES:
            raise LimitExceeded(
                f"{file.filename} is larger than {MOST_BYTES // 1024**2} MB. Put it into the workspace folder yourself."
            )
        data = await file.read()
    folder = pages_of(request).desks.around.settings.workspace
    uri = await to_thread.run_sync(_placed, folder, file.filename, data)
    return JSONResponse({"name": file.filename, "insert": f"@{uri}"})


def _placed(folder: Path, name: str, data: bytes) -> str:
    """Where it is now: under its own name, or with a number where another file has that."""
    workspace = Workspace(folder, max_bytes=MOST_BYTES)
    plain = Path(name.replace("\\", "/")).name
    stem, suffix = Path(plain).stem, Path(plain).suffix
    for number in range(1, _TRIES):
        shown = plain if number == 1 else f"{stem}-{number}{suffix}"
        try:
            return workspace.place(f"file:///{_FOLDER}/{quote(shown)}", data).uri
        except Conflict:
            continue
    raise Conflict(f"The workspace has {_TRIES} files named like {plain} already. Rename yours first.")
