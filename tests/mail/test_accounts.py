"""Whose accounts there are, what their settings must say, and where their mail lies."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhand.errors import NotFound, SettingsError
from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.endpoint import Endpoint
from deskhand.mail.imap import Imap
from deskhand.mail.maildir import Maildir
from deskhand.settings_accounts import AccountSettings

ANN: Mapping[str, object] = {
    "address": "Ann@Example.org",
    "name": "Ann",
    "owner": "ann",
    "password": "planted",
    "imap": "imaps://imap.example.org",
    "smtp": "smtp://smtp.example.org",
}


def accounts(folder: Path, **sections: Mapping[str, object]) -> Accounts:
    """The accounts of these sections."""
    settings = {name: AccountSettings.model_validate(section) for name, section in sections.items()}
    return Accounts(settings, folder, lambda: datetime.now(UTC), UTC)


def names(found: tuple[Account, ...]) -> list[str]:
    return [account.name for account in found]


def test_who_has_none_has_the_local_one(tmp_path: Path) -> None:
    (account,) = accounts(tmp_path, work=ANN).of("bob")
    assert (account.name, account.owner, account.is_local) == ("local", "bob", True)
    assert account.address.email == "you@deskhand.localhost"
    assert account.has_mail
    assert account.has_calendars


def test_accounts_come_in_the_order_of_the_settings(tmp_path: Path) -> None:
    found = accounts(tmp_path, work=ANN, other={**ANN, "owner": "bob"}, home={**ANN, "address": "ann@example.com"})
    assert names(found.of("ann")) == ["work", "home"]
    assert names(found.of("bob")) == ["other"]


def test_an_account_says_what_it_is(tmp_path: Path) -> None:
    account = accounts(tmp_path, work={**ANN, "allow": ["Bob@Example.ORG", "*@Example.com"]}).named("ann", "work")
    assert str(account.address) == "Ann <Ann@example.org>"
    assert account.user == "Ann@example.org"
    assert account.imap == Endpoint("imap.example.org", 993, "tls")
    assert account.smtp == Endpoint("smtp.example.org", 587, "starttls")
    assert account.allow == ("bob@example.org", "*@example.com")


@pytest.mark.parametrize(
    ("email", "allowed"),
    [
        ("bob@example.org", True),
        ("BOB@EXAMPLE.ORG", True),
        ("ann@example.com", True),
        ("ann@sub.example.com", False),
        ("eve@example.org", False),
        ("*@example.com.evil.example", False),
        ("ann@evilexample.com", False),
        ('"bob@example.org"@evil.example', False),
    ],
)
def test_the_allow_list_means_whole_addresses_and_domains(tmp_path: Path, email: str, allowed: bool) -> None:
    account = accounts(tmp_path, work={**ANN, "allow": ["bob@example.org", "*@example.com"]}).named("ann", "work")
    assert account.allows(email) is allowed


def test_nobody_hears_of_the_accounts_of_others(tmp_path: Path) -> None:
    found = accounts(tmp_path, secretproject=ANN, home={**ANN, "owner": "bob"})
    with pytest.raises(NotFound, match=r"^There is no account 'secretproject'\. There are: home\.$"):
        found.named("bob", "secretproject")


def test_the_local_account_stays_within_reach_beside_others(tmp_path: Path) -> None:
    assert accounts(tmp_path, work=ANN).named("ann", "local").is_local


def test_calendars_alone_leave_the_mail_local_and_the_other_way_round(tmp_path: Path) -> None:
    calendars = {"address": "ann@example.org", "owner": "ann", "caldav": "https://dav.example.org/"}
    assert names(accounts(tmp_path, dav=calendars).for_mail("ann")) == ["local"]
    assert names(accounts(tmp_path, dav=calendars).for_calendars("ann")) == ["dav"]
    assert names(accounts(tmp_path, work=ANN).for_calendars("ann")) == ["local"]
    assert names(accounts(tmp_path, work=ANN, dav=calendars).for_mail("ann")) == ["work"]


def test_each_person_has_a_mailbox_of_their_own(tmp_path: Path) -> None:
    found = accounts(tmp_path, work=ANN)
    anns, bobs = found.mailbox(found.named("ann", "local")), found.mailbox(found.named("bob", "local"))
    assert isinstance(anns, Maildir)
    assert anns is not bobs
    assert anns is found.mailbox(found.named("ann", "local"))
    assert isinstance(found.mailbox(found.named("ann", "work")), Imap)


@pytest.mark.anyio
async def test_the_local_mail_of_two_people_does_not_meet(tmp_path: Path) -> None:
    found = accounts(tmp_path)
    anns, bobs = (found.mailbox(found.named(name, "local")) for name in ("ann", "bob"))
    await anns.append("Inbox", b"Message-ID: <1@example.org>\r\n\r\nHello\r\n", frozenset(), datetime.now(UTC))
    assert len(await anns.by_message_id("<1@example.org>")) == 1
    assert await bobs.by_message_id("<1@example.org>") == []
    await found.aclose()
    assert len(await found.mailbox(found.named("ann", "local")).by_message_id("<1@example.org>")) == 1
    assert list((tmp_path / "email").glob("*ann*")) == []


def test_an_account_that_only_sends_has_no_mailbox(tmp_path: Path) -> None:
    found = accounts(tmp_path, work={**ANN, "imap": ""})
    with pytest.raises(NotFound, match=r"set accounts\.work\.imap"):
        found.mailbox(found.named("ann", "work"))


WRONG: dict[str, tuple[str, Mapping[str, object], str]] = {
    "a reserved name": ("thread", {}, "accounts.thread: this name has a meaning"),
    "the local name": ("local", {}, "accounts.local: this name has a meaning"),
    "two words": ("my work", {}, "accounts.my work: the name of an account is one word"),
    "no address": ("work", {"address": "ann"}, "accounts.work.address: "),
    "a name with a line end": ("work", {"name": "Ann\nBcc: eve@example.org"}, "accounts.work.name: "),
    "no server": ("work", {"imap": "", "smtp": ""}, "accounts.work: name at least one server"),
    "no server's address": ("work", {"imap": "imap.example.org"}, "accounts.work.imap: "),
    "the servers swapped": ("work", {"imap": "smtps://example.org"}, "accounts.work.imap: expected imaps://"),
    "a password in the address": ("work", {"smtp": "smtps://ann:planted@example.org"}, "accounts.work.smtp: "),
    "plain text to elsewhere": ("work", {"security": "none"}, "accounts.work.smtp: Without encryption only this"),
    "two secrets": ("work", {"keyring": True}, "accounts.work: password and keyring are both set"),
    "no secret": ("work", {"password": None}, "accounts.work: mail is read with a password"),
    "calendars without TLS": ("work", {"caldav": "http://dav.example.org"}, "accounts.work.caldav: expected https"),
    "a password in caldav": ("work", {"caldav": "https://a:planted@dav.example.org"}, "accounts.work.caldav: it must"),
    "an allowed word": ("work", {"allow": ["bob"]}, "accounts.work.allow: 'bob' is neither"),
    "everybody allowed": ("work", {"allow": ["*"]}, "accounts.work.allow: '[*]' is neither"),
    "a pattern": ("work", {"allow": ["b*@example.org"]}, "accounts.work.allow: 'b[*]@example.org' is neither"),
    "a wild domain": ("work", {"allow": ["*@*.org"]}, "accounts.work.allow: '[*]@[*].org' is neither"),
    "tokens without TLS": (
        "work",
        {"password": None, "oauth": {"token_url": "http://example.org", "client_id": "c", "refresh_token": "planted"}},
        "accounts.work.oauth.token_url: expected",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_names_the_key_and_no_secret(tmp_path: Path, case: str) -> None:
    name, change, told = WRONG[case]
    with pytest.raises(SettingsError, match=told) as caught:
        accounts(tmp_path, **{name: {**ANN, **change}})
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("other", ["gro\u00df@example.org", "\u017fam@example.org"])
def test_the_allow_list_folds_no_letters_beyond_ascii(tmp_path: Path, other: str) -> None:
    allow = ["gross@example.org", "sam@example.org"]
    account = accounts(tmp_path, work={**ANN, "allow": allow}).named("ann", "work")
    assert account.allows("GROSS@example.org")
    assert not account.allows(other)
