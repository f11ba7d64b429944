"""Addresses of mail servers."""

import pytest

from deskhand.errors import InvalidInput
from deskhand.mail.endpoint import Endpoint, parse_endpoint


@pytest.mark.parametrize(
    ("text", "encrypted", "expected"),
    [
        pytest.param("imaps://imap.example.org", True, Endpoint("imap.example.org", 993, "tls"), id="imaps"),
        pytest.param("imap://imap.example.org", True, Endpoint("imap.example.org", 143, "starttls"), id="starttls"),
        pytest.param("imaps://imap.example.org:9930/", True, Endpoint("imap.example.org", 9930, "tls"), id="port"),
        pytest.param("smtps://smtp.example.org", True, Endpoint("smtp.example.org", 465, "tls"), id="smtps"),
        pytest.param("smtp://smtp.example.org", True, Endpoint("smtp.example.org", 587, "starttls"), id="submission"),
        pytest.param("imap://127.0.0.1:10143", False, Endpoint("127.0.0.1", 10143, "none"), id="plain"),
        pytest.param("smtp://localhost:25", False, Endpoint("localhost", 25, "none"), id="plain-name"),
        pytest.param("imap://[::1]", False, Endpoint("::1", 143, "none"), id="plain-v6"),
        pytest.param("imaps://imap.example.org", False, Endpoint("imap.example.org", 993, "tls"), id="tls-stays"),
    ],
)
def test_an_address_names_host_port_and_protection(text: str, encrypted: bool, expected: Endpoint) -> None:
    assert parse_endpoint(text, encrypted=encrypted) == expected


@pytest.mark.parametrize(
    "text",
    ["", "imap.example.org", "http://imap.example.org", "imaps://", "imaps://h:99999", "imaps://h/INBOX", "imaps://[x"],
)
def test_what_is_no_such_address_is_refused_with_the_expected_form(text: str) -> None:
    with pytest.raises(InvalidInput, match="imaps://host"):
        parse_endpoint(text)


def test_plain_text_is_for_this_machine_only() -> None:
    with pytest.raises(InvalidInput, match="only this machine"):
        parse_endpoint("imap://mail.example.org", encrypted=False)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    for text in ("imaps://ann:hunter22@imap.example.org", "imaps:/ann:hunter22@imap.example.org"):
        with pytest.raises(InvalidInput) as caught:
            parse_endpoint(text)
        assert "hunter22" not in caught.value.message
