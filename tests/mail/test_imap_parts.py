"""What is read from a server's answers without a server: names, criteria, hints."""

import base64
from datetime import UTC, date

import pytest
from imapclient.response_parser import parse_fetch_response
from tests.mail_server.hostile import OK, Script, hostile_server

from deskhand.mail.endpoint import Endpoint
from deskhand.mail.folder_names import role_of
from deskhand.mail.imap import Imap
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.imap_errors import not_signed_in
from deskhand.mail.imap_folders import FolderList, ServerFolder
from deskhand.mail.imap_search import criteria
from deskhand.mail.imap_structure import attachment_names
from deskhand.mail.imap_wire import quoted
from deskhand.mail.mailbox import Role
from deskhand.mail.query_words import parse_query

pytestmark = pytest.mark.anyio
TEXT = '("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 10 1 NIL NIL NIL)'


def attached(parameters: str, disposition: str, kind: str = '"APPLICATION" "PDF"', content_id: str = "NIL") -> str:
    return f'({TEXT}({kind} {parameters} {content_id} NIL "BASE64" 100 NIL {disposition} NIL) "MIXED" NIL NIL NIL)'


@pytest.mark.parametrize(
    ("structure", "names"),
    [
        pytest.param(TEXT, (), id="text-only"),
        pytest.param(attached("NIL", '("ATTACHMENT" ("FILENAME" "a.pdf"))'), ("a.pdf",), id="disposition"),
        pytest.param(attached('("NAME" "a.pdf")', "NIL"), ("a.pdf",), id="name"),
        pytest.param(attached("NIL", '("attachment" ("filename*" "utf-8\'\'gr%C3%B6.pdf"))'), ("grö.pdf",), id="2231"),
        pytest.param(
            attached("NIL", '("attachment" ("filename*0" "a" "filename*1" "b.pdf"))'), ("ab.pdf",), id="parts"
        ),
        pytest.param(
            attached("NIL", '("attachment" ("filename" "=?utf-8?q?gr=C3=B6.pdf?="))'), ("grö.pdf",), id="2047"
        ),
        pytest.param(attached("NIL", '("attachment" ("filename" "../../etc/x.pdf"))'), ("x.pdf",), id="folders"),
        pytest.param(attached("NIL", "NIL"), ("attachment-1.pdf",), id="no-name"),
        pytest.param(attached("NIL", "NIL", '"IMAGE" "PNG"', '"<logo>"'), (), id="picture-of-the-text"),
        pytest.param(attached("NIL", '("inline" NIL)', '"IMAGE" "PNG"'), (), id="inline-picture"),
        pytest.param(attached("NIL", '("attachment" NIL)', '"IMAGE" "PNG"'), ("attachment-1.png",), id="picture"),
    ],
)
def test_attachments_are_named_without_fetching_the_mail(structure: str, names: tuple[str, ...]) -> None:
    answer = parse_fetch_response([f"1 (UID 1 BODYSTRUCTURE {structure})".encode()])
    assert attachment_names(answer[1][b"BODYSTRUCTURE"]) == names


@pytest.mark.parametrize("structure", [None, (), (b"TEXT",), ([],), ([()], b"MIXED"), (1, 2), b"x", 7])
def test_a_structure_that_is_none_has_no_attachments(structure: object) -> None:
    assert attachment_names(structure) == ()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("hello", b'OR SUBJECT "hello" BODY "hello"'),
        ("from:ann is:unread", b'FROM "ann" UNSEEN'),
        ("to:ann", b'OR OR TO "ann" CC "ann" BCC "ann"'),
        ("-to:ann", b'NOT OR OR TO "ann" CC "ann" BCC "ann"'),
        ("on:2026-03-01", b"SINCE 28-Feb-2026 BEFORE 03-Mar-2026"),
        ("larger:2k -is:flagged", b"LARGER 2000 NOT FLAGGED"),
        ("message-id:a@b", b'HEADER Message-ID "<a@b>"'),
        ("-has:attachment -on:2026-03-01", b""),
    ],
)
def test_a_query_is_asked_of_the_server_as_far_as_it_can_tell(text: str, keys: bytes) -> None:
    assert b" ".join(criteria(parse_query(text, UTC, date(2026, 3, 10)))) == keys


def test_a_search_text_cannot_end_its_quotes() -> None:
    assert quoted('a" BODY "b\\') == b'"a\\" BODY \\"b\\\\"'
    assert quoted("a\r\nb LOGOUT") == b'"a  b LOGOUT"'
    assert quoted("ö\r\n") == "ö  ".encode()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("INBOX", "inbox"), ("Sent Items", "sent"), ("INBOX/Gesendet", "sent"), ("[Gmail]/All Mail", "all"),
        ("Éléments envoyés", "sent"), ("Papierkorb", "trash"), ("Work/Sent", ""), ("Archive/2020", ""),
        ("Sentinel", ""),
    ],
)  # fmt: skip
def test_a_folder_is_known_by_its_name_in_many_languages(name: str, role: Role) -> None:
    assert role_of(name) == role


def test_gmail_is_searched_in_all_mail_once() -> None:
    names: list[tuple[str, Role]] = [
        ("INBOX", "inbox"), ("[Gmail]/All Mail", "all"), ("[Gmail]/Trash", "trash"), ("Work", ""),
    ]  # fmt: skip
    known = FolderList(tuple(ServerFolder(name, name, role) for name, role in names))
    assert [folder.name for folder in known.searched("")] == ["[Gmail]/All Mail"]
    assert [folder.name for folder in known.searched("all")] == ["[Gmail]/All Mail", "[Gmail]/Trash"]


async def _no_secret() -> str:
    return ""


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("imap.gmail.com", "app password"), ("imap.mail.me.com", "app-specific"), ("imap.fastmail.com", "app password"),
        ("outlook.office365.com", "OAuth"), ("imap.example.org", "`user` and `password`"), ("notgmail.com", "`user`"),
    ],
)  # fmt: skip
def test_a_refused_password_comes_with_the_hint_for_the_provider(host: str, hint: str) -> None:
    account = ImapAccount("work", Endpoint(host, 993), "ann", _no_secret)
    assert hint in not_signed_in(ValueError("no"), account).message


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ("AUTH=XOAUTH2", "user=ann\1auth=Bearer token-1\1\1"),
        ("AUTH=OAUTHBEARER", "n,a=ann,\1auth=Bearer token-1\1\1"),
    ],
)
async def test_a_token_is_given_as_the_server_wants_it(capability: str, expected: str) -> None:
    async def token() -> str:
        return "token-1"

    said = f"* CAPABILITY IMAP4rev1 {capability}\r\n".encode() + OK
    script = Script({"CAPABILITY": said}, greeting=b"* OK ready\r\n")
    async with hostile_server(script) as port:
        box = Imap(ImapAccount("work", Endpoint("127.0.0.1", port, "none"), "ann", token, oauth=True, timeout=2))
        await box.folder_for("inbox")
        await box.aclose()
    sent = [line for line in script.said if " " not in line]
    assert base64.b64decode(sent[0]).decode() == expected
