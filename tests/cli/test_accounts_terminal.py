"""The password is typed into a real terminal, and the terminal does not show it."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.chat_place import Terminal


def test_the_password_is_not_shown_while_it_is_typed(tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DESKHAND_")}
    settings = tmp_path / "deskhand.toml"
    settings.touch()
    environment = {**inherited, "LC_ALL": "C.UTF-8", "DESKHAND_CONFIG": str(settings)}
    with TemporaryDirectory(prefix="dh-") as short:  # a socket's path has at most 107 bytes
        terminal = Terminal(Path(short) / "tmux")
        terminal.start([sys.executable, "-m", "deskhand", "accounts", "add", "--no-test"], environment, tmp_path)
        try:
            terminal.until("Your mail address")
            terminal.say("ann@gmail.com")
            terminal.until("A short name for the account [gmail]")
            terminal.say("post")
            terminal.until("Password (it is not shown)")
            terminal.say("planted-4719")
            assert terminal.ends() == 0
            screen = terminal.screen()
        finally:
            terminal.kill()
    assert "ann@gmail.com" in screen
    assert "planted" not in screen
    assert (tmp_path / "passwords" / "post").read_text() == "planted-4719\n"
