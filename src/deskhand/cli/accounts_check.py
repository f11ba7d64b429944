"""Whether an account works: each of its servers is asked, and nothing is sent."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskhand.errors import DeskhandError
from deskhand.visible import visible_line

if TYPE_CHECKING:
    from deskhand.mail.account import Account

MOST_NAMES = 8
"""How many folders or calendars are named."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one server of an account said."""

    part: str
    """`mail in`, `mail out` or `calendars`."""
    works: bool
    told: str

    def __str__(self) -> str:
        return f"  {self.part:<9}  {'works' if self.works else 'fails'}: {self.told}"


async def check(account: "Account") -> AsyncGenerator[Checked]:
    """Ask the account's servers, one after the other."""
    parts: list[tuple[str, bool, Callable[[Account], Awaitable[str]]]] = [
        ("mail in", account.imap is not None, _mail_in),
        ("mail out", account.smtp is not None, _mail_out),
        ("calendars", bool(account.caldav), _calendars),
    ]
    for part, is_there, ask in parts:
        if is_there:
            try:
                yield Checked(part, True, await ask(account))
            except DeskhandError as error:
                yield Checked(part, False, visible_line(error.message))


async def _mail_in(account: "Account") -> str:
    from deskhand.mail.imap import Imap

    assert account.imap_account is not None
    mailbox = Imap(account.imap_account)
    try:
        found = await mailbox.capabilities()
    finally:
        await mailbox.aclose()
    push = "tells of new mail at once" if found.push else "is asked for new mail every so often"
    names = [f"{folder.name} ({folder.role})" if folder.role else folder.name for folder in found.folders]
    return f"{visible_line(found.description)}; {push}; {_named(names, 'folder')}."


async def _mail_out(account: "Account") -> str:
    from deskhand.mail.smtp import Smtp

    assert account.smtp_account is not None
    return visible_line(await Smtp(account.smtp_account).check())


async def _calendars(account: "Account") -> str:
    from deskhand.toolsets.calendar.caldav import CalDavCalendars

    async with CalDavCalendars(lambda _: (account,)) as server:
        found = await server.calendars(account.owner)
    return f"{_named([calendar.title for calendar in found], 'calendar')}."


def _named(names: list[str], noun: str) -> str:
    """`3 folders: INBOX, Sent (sent), Trash (trash)`."""
    shown = ", ".join(visible_line(name) for name in names[:MOST_NAMES])
    rest = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    count = f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"
    return f"{count}: {shown}{rest}" if names else f"no {noun} yet"
