"""What a browser would send of a drawn form (WHATWG HTML, 4.10.22 "Form submission"), for the tests of forms."""

from html.parser import HTMLParser

from starlette.datastructures import FormData

from deskhand.web.draw import Draw
from deskhand.web.forms import Form

_DRAW = Draw()


def drawn(form: Form) -> str:
    """The form as HTML."""
    return str(_DRAW.fragment("forms/form.html", form=form))


def submitted(html: str, **typed: str | list[str]) -> FormData:
    """What stands in the form is sent; `typed` is what a person typed or chose instead, by name."""
    page = _Controls()
    page.feed(html)
    kept = [(name, value) for name, value in page.sent if name not in typed]
    answers = [
        (name, value) for name, given in typed.items() for value in ([given] if isinstance(given, str) else given)
    ]
    return FormData([*kept, *answers])


class _Controls(HTMLParser):
    """Collects names and values. Line ends are sent as CR LF, the first newline of a textarea is not part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.elements: list[str] = []
        self._area: str | None = None
        self._select: str | None = None
        self._text = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append(tag)
        if tag == "input":
            box = found.get("type") in ("radio", "checkbox")
            if not box or "checked" in found:
                self.sent.append((found["name"], found.get("value", "on")))
        elif tag == "textarea":
            self._area, self._text = found["name"], ""
        elif tag == "select":
            self._select, self._options = found["name"], []
        elif tag == "option":
            self._options.append((found["value"], "selected" in found))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            self.sent.append((self._area, self._text.removeprefix("\n").replace("\n", "\r\n")))
            self._area = None
        elif tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.sent.append((self._select, chosen[0]))
