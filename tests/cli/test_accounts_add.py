"""`deskhand accounts add`: what it knows of providers, what it asks, and what it refuses before a password is typed."""

import tomllib
from pathlib import Path

import pytest
from tests.cli.account_commands import Person, memory_keyring

from deskhand.cli.accounts_providers import PROVIDERS, nextcloud_calendars
from deskhand.mail.endpoint import parse_endpoint

NO_TEST = ("--no-test", "--password-stdin")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Person:
    return Person(tmp_path, monkeypatch, caplog)


def written(person: Person) -> dict[str, dict[str, object]]:
    """The accounts in the settings, without where their passwords are."""
    found = tomllib.loads(person.settings.read_text()).get("accounts", {})
    return {name: {key: value for key, value in each.items() if key != "password_file"} for name, each in found.items()}


KNOWN = [
    ("Ann@GMAIL.com", "gmail", "imaps://imap.gmail.com", "smtps://smtp.gmail.com", None),
    ("ann@fastmail.com", "fastmail", "imaps://imap.fastmail.com", "smtps://smtp.fastmail.com", "caldav.fastmail.com"),
    ("ann@me.com", "icloud", "imaps://imap.mail.me.com", "smtp://smtp.mail.me.com:587", "caldav.icloud.com"),
]


@pytest.mark.parametrize(("address", "name", "imap", "smtp", "caldav"), KNOWN)
def test_the_servers_are_known_by_the_address(
    person: Person, address: str, name: str, imap: str, smtp: str, caldav: str | None
) -> None:
    person.accounts("add", "--address", address, *NO_TEST, answer="planted\n")
    calendars = {"caldav": f"https://{caldav}/"} if caldav else {}
    assert written(person) == {name: {"address": address, "imap": imap, "smtp": smtp, **calendars}}
    assert person.accounts("list").stdout.startswith(f"{name}  {address}  of local  ")


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_known_server_is_encrypted_and_can_be_read(person: Person, provider: object) -> None:
    known = next(each for each in PROVIDERS if each is provider)
    for url in filter(None, (known.imap, known.smtp)):
        assert parse_endpoint(url).security in ("tls", "starttls")
    assert not known.caldav or known.caldav.startswith("https://")
    assert known.hint.endswith(".")


def test_outlook_is_refused_with_what_to_do_instead(person: Person) -> None:
    ended = person.accounts("add", "--address", "ann@hotmail.com", *NO_TEST, answer="planted\n", code=2)
    assert "only OAuth tokens" in ended.stderr
    assert "connect-outlook.md" in ended.stderr
    assert "cannot be connected with a password" in ended.stderr
    assert person.settings.read_text() == ""


@pytest.mark.parametrize(
    ("only", "keys"), [("mail", {"address", "imap", "smtp"}), ("calendars", {"address", "caldav"})]
)
def test_one_half_can_be_left_out(person: Person, only: str, keys: set[str]) -> None:
    person.accounts("add", "x", "--address", "ann@icloud.com", "--only", only, *NO_TEST, answer="planted\n")
    assert set(written(person)["x"]) == keys


def test_nextcloud_asks_for_its_address(person: Person) -> None:
    answers = "cloud.example.org\nplanted\n"
    options = ("--address", "ann@example.org", "--provider", "nextcloud", "--user", "ann", "--no-test")
    ended = person.accounts("add", "cloud", *options, answer=answers)
    assert "Address of your Nextcloud" in ended.stderr
    assert written(person)["cloud"]["caldav"] == "https://cloud.example.org/remote.php/dav/"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("https://example.org/cloud/", "https://example.org/cloud/remote.php/dav/"),
        ("https://example.org/remote.php/dav/calendars/ann/", "https://example.org/remote.php/dav/calendars/ann/"),
    ],
)
def test_nextclouds_calendars_are_found_from_what_people_know(given: str, found: str) -> None:
    assert nextcloud_calendars(given) == found


def test_an_address_of_ones_own_domain_is_asked_about(person: Person) -> None:
    answers = ["", "ann@mail.example.org", "imaps://in.example.org", "", "", "", "planted"]
    ended = person.accounts("add", "--no-test", answer="\n".join(answers) + "\n")
    assert "A short name for the account [mail]" in ended.stderr
    assert written(person) == {"mail": {"address": "ann@mail.example.org", "imap": "imaps://in.example.org"}}
    assert "planted" not in person.said


MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "no address": (("--address", "nobody", "--imap", "imaps://a.example.org"), "accounts.work.address"),
    "not a server": (("--imap", "example.org"), "accounts.work.imap"),
    "the wrong kind of server": (("--imap", "smtps://a.example.org"), "expected imaps://host"),
    "a password in the address": (("--imap", "imaps://ann:planted@a.example.org"), "must not hold a user or password"),
    "a password in the calendars": (("--caldav", "https://ann:planted@a.example.org"), "must not hold a user"),
    "plain text across the net": (("--imap", "imap://a.example.org", "--unencrypted"), "only this machine is reached"),
    "nothing left": (("--caldav", "https://a.example.org", "--only", "mail"), "name at least one server"),
    "a name with a meaning": (("--imap", "imaps://a.example.org", "NAME=local"), "meaning of its own"),
    "a name of two words": (("--imap", "imaps://a.example.org", "NAME=my work"), "is one word"),
    "nobody to allow": (("--imap", "imaps://a.example.org", "--allow", "everybody"), "accounts.work.allow"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_before_the_password_is_read(person: Person, case: str) -> None:
    arguments, told = MISTAKES[case]
    name = next((each.removeprefix("NAME=") for each in arguments if each.startswith("NAME=")), "work")
    options = [each for each in arguments if not each.startswith("NAME=")]
    address = () if "--address" in options else ("--address", "ann@example.org")
    ended = person.accounts("add", name, *address, *options, "--no-test", code=2)
    assert told in ended.stderr
    assert "planted" not in person.said
    assert "Password" not in ended.stderr
    assert person.settings.read_text() == ""


@pytest.mark.parametrize("given", ["", "\n", "two\x00words\n", "x" * 20_000])
def test_what_is_no_password_is_refused(person: Person, given: str) -> None:
    ended = person.accounts("add", "--address", "ann@gmail.com", *NO_TEST, answer=given, code=2)
    assert "That is no password" in ended.stderr
    assert person.settings.read_text() == ""


def test_there_is_no_option_that_takes_a_password(person: Person) -> None:
    ended = person.accounts("add", "--address", "ann@gmail.com", "--password", "planted", code=2)
    assert "No such option" in ended.stderr
    assert "exclude" not in ended.stderr
    file = str(person.settings)
    assert "leave the other ways out" in person.accounts("add", "--password-file", file, "--keyring", code=2).stderr


def test_the_same_name_twice_needs_a_word(person: Person) -> None:
    options = ("add", "work", "--address", "ann@gmail.com", *NO_TEST)
    person.accounts(*options, answer="first\n")
    before = person.settings.read_text()
    assert "has an account 'work' already" in person.accounts(*options, answer="second\n", code=1).stderr
    assert (person.settings.read_text(), (person.folder / "passwords" / "work").read_text()) == (before, "first\n")
    person.accounts(*options, "--replace", answer="second\n")
    assert (person.settings.read_text(), (person.folder / "passwords" / "work").read_text()) == (before, "second\n")


def test_another_settings_file_can_be_named(person: Person) -> None:
    other = person.folder / "etc" / "desk.toml"
    person.accounts("add", "--address", "ann@gmail.com", "--file", str(other), *NO_TEST, answer="planted\n")
    assert "accounts.gmail" in other.read_text()
    assert (other.stat().st_mode & 0o777, person.settings.read_text()) == (0o600, "")
    assert (other.parent / "passwords" / "gmail").read_text() == "planted\n"
    assert person.accounts("remove", "gmail", "--file", str(other), "--yes").exit_code == 0


def test_a_folder_that_cannot_be_written_is_told(person: Person) -> None:
    options = ("--address", "ann@gmail.com", "--file", "/proc/deskhand/desk.toml")
    assert "/proc/deskhand" in person.accounts("add", *options, *NO_TEST, answer="planted\n", code=2).stderr
    with memory_keyring():
        assert "/proc/deskhand" in person.accounts("add", *options, "--keyring", *NO_TEST, answer="p\n", code=2).stderr
