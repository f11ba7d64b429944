"""The settings file with accounts: what the person wrote stays, byte for byte, and secrets are for the owner only."""

import tomllib
from pathlib import Path

import pytest

from deskhand.cli.accounts_file import Section, SettingsFile
from deskhand.errors import Conflict, NotFound, SettingsError

WORK: Section = {"address": "ann@example.org", "imap": "imaps://imap.example.org", "allow": ["*@example.org"]}
TEXTS = {
    "empty": "",
    "comments": "# mine\nlog_level = 'INFO'  # quiet\n\n[server]\nport = 1 # one\n# the end\n",
    "no last line end": "[server]\nport = 1",
    "line ends of Windows": '# mine\r\n[server]\r\nport = 1\r\n\r\n[accounts.home]\r\naddress = "a@example.org"\r\n',
    "another account": '[accounts.home]\naddress = "a@example.org"\n[accounts.home.oauth]\nclient_id = "x"\n',
    "headers in a text": 'log_level = """\n[accounts.home]\n[server]\n"""\n[server]\nport = 1\n',
    "quoted and spaced": '[ accounts . "home" ] # mine\naddress = "a@example.org"\n',
}


@pytest.fixture(params=TEXTS)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "deskhand.toml"
    path.write_bytes(TEXTS[request.param].encode())
    return path


def test_an_account_is_appended_and_taken_out_again(file: Path) -> None:
    before = file.read_bytes().decode()
    there = SettingsFile(file)
    there.replace(there.with_account("work", WORK))
    after = file.read_bytes().decode()
    assert after.startswith(before.rstrip("\r\n"))
    assert tomllib.loads(after)["accounts"]["work"] == WORK
    assert ("\r\n" in after) == ("\r\n" in before)
    assert after.count("\n") == after.count("\r\n") or "\r\n" not in before
    there.replace(there.without_account("work"))
    assert file.read_bytes().decode().rstrip("\r\n") == before.rstrip("\r\n")


def test_what_follows_a_section_keeps_its_comment(tmp_path: Path) -> None:
    file = tmp_path / "deskhand.toml"
    file.write_text(
        "# the work account\n[accounts.work]\n# why\naddress = 'a@example.org'\n\n[accounts.work.oauth]\n"
        "client_id = 'x'\n\n# my server\n[[lists]]\nport = 1\n"
    )
    text = SettingsFile(file).without_account("work")
    assert text == "# the work account\n\n# my server\n[[lists]]\nport = 1\n"


def test_values_with_quotes_and_letters_of_all_kinds_are_read_back(tmp_path: Path) -> None:
    section: Section = {"address": 'q"\\uote@example.org', "name": "Änn 日本\n\t\x01", "hourly": 3, "keyring": True}
    there = SettingsFile(tmp_path / "deskhand.toml")
    assert tomllib.loads(there.with_account("work", section)) == {"accounts": {"work": section}}


@pytest.mark.parametrize(
    "text",
    [
        'accounts = { work = { address = "a@example.org" } }\n',
        '[accounts]\nwork.address = "a@example.org"\n',
        '[accounts]\nwork = { address = "a@example.org" }\n',
        'accounts.work.address = "a@example.org"\n',
        'log_level = """\n[accounts.work]\n"""\n[accounts.work]\naddress = "a@example.org"\n',
    ],
)
def test_accounts_written_in_another_way_are_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "deskhand.toml"
    file.write_text(text)
    there = SettingsFile(file)
    with pytest.raises(SettingsError, match=r"left as it is.*Take accounts\.work out yourself"):
        there.without_account("work")
    with pytest.raises(Conflict, match="has an account 'work' already"):
        there.with_account("work", WORK)
    assert file.read_text() == text


def test_a_closed_table_says_what_to_write(tmp_path: Path) -> None:
    file = tmp_path / "deskhand.toml"
    file.write_text('accounts = { home = { address = "a@example.org" } }\n')
    with pytest.raises(SettingsError, match=r'Write this into it yourself:\n\[accounts\.work\]\naddress = "ann@'):
        SettingsFile(file).with_account("work", WORK)


def test_an_account_of_the_same_name_is_replaced_when_asked(tmp_path: Path) -> None:
    there = SettingsFile(tmp_path / "deskhand.toml")
    there.replace(there.with_account("work", {"address": "old@example.org", "hourly": 1}))
    there.replace(there.with_account("work", WORK, replace=True))
    assert there.accounts == {"work": WORK}
    with pytest.raises(NotFound, match="no account 'home'"):
        there.without_account("home")


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("", None, 0o600),
        ("log_level = 'INFO'\n", 0o644, 0o644),
        ("[model]\napi_key = 'x'\n", 0o644, 0o600),
        ("[accounts.home]\npassword = 'x'\n", 0o664, 0o600),
        ("[accounts.home.oauth]\nrefresh_token = 'x'\n", 0o640, 0o600),
        ("[accounts.home]\npassword_file = 'x'\n", 0o640, 0o640),
    ],
)
def test_a_file_with_secrets_is_for_its_owner_only(tmp_path: Path, text: str, before: int | None, after: int) -> None:
    file = tmp_path / "deskhand.toml"
    if before is not None:
        file.write_text(text)
        file.chmod(before)
    there = SettingsFile(file)
    there.replace(there.with_account("work", WORK))
    assert file.stat().st_mode & 0o777 == after
    assert [path.name for path in tmp_path.iterdir()] == ["deskhand.toml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "deskhand.toml"
    real.touch()
    link.symlink_to(real)
    there = SettingsFile(link)
    there.replace(there.with_account("work", WORK))
    assert link.is_symlink()
    assert "accounts.work" in real.read_text()


@pytest.mark.parametrize("content", [b"[server\n", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_cannot_be_read_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "deskhand.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"deskhand\.toml .*cannot be read"):
        SettingsFile(file)
