"""`deskhand link`: a fresh one-time link to the page that runs on this machine, for another browser."""

import json
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click

from deskhand import local
from deskhand.cli.exit_codes import explained
from deskhand.errors import DeskhandError, Unavailable
from deskhand.settings import load

KEYS = "links"
"""The folder of keys below the data folder."""
LIFETIME = timedelta(minutes=15)
"""How long such a link is good."""
_NOT_RUNNING = "No page of Deskhand runs on this machine. Start it with `deskhand up`: it prints a link too."


@click.command()
@click.option("--sign-out", is_flag=True, help="First sign out every browser of yours, and end unused links.")
def link(*, sign_out: bool) -> None:
    """Print a link that opens the page in one browser, once, within 15 minutes.

    It works for the page that runs on this machine with the same data folder, and for its owner only.
    """
    try:
        settings = load().settings
        if sign_out:
            _sign_out()
        address = Doorplate(settings.data_dir).read()

        from deskhand.web.keys import Keys  # only now, because it takes a second

        click.echo(f"{address}/enter?key={Keys(settings.data_dir / KEYS).make(LIFETIME)}")
    except DeskhandError as error:
        raise explained(error) from error


class Doorplate:
    """Says where the page is, in a file of the data folder, while it is there."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "page.json"

    @contextmanager
    def hung(self, here: str, public: str) -> Generator[None]:
        """While it is up: `here` is where this machine reaches the page, `public` where people do."""
        text = json.dumps({"here": here, "public": public})
        self._file.touch(mode=0o600)
        self._file.chmod(0o600)  # the name of the page may be one that nobody else should know
        self._file.write_text(text)
        try:
            yield
        finally:
            with suppress(OSError):
                if self._file.read_text() == text:  # another one may have started since
                    self._file.unlink()

    def read(self) -> str:
        """The address for people.

        Raises:
            Unavailable: nothing answers there.
        """
        try:
            found: dict[str, str] = json.loads(self._file.read_text())
            here = urlsplit(found["here"])
            with socket.create_connection((here.hostname or "", here.port or 80), timeout=5):
                return found["public"]
        except (OSError, ValueError, KeyError) as error:
            raise Unavailable(_NOT_RUNNING) from error


def _sign_out() -> None:
    from deskhand.cli.database import database_of
    from deskhand.store.visits import Visits
    from deskhand.web.keys import Keys

    settings = load().settings
    Keys(settings.data_dir / KEYS).withdraw_all()  # first: one that is opened meanwhile is signed out with the others
    with database_of(settings) as database:
        count = Visits(database).end_all(local.SUBJECT)
    click.echo(f"Signed out: {count} {'browser' if count == 1 else 'browsers'}.", err=True)
