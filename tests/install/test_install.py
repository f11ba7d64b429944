"""`deskhand install`: the files of real clients, in temporary homes."""

import json
import os
import stat
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from click.testing import CliRunner, Result
from pydantic import JsonValue

from deskhand.cli.install import install
from deskhand.errors import InvalidInput
from deskhand.host.clients import CLIENTS, Places, deskhand_command
from deskhand.trusted_folders import trust

LINUX = Places(Path("/home/ada"), Path("/home/ada/.config"))
MACOS = Places(Path("/Users/ada"), Path("/Users/ada/Library/Application Support"))
WINDOWS = Places(Path("C:/Users/ada"), Path("C:/Users/ada/AppData/Roaming"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    return tmp_path


def invoke(*args: str | Path, answer: str = "") -> Result:
    return CliRunner().invoke(install, [str(arg) for arg in args], input=answer)


def entry(file: Path, section: str = "mcpServers", name: str = "deskhand") -> JsonValue:
    return json.loads(file.read_text())[section][name]


@pytest.mark.parametrize(
    ("client", "places", "path"),
    [
        ("claude-desktop", LINUX, "/home/ada/.config/Claude/claude_desktop_config.json"),
        ("claude-desktop", MACOS, "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json"),
        ("claude-desktop", WINDOWS, "C:/Users/ada/AppData/Roaming/Claude/claude_desktop_config.json"),
        ("claude-code", LINUX, "/home/ada/.claude.json"),
        ("claude-code", WINDOWS, "C:/Users/ada/.claude.json"),
        ("cursor", MACOS, "/Users/ada/.cursor/mcp.json"),
        ("vscode", LINUX, "/home/ada/.config/Code/User/mcp.json"),
        ("vscode", MACOS, "/Users/ada/Library/Application Support/Code/User/mcp.json"),
        ("vscode", WINDOWS, "C:/Users/ada/AppData/Roaming/Code/User/mcp.json"),
    ],
)
def test_each_client_has_its_file_on_each_platform(client: str, places: Places, path: str) -> None:
    assert PurePosixPath(CLIENTS[client].file(places, None)) == PurePosixPath(path)


@pytest.mark.parametrize(
    ("client", "path"),
    [("claude-code", ".mcp.json"), ("cursor", ".cursor/mcp.json"), ("vscode", ".vscode/mcp.json")],
)
def test_a_project_has_a_file_of_its_own(client: str, path: str) -> None:
    assert CLIENTS[client].file(LINUX, Path("/project")) == Path("/project") / path


def test_claude_desktop_has_no_projects() -> None:
    with pytest.raises(InvalidInput, match="--project"):
        CLIENTS["claude-desktop"].file(LINUX, Path("/project"))


def test_the_command_that_clients_run_is_this_deskhand() -> None:
    command = deskhand_command()
    assert Path(command[0]).is_absolute()
    assert "deskhand" in subprocess.check_output([*command, "--version"], text=True)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_server_is_added_after_the_difference_was_agreed_to(client: str, home: Path) -> None:
    result = invoke(client, "--file", home / "config.json", answer="y\n")
    assert result.exit_code == 0
    assert '+    "deskhand": {' in result.output
    added = entry(home / "config.json", CLIENTS[client].section)
    assert isinstance(added, dict)
    assert added["command"] == deskhand_command()[0]
    assert added["args"] == ["serve", "--stdio"]


def test_the_file_of_the_person_is_written_when_none_is_named(home: Path) -> None:
    assert invoke("cursor", "--yes").exit_code == 0
    assert entry(home / ".cursor" / "mcp.json")


def test_nothing_is_written_without_consent(home: Path) -> None:
    assert invoke("cursor", answer="n\n").exit_code == 1
    assert invoke("cursor").exit_code == 1
    assert list(home.iterdir()) == []


def test_printing_touches_nothing(home: Path) -> None:
    result = invoke("vscode", "--print")
    assert json.loads(result.output)["servers"]["deskhand"]["type"] == "stdio"
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("claude-code", {"type": "http", "headers": {"Authorization": "Bearer ${TOKEN}"}}),
        ("cursor", {"headers": {"Authorization": "Bearer ${env:TOKEN}"}}),
        ("vscode", {"type": "http", "headers": {"Authorization": "Bearer ${env:TOKEN}"}}),
    ],
)
def test_a_running_server_is_named_with_a_variable_for_its_token(
    client: str, expected: dict[str, JsonValue], home: Path
) -> None:
    url = "http://127.0.0.1:8642/mcp"
    result = invoke(client, "--http", url, "--token-env", "TOKEN", "--file", home / "c.json", "-y")
    assert result.exit_code == 0
    assert entry(home / "c.json", CLIENTS[client].section) == {"url": url, **expected}


@pytest.mark.parametrize("url", ["127.0.0.1:8642/mcp", "localhost", "file:///mcp", "http:///mcp"])
def test_what_is_no_url_of_a_server_is_refused(url: str, home: Path) -> None:
    result = invoke("cursor", "--http", url, "-y")
    assert result.exit_code == 1
    assert "http://127.0.0.1:8642/mcp" in result.output
    assert list(home.iterdir()) == []


def test_claude_desktop_is_told_where_remote_servers_go(home: Path) -> None:
    result = invoke("claude-desktop", "--http", "https://example.com/mcp", "-y")
    assert result.exit_code == 1
    assert "Connectors" in result.output


def test_the_rest_of_the_file_its_mode_and_a_copy_are_kept(home: Path) -> None:
    file = home / ".claude.json"
    before = '{\n  "mcpServers": {"other": {"command": "x"}},\n  "token": "secret"\n}\n'
    file.write_text(before)
    file.chmod(0o640)
    assert invoke("claude-code", "-y").exit_code == 0
    after = json.loads(file.read_text())
    assert after["mcpServers"]["other"] == {"command": "x"}
    assert after["token"] == "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    [copy] = home.glob("*.bak")
    assert copy.read_text() == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert {path.name for path in home.iterdir()} == {".claude.json", copy.name}


def test_a_new_file_is_for_its_owner_only(home: Path) -> None:
    invoke("cursor", "-y")
    assert stat.S_IMODE((home / ".cursor" / "mcp.json").stat().st_mode) == 0o600


def test_a_link_into_a_folder_of_dotfiles_stays_a_link(home: Path) -> None:
    (home / "dotfiles").mkdir()
    (home / "dotfiles" / "claude.json").write_text("{}")
    os.symlink("dotfiles/claude.json", home / ".claude.json")
    assert invoke("claude-code", "-y").exit_code == 0
    assert (home / ".claude.json").is_symlink()
    assert entry(home / "dotfiles" / "claude.json")


def test_installing_twice_changes_nothing_the_second_time(home: Path) -> None:
    invoke("cursor", "-y")
    assert "nothing to change" in invoke("cursor", "-y").output
    assert list(home.rglob("*.bak")) == []


def test_removing_takes_out_the_server_and_nothing_else(home: Path) -> None:
    file = home / "mcp.json"
    file.write_text('{\n  // mine\n  "servers": {\n    "a": {}\n  }\n}\n')
    before = file.read_text()
    invoke("vscode", "--file", file, "-y")
    assert "deskhand" in file.read_text()
    assert invoke("vscode", "--file", file, "--remove", "-y").exit_code == 0
    assert file.read_text() == before


@pytest.mark.parametrize("content", [b'{"mcpServers": [', b"\xff\xfe{"])
def test_a_file_that_cannot_be_read_is_left_alone(content: bytes, home: Path) -> None:
    (home / ".claude.json").write_bytes(content)
    result = invoke("claude-code", "-y")
    assert result.exit_code == 1
    assert ".claude.json" in result.output
    assert (home / ".claude.json").read_bytes() == content


def test_a_refusal_says_what_to_paste(home: Path) -> None:
    (home / ".claude.json").write_text("[]")
    assert '"deskhand": {' in invoke("claude-code", "-y").output


def test_the_entry_carries_the_settings_file_that_is_named(home: Path) -> None:
    (home / "mine.toml").write_text("")
    assert invoke("cursor", "--yes", "--config", home / "mine.toml").exit_code == 0
    found = entry(home / ".cursor/mcp.json")
    assert isinstance(found, dict)
    assert found["env"] == {"DESKHAND_CONFIG": str(home / "mine.toml")}


def test_the_entry_carries_the_settings_file_of_a_trusted_folder_only(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = home / "project"
    project.mkdir()
    (project / "deskhand.toml").write_text("")
    monkeypatch.chdir(project)
    refused = invoke("cursor", "--print")
    assert refused.exit_code == 1
    assert "not trusted" in refused.output
    trust(project)
    shown = json.loads(invoke("cursor", "--print").output)
    assert shown["mcpServers"]["deskhand"]["env"] == {"DESKHAND_CONFIG": str(project / "deskhand.toml")}


def test_the_entry_names_no_settings_file_where_the_server_finds_it_anyway(home: Path) -> None:
    (home / ".config/deskhand").mkdir(parents=True)
    (home / ".config/deskhand/deskhand.toml").write_text("")
    assert "env" not in json.loads(invoke("cursor", "--print").output)["mcpServers"]["deskhand"]
