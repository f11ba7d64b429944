"""Only an address that a browser reads as we do is opened."""

import pytest

from deskhand.host.sign_in import safe_to_open

OPENED = [
    "https://auth.example.org/authorize?state=1",
    "https://[2001:db8::1]/",
    "http://127.0.0.1:8000/",
    "http://[::1]:8000/",
    "http://localhost/a",
]
NOT_OPENED = {
    "a file": "file:///etc/passwd",
    "a script": "javascript:alert(1)",
    "http elsewhere": "http://auth.example.org/",
    "half an address": "https://[",
    "no host": "https:///a",
    "a backslash for a slash": "https://evil.example\\@auth.example.org/",
    "a backslash on this machine": "http://evil.example\\@127.0.0.1/",
    "a tab within": "https://auth.\texample.org/",
    "a line end before it": "\nhttps://auth.example.org/",
}


@pytest.mark.parametrize("url", OPENED)
def test_an_address_is_opened(url: str) -> None:
    assert safe_to_open(url)


@pytest.mark.parametrize("url", NOT_OPENED.values(), ids=NOT_OPENED.keys())
def test_an_address_is_not_opened(url: str) -> None:
    assert not safe_to_open(url)
