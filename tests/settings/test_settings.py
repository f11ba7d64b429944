"""Where settings come from, which wins, and what a wrong one is told."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deskhand.cli.assembly import toolset_classes
from deskhand.cli.settings import settings as settings_command
from deskhand.errors import SettingsError
from deskhand.settings import load
from deskhand.trusted_folders import is_trusted, trust


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A trusted folder and an environment in which nothing is set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    trust(tmp_path)


def test_the_command_line_beats_the_environment_beats_the_file_beats_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("deskhand.toml").write_text('[server]\nhost = "::1"\nport = 1\nread_seconds = 3\n')
    monkeypatch.setenv("DESKHAND_SERVER__PORT", "2")
    monkeypatch.setenv("DESKHAND_SERVER__BODY_BYTES", "20")
    loaded = load(overrides={"server": {"body_bytes": 30}})
    server = loaded.settings.server
    assert (server.host, server.port, server.read_seconds, server.body_bytes) == ("::1", 2, 3, 30)
    assert loaded.sources["server.host"] == "deskhand.toml"
    assert loaded.sources["server.port"] == "environment"
    assert loaded.sources["server.body_bytes"] == "command line"
    assert "server.shutdown_seconds" not in loaded.sources


def test_the_workspace_is_in_the_data_folder_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_DATA_DIR", "/srv/deskhand")
    assert load().settings.workspace == Path("/srv/deskhand/workspace")


def test_a_secret_can_come_from_a_file_and_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("key").write_text("sk-verysecret\n")
    monkeypatch.setenv("DESKHAND_MODEL__API_KEY_FILE", "key")
    loaded = load()
    assert loaded.settings.model.api_key is not None
    assert loaded.settings.model.api_key.get_secret_value() == "sk-verysecret"
    assert "verysecret" not in repr(loaded)
    shown = CliRunner().invoke(settings_command, ["--json"])
    assert "verysecret" not in shown.output
    assert json.loads(shown.output)["model.api_key"]["source"] == "environment"


def test_a_key_that_is_the_path_of_a_file_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_ACCOUNTS__WORK__ADDRESS", "ann@example.org")
    monkeypatch.setenv("DESKHAND_ACCOUNTS__WORK__CA_FILE", "authority.pem")
    assert load().settings.accounts["work"].ca_file == Path("authority.pem")


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("DESKHAND_SERVER__PORTT", "1", "server.portt (environment): is not a setting"),
        ("DESKHAND_SERVER__PORT", "many", "server.port (environment): Input should be a valid integer"),
        ("DESKHAND_SERVER__PORT", "70000", "server.port (environment): Input should be less than or equal to 65535"),
        ("DESKHAND_NONSENSE", "1", "DESKHAND_NONSENSE is not a setting"),
        ("DESKHAND_MODEL__API_KEY_FILE", "nowhere", "names nowhere, which cannot be read"),
        ("DESKHAND_SERVER__ALLOWED_HOSTS", "not json", "A list is JSON there"),
        ("DESKHAND_CONFIG", "nowhere.toml", "nowhere.toml does not exist"),
    ],
)
def test_a_wrong_variable_is_named_with_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, part: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load()
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[server]\nport = 'x'", "server.port (deskhand.toml)"),
        ("[sever]\nport = 1", "sever"),
        ("[server\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_named(text: str, part: str) -> None:
    Path("deskhand.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load()
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[toolsets]\nenabled = ["wether"]', "there is no toolset 'wether'"),
        ('[toolsets]\nenabled = ["nowhere.module:Class"]', "'nowhere.module:Class' cannot be loaded"),
        ('[toolsets]\nenabled = ["pathlib:Path"]', "is not a toolset"),
        ('[toolsets.wether]\nsource = "fake"', "toolsets.wether is a section of no toolset"),
    ],
)
def test_a_wrong_toolset_is_named(text: str, part: str) -> None:
    Path("deskhand.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        toolset_classes(load().settings)
    assert part in caught.value.message


def test_the_command_shows_every_key_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_TOOLSETS__WEATHER__SOURCE", "fake")
    shown = CliRunner().invoke(settings_command, [])
    assert shown.exit_code == 0, shown.output
    lines = {line.split()[0]: line for line in shown.output.splitlines()}
    assert lines["toolsets.weather.source"].endswith('"fake"   # environment')
    assert lines["server.port"].split() == ["server.port", "8642"]


def test_a_workspace_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("DESKHAND_WORKSPACE", "~/documents")
    assert load().settings.workspace == Path("/home/ann/documents")
    monkeypatch.setenv("DESKHAND_WORKSPACE", "~nobody-here/x")
    with pytest.raises(SettingsError, match=r"workspace \(environment\): .*home"):
        load()


def test_the_command_refuses_a_wrong_toolset_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_TOOLSETS__WEATHER__SOURCE", "crystal ball")
    shown = CliRunner().invoke(settings_command, [])
    assert shown.exit_code == 1
    assert "toolsets.weather.source" in shown.output


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[toolsets.files]\nwach = 1", "toolsets.files.wach (deskhand.toml): is not a setting (did you mean watch?)"),
        ("[server.limits]\nzzz = 1", "is not a setting (there are calls_per_minute, "),
        ("[toolsets.weather]\npol_seconds = 1", "is not a setting (did you mean poll_seconds?)"),
        ("[servr]\nport = 1", "servr (deskhand.toml): is not a setting (did you mean server?)"),
        ("[server.limits]\ncall_second = 1", "is not a setting (did you mean call_seconds?)"),
        ("server = 1", "server (deskhand.toml): takes a section with keys of its own"),
        ('[server]\nallowed_hosts = "a"', "server.allowed_hosts (deskhand.toml): takes a list"),
    ],
)
def test_a_slip_is_told_with_what_was_meant_and_the_way_to_every_key(text: str, part: str) -> None:
    Path("deskhand.toml").write_text(text)
    shown = CliRunner().invoke(settings_command, ["--config", "deskhand.toml"])
    assert shown.exit_code == 1
    assert part in shown.output
    assert "`deskhand settings --defaults` lists every key" in shown.output


def test_every_key_is_listed_while_one_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_SERVER__PORTT", "1")
    shown = CliRunner().invoke(settings_command, ["--defaults"])
    assert shown.exit_code == 0, shown.output
    keys = [line.split()[0] for line in shown.output.splitlines()]
    assert {"server.port", "workspace", "toolsets.weather.poll_seconds"} <= set(keys)


@pytest.mark.parametrize("token", ["", "short"])
def test_a_token_that_could_be_guessed_is_refused_without_showing_it(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_SERVER__TOKEN", token)
    with pytest.raises(SettingsError, match=r"server\.token \(environment\): .* 16") as caught:
        load()
    assert "short" not in caught.value.message


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder somebody else made, in which we stand."""
    folder = tmp_path / "cloned"
    folder.mkdir()
    (folder / "deskhand.toml").write_text('[host]\napprove = ["*"]\n')
    monkeypatch.chdir(folder)
    return folder


def test_the_file_of_a_folder_nobody_trusts_is_not_read(stranger: Path) -> None:
    with pytest.raises(SettingsError, match="not trusted yet"):
        load()
    shown = CliRunner().invoke(settings_command, [])
    assert shown.exit_code == 1
    assert "deskhand settings --trust" in shown.output
    assert not is_trusted(stranger)


def test_a_folder_that_is_trusted_is_read_from_then_on_and_no_other(stranger: Path) -> None:
    shown = CliRunner().invoke(settings_command, ["--trust", "--json"])
    assert json.loads(shown.output)["host.approve"] == {"value": ["*"], "source": "deskhand.toml"}
    assert load().settings.host.approve == ("*",)
    assert is_trusted(stranger)
    assert not is_trusted(stranger / "deeper")


def test_a_file_that_is_named_needs_no_trust(stranger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_CONFIG", "deskhand.toml")
    assert load().settings.host.approve == ("*",)


def test_ones_own_settings_folder_needs_no_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "config" / "deskhand"
    own.mkdir(exist_ok=True)
    (own / "deskhand.toml").write_text("log_level = 'ERROR'\n")
    monkeypatch.chdir(own)
    assert load().settings.log_level == "ERROR"
