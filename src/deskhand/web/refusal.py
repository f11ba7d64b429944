"""How a request is refused: a page for a person, a toast where htmx asked, a sentence for everything else."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Scope

from deskhand.web.draw import Draw


def refusal(draw: Draw, scope: Scope, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that says what was wrong, in the form that whoever asked can show."""
    asked = Headers(scope=scope)
    if "hx-request" in asked:
        return HTMLResponse(draw.fragment("toast.html", message=message, status=status), status, headers)
    if "text/html" in asked.get("accept", ""):
        is_in = "deskhand.visit" in scope
        signs_in = status == 403 or not is_in  # else another sign-in would not help
        html = draw.fragment("refused.html", message=message, status=status, signs_in=signs_in, pages=is_in)
        return HTMLResponse(html, status, headers)
    return PlainTextResponse(message, status, headers)
