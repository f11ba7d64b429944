"""Handles of mails: `work/Inbox/12.3`, which people can read and models can copy."""

from urllib.parse import quote, unquote

from deskhand.errors import InvalidInput
from deskhand.mail.mailbox import MailRef
from deskhand.visible import visible_line

SCHEME = "email://"
THREAD, ATTACHMENT = f"{SCHEME}thread/", f"{SCHEME}attachment/"
_EXPECTED = "Give the id of a mail as email_search shows it, such as work/Inbox/12.3, or its Message-ID in <>."


def handle_of(ref: MailRef) -> str:
    """`account/folder/uid`, each percent-encoded."""
    return "/".join(quote(part, safe="") for part in (ref.account, ref.folder, ref.uid))


def uri_of(ref: MailRef) -> str:
    """Where the mail can be read as a resource."""
    return SCHEME + handle_of(ref)


def folder_uri(account: str, folder: str) -> str:
    """What changes when something changes in the folder."""
    return f"{SCHEME}{quote(account, safe='')}/{quote(folder, safe='')}"


def thread_uri(handle: str) -> str:
    """The whole conversation of a mail, given by its Message-ID or its handle."""
    return THREAD + quote(handle, safe="")


def attachment_uri(handle: str, number: int) -> str:
    """An attached file of a mail."""
    return f"{ATTACHMENT}{quote(handle, safe='')}/{number}"


def parse_handle(text: str) -> MailRef | str:
    """What somebody wrote for a mail: where it is, or its Message-ID with the angle brackets.

    Raises:
        InvalidInput: it is neither; says what is expected.
    """
    given = text.strip()
    if given.startswith(THREAD):
        given = unquote(given.removeprefix(THREAD))
    if given.startswith(ATTACHMENT):
        given = parse_attachment(given)[0]
    given = given.removeprefix(SCHEME)
    if given.startswith("<") and given.endswith(">") and "@" in given and " " not in given:
        return given
    parts = [unquote(part) for part in given.split("/")]
    if len(parts) != 3 or not all(parts):
        raise InvalidInput(f"{visible_line(text)[:100]!r} is no mail. {_EXPECTED}")
    return MailRef(*parts)


def parse_attachment(uri: str) -> tuple[str, int]:
    """The mail and the number of `email://attachment/{id}/{n}`.

    Raises:
        InvalidInput: it is not one.
    """
    handle, _, number = uri.removeprefix(ATTACHMENT).rpartition("/")
    if not uri.startswith(ATTACHMENT) or not handle or not number.isascii() or not number.isdigit():
        raise InvalidInput(
            f"{visible_line(uri)[:100]!r} is no attachment: email://attachment/ID/1, as email_read shows."
        )
    return unquote(handle), int(number[:6])
