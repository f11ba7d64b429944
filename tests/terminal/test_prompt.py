"""Keys at the prompt, through a pipe instead of a terminal."""

import stat
import sys
from pathlib import Path

import pytest
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from tests.terminal.scripted_keyboard import ScriptedKeyboard

from deskhand.terminal.editor import Editor
from deskhand.terminal.message_prompt import MessagePrompt

pytestmark = pytest.mark.anyio


async def read(history: Path, keys: str) -> str:
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        prompt = MessagePrompt(history, DummyCompleter(), lambda: "toolbar", input=pipe, output=DummyOutput())
        return await prompt.read()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("hello\r", "hello"),
        ("hello\n", "hello"),
        ("one\x1b\rtwo\r", "one\ntwo"),
        ("\x1b[200~one\ntwo\x1b[201~\r", "one\ntwo"),
    ],
)
async def test_enter_sends_and_alt_enter_or_a_paste_makes_lines(tmp_path: Path, keys: str, message: str) -> None:
    assert await read(tmp_path / "history", keys) == message


async def test_ctrl_c_and_ctrl_d_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        await read(tmp_path / "history", "half a mess\x03")
    with pytest.raises(EOFError):
        await read(tmp_path / "history", "\x04")


async def test_the_history_is_kept_and_is_the_users_own(tmp_path: Path) -> None:
    history = tmp_path / "data" / "history"
    await read(history, "first\r")
    assert await read(history, "\x1b[A\r") == "first"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


async def test_a_text_is_changed_in_the_editor_of_the_environment(tmp_path: Path) -> None:
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib\nfile = pathlib.Path(sys.argv[1])\nfile.write_text(file.read_text().upper())"
    )
    editor = Editor(ScriptedKeyboard(), {"EDITOR": f"{sys.executable} {script}"})
    assert await editor.edit("text") == "TEXT\n"


async def test_an_editor_that_cannot_be_run_changes_nothing() -> None:
    assert await Editor(ScriptedKeyboard(), {"VISUAL": "/no/such/editor"}).edit("text") == "text"


async def test_without_an_editor_the_text_is_changed_at_the_prompt() -> None:
    keyboard = ScriptedKeyboard("other")
    assert await Editor(keyboard, {}).edit("text") == "other"
    assert keyboard.questions[0][1] == "text"
