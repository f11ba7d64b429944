"""Opening the page in a browser, without the link in its arguments: those can be read by every user of the machine."""

import html
import logging
import os
import threading
import webbrowser
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

KEPT_SECONDS = 60.0
"""How long a browser may take to start and to read the page that leads on."""
_FILE = "open.html"
_logger = logging.getLogger(__name__)


@contextmanager
def opener(folder: Path) -> Generator[Callable[[str], None]]:
    """What opens a link, by a page in `folder` that leads to it and that only its owner can read.

    The page is gone after `KEPT_SECONDS`, and when left.
    """
    file = folder / _FILE
    left = threading.Event()

    def show() -> None:
        webbrowser.open(file.as_uri())  # which may wait for the browser, while the server answers
        left.wait(KEPT_SECONDS)
        _remove(file)

    def open_link(link: str) -> None:
        try:
            _write(file, link)
        except OSError as error:
            _logger.warning("%s cannot be written (%s): open the link yourself", file, error.strerror)
            return
        threading.Thread(target=show, daemon=True).start()

    try:
        yield open_link
    finally:
        left.set()
        _remove(file)


def _write(file: Path, link: str) -> None:
    _remove(file)  # of one that was killed
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(_page(html.escape(link)))


def _page(link: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="refresh" content="0; url={link}"><title>Deskhand</title>'
        f'<p><a href="{link}">Open Deskhand</a></p></html>\n'
    )


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()
