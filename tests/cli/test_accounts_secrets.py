"""Planted passwords and tokens: wherever they are kept, no output, log, dump of settings or error text holds them."""

from pathlib import Path

import pytest
from tests.cli.account_commands import Person, memory_keyring

from deskhand.settings import load

PLANTED = {
    "in the settings": "planted-settings-4711",
    "in the environment": "planted-environment-4712",
    "in a file of the environment": "planted-envfile-4713",
    "in a password file": "planted-file-4714",
    "in the keyring": "planted-keyring-4715",
    "a refresh token": "planted-refresh-4716",
    "a client secret": "planted-client-4717",
    "typed": "planted-typed-4718",
}
NOWHERE = "127.0.0.1:9"
"""Nothing listens there: every test of an account fails, and says why."""
SETTINGS = f"""
[accounts.settings]
address = "ann@example.org"
imap = "imap://{NOWHERE}"
smtp = "smtp://{NOWHERE}"
caldav = "http://{NOWHERE}/"
security = "none"
password = "{PLANTED["in the settings"]}"

[accounts.environment]
address = "ann@example.org"
imap = "imap://{NOWHERE}"
security = "none"

[accounts.envfile]
address = "ann@example.org"
smtp = "smtp://{NOWHERE}"
security = "none"

[accounts.file]
address = "ann@example.org"
imap = "imap://{NOWHERE}"
security = "none"
password_file = "FOLDER/secret"

[accounts.keyring]
address = "ann@example.org"
imap = "imap://{NOWHERE}"
security = "none"
keyring = true

[accounts.oauth]
address = "ann@example.org"
imap = "imap://{NOWHERE}"
security = "none"

[accounts.oauth.oauth]
token_url = "http://{NOWHERE}/token"
client_id = "desk"
client_secret = "{PLANTED["a client secret"]}"
refresh_token = "{PLANTED["a refresh token"]}"
"""


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Person:
    made = Person(tmp_path, monkeypatch, caplog)
    made.settings.write_text(SETTINGS.replace("FOLDER", str(tmp_path)))
    (tmp_path / "secret").write_text(PLANTED["in a password file"])
    (tmp_path / "envfile").write_text(PLANTED["in a file of the environment"])
    monkeypatch.setenv("DESKHAND_ACCOUNTS__ENVIRONMENT__PASSWORD", PLANTED["in the environment"])
    monkeypatch.setenv("DESKHAND_ACCOUNTS__ENVFILE__PASSWORD_FILE", str(tmp_path / "envfile"))
    return made


def leaked(text: str) -> list[str]:
    return [where for where, secret in PLANTED.items() if secret in text]


def test_no_command_says_a_secret(person: Person) -> None:
    with memory_keyring() as keyring:
        keyring.kept["deskhand account", "keyring"] = PLANTED["in the keyring"]
        person.accounts("list")
        person.accounts("list", "--json")
        tested = person.accounts("test", code=1)
        person.run("settings")
        person.run("settings", "--json")
        person.run("approve")
        options = ("--address", "ann@example.org", "--imap", f"imap://{NOWHERE}", "--unencrypted")
        person.accounts("add", "typed", *options, answer=PLANTED["typed"] + "\n", code=1)
        person.accounts("add", "typed", *options, "--no-test", "--keyring", answer=PLANTED["typed"] + "\n")
        person.accounts("remove", "settings", "--yes")
    assert tested.stdout.count("fails") == 8
    assert leaked(person.said) == []


def test_every_secret_is_really_there_to_be_found(person: Person) -> None:
    """The control: where the accounts take them from, they are."""
    with memory_keyring() as keyring:
        keyring.kept["deskhand account", "keyring"] = PLANTED["in the keyring"]
        accounts = load().settings.accounts
        held = [accounts[name].password for name in ("settings", "environment", "envfile")]
        oauth = accounts["oauth"].oauth
        assert oauth is not None
        held += [oauth.refresh_token, oauth.client_secret]
        found = [secret.get_secret_value() for secret in held if secret is not None]
        found += [keyring.kept["deskhand account", "keyring"], (person.folder / "secret").read_text()]
    assert set(found) == set(PLANTED.values()) - {PLANTED["typed"]}


def test_the_settings_are_shown_with_the_source_of_each_value_and_no_secret(person: Person) -> None:
    shown = person.run("settings").stdout
    lines = dict(line.split(maxsplit=1) for line in shown.splitlines() if line.startswith("accounts."))
    assert lines["accounts.settings.password"] == f'"**********"   # {person.settings}'
    assert lines["accounts.environment.password"] == '"**********"   # environment'
    assert lines["accounts.envfile.password"] == '"**********"   # environment'
    assert lines["accounts.oauth.oauth.refresh_token"] == f'"**********"   # {person.settings}'
    assert lines["accounts.keyring.keyring"] == f"true   # {person.settings}"
    assert lines["accounts.keyring.hourly"] == "20"
    assert leaked(shown + repr(load())) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('passwrd = "{}"', "accounts.wrong.passwrd"),
        ('hourly = "{}"', "accounts.wrong.hourly"),
        ("oauth = {{ token_url = 'x', client_id = 'y', refresh_token = '{}', more = 1 }}", "accounts.wrong.oauth.more"),
        ('password = "{}"\nkeyring = true', "password and keyring are both set"),
        ('password = "x"\nsmtp = "smtps://ann:{}@mail.example.org"', "must not hold a user or password"),
        ('password = "x"\ncaldav = "https://ann:{}@mail.example.org"', "must not hold a user or password"),
    ],
)
def test_an_error_about_the_settings_says_no_secret(
    person: Person, monkeypatch: pytest.MonkeyPatch, line: str, told: str
) -> None:
    monkeypatch.delenv("DESKHAND_ACCOUNTS__ENVIRONMENT__PASSWORD")
    monkeypatch.delenv("DESKHAND_ACCOUNTS__ENVFILE__PASSWORD_FILE")
    secret = PLANTED["in the settings"]
    section = '[accounts.wrong]\naddress = "ann@example.org"\nimap = "imaps://imap.example.org"\n'
    person.settings.write_text(section + line.format(secret))
    ended = person.ended("accounts", "test")
    assert told in ended.output
    assert ended.exit_code in (1, 2)
    person.ended("accounts", "list", "--json")
    person.ended("settings")
    person.ended("approve")
    assert leaked(person.said) == []


def test_nothing_of_a_secret_reaches_the_data_folder(person: Person) -> None:
    with memory_keyring() as keyring:
        keyring.kept["deskhand account", "keyring"] = PLANTED["in the keyring"]
        person.accounts("test", code=1)
        person.run("approve")
    files = [path for path in (person.folder / "data").rglob("*") if path.is_file()]
    assert leaked("".join(path.read_bytes().decode("latin-1") for path in files)) == []
    assert any(path.suffix == ".db" for path in files), "there is something to look through"
