"""Handles: what is written for a mail comes back as the mail, and what is none is refused."""

import pytest

from deskhand.errors import InvalidInput
from deskhand.mail.mailbox import MailRef
from deskhand.toolsets.email.cursor import cursor_after, position_of
from deskhand.toolsets.email.handle import (
    attachment_uri,
    handle_of,
    parse_attachment,
    parse_handle,
    thread_uri,
    uri_of,
)

REFS = {
    "plain": MailRef("work", "INBOX", "12.3"),
    "a folder in a folder": MailRef("work", "Projects/Sea", "12.3"),
    "what looks like an escape": MailRef("work", "100%2F", "1"),
    "letters of any language": MailRef("work", "Entwürfe", "1"),
    "brackets and spaces": MailRef("work", "[Gmail]/All Mail", "7.1"),
    "a question mark and a hash": MailRef("work", "Why? #1", "7.1"),
    "a name that means something else here": MailRef("work", "thread", "attachment"),
}
NO_MAILS = {
    "nothing": "",
    "a subject": "the one from Bob",
    "too few parts": "work/INBOX",
    "too many parts": "work/Projects/Sea/12",
    "an empty part": "work//12",
    "no Message-ID": "<bob>",
    "an attachment without a number": "email://attachment/work%2FINBOX%2F1",
    "control characters": "\x1b[2J",
}


@pytest.mark.parametrize("ref", REFS.values(), ids=REFS)
def test_a_mail_comes_back_from_everything_that_is_written_for_it(ref: MailRef) -> None:
    handle = handle_of(ref)
    for written in (handle, f" {handle} ", uri_of(ref), thread_uri(handle), attachment_uri(handle, 2)):
        assert parse_handle(written) == ref
    assert handle.count("/") == 2
    assert parse_attachment(attachment_uri(handle, 2)) == (handle, 2)


@pytest.mark.parametrize("written", NO_MAILS.values(), ids=NO_MAILS)
def test_what_is_no_mail_is_refused_with_what_is_expected(written: str) -> None:
    with pytest.raises(InvalidInput, match=r"email_search|email_read") as refused:
        parse_handle(written)
    assert "\x1b" not in refused.value.message


def test_a_message_id_stays_one() -> None:
    for written in ("<one@example.org>", thread_uri("<one@example.org>")):
        assert parse_handle(written) == "<one@example.org>"


def test_a_cursor_belongs_to_its_question() -> None:
    cursor = cursor_after([20, "x"], "from:ann", "work")
    assert position_of(cursor, (int, str), "from:ann", "work") == [20, "x"]
    assert position_of("", (int, str), "from:ann", "work") is None
    for wrong in (cursor[:-2], "made up", cursor_after(["20", "x"], "from:ann", "work")):
        with pytest.raises(InvalidInput, match="without a cursor"):
            position_of(wrong, (int, str), "from:ann", "work")
    with pytest.raises(InvalidInput, match="without a cursor"):
        position_of(cursor, (int, str), "from:bob", "work")
