"""`deskhand chat` in a real terminal, against a scripted OpenAI-compatible endpoint and a real MCP server."""

import re
from functools import partial
from pathlib import Path
from typing import Any

from tests.e2e.chat_place import CORE_AND_FILES, chatting, place

LONG = "First words of a **streamed** answer.\n\n" + "\n".join(f"- point {n}" for n in range(1, 25)) + "\n\nLast words."


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def on(match: str, text: str, *calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"match": match, "on": "user", "text": text, "calls": list(calls), "times": None, **more}


AFTER = {"on": "tool", "text": "That is done.", "times": None}

beside_a_peer = partial(place, enabled=CORE_AND_FILES)
alone = partial(beside_a_peer, peer_script=None)


def test_the_answer_streams_and_ends_as_ordinary_text(tmp_path: Path) -> None:
    with alone(tmp_path, [on("tell", LONG, delay=0.02)]) as here, chatting(here) as terminal:
        terminal.say("tell me")
        early = terminal.until("First words of a streamed answer.")
        assert "Last words." not in early
        late = terminal.until("Last words.", "1 step")
        for n in range(1, 25):
            assert late.count(f"• point {n}\n") == 1, "nothing is drawn twice in the scrollback"
        assert "**" not in late


def test_two_calls_run_as_a_pair_of_cards(tmp_path: Path) -> None:
    steps = [on("both", "I look at both.", call("look", place="garden"), call("look", place="cellar")), AFTER]
    with beside_a_peer(tmp_path, steps) as here, chatting(here) as terminal:
        terminal.say("look at both")
        both = terminal.until(where=lambda screen: len(re.findall(r"\d\.\d s ━+\S* +\d+% step", screen)) == 2)
        assert both.index("place=garden") < both.index("place=cellar")
        for name in ("garden", "cellar"):
            (here.folder / f"seen-{name}").touch()
        done = terminal.until("garden is fine", "cellar is fine", "That is done.")
        assert done.count("✓ look · peer") == 2
        assert "% step" not in done.partition("I look at both.")[2], "what moved is gone"


def test_writing_asks_and_the_answer_decides(tmp_path: Path) -> None:
    write = on("write", "", call("file_write", uri="file:///note.md", content="# Note\n"))
    with alone(tmp_path, [write, AFTER]) as here, chatting(here) as terminal:
        terminal.say("write it")
        terminal.until("This call needs your approval", "uri: file:///note.md", "Allow?")
        terminal.say("n not this one")
        terminal.until("⊘ file_write · deskhand", "not this one", "That is done.")
        assert not (here.workspace / "note.md").exists()
        terminal.say("write it again")
        terminal.until("Allow?", where=lambda screen: screen.count("Allow?") == 2)
        terminal.say("y")
        terminal.until("✓ file_write · deskhand", "Created file:///note.md")
        assert (here.workspace / "note.md").read_text() == "# Note\n"


def test_the_arguments_of_a_call_can_be_edited(tmp_path: Path) -> None:
    write = on("write", "", call("file_write", uri="file:///note.md", content="old"))
    with alone(tmp_path, [write, AFTER]) as here, chatting(here) as terminal:
        terminal.say("write it")
        terminal.until("Allow?")
        terminal.say("e")
        terminal.until('"content": "old"')
        terminal.type("", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace")
        terminal.type('new"}', "Escape", "Enter")
        terminal.until("as you edited it")
        terminal.say("y")
        terminal.until("That is done.")
        assert (here.workspace / "note.md").read_text() == "new"


def test_a_form_of_a_server_is_filled_in(tmp_path: Path) -> None:
    with beside_a_peer(tmp_path, [on("book", "I book.", call("book")), AFTER]) as here, chatting(here) as terminal:
        terminal.say("book a room")
        terminal.until("peer asks you", "Please complete the booking.", "1. north", "Room: ")
        terminal.say("2")
        terminal.until("Guests: a whole number from 1 to 4", where=lambda screen: screen.rstrip().endswith("Guests:"))
        terminal.say("9")
        terminal.until("Guests takes a whole number from 1 to 4.")
        terminal.type("", "BSpace")
        terminal.say("3")
        terminal.until("Breakfast: yes")
        terminal.say("")
        terminal.until("Your answers", "Send?")
        terminal.say("y")
        terminal.until("✓ book · peer", "booked south for 3", "That is done.")
        assert "booked south 3 True" in here.peer_log()


def test_ctrl_c_cancels_the_call_at_the_server_and_the_chat_goes_on_however_often_it_is_pressed(tmp_path: Path) -> None:
    steps = [on("wait", "I wait.", call("wait_for_ever")), on("hello", "Hello again.")]
    with beside_a_peer(tmp_path, steps) as here, chatting(here) as terminal:
        terminal.say("wait for it")
        terminal.until("half way")
        terminal.type("", "C-c")
        terminal.until("⊘ wait_for_ever · peer", "⊘ Cancelled.")
        here.peer_logs("cancelled")
        terminal.prompted()
        terminal.type("", "C-c")
        terminal.until("Ctrl-D or /quit leaves.")
        terminal.prompted()
        terminal.say("wait once more")
        terminal.until(where=lambda _: here.peer_log().count("waiting") == 2)
        terminal.type("", *["C-c"] * 12)
        terminal.until(where=lambda screen: screen.count("⊘ Cancelled.") >= 2)
        terminal.prompted()
        terminal.say("hello")
        terminal.until("Hello again.")
        terminal.prompted()
        terminal.type("", "C-d")
        assert terminal.ends() == 0


def test_ctrl_c_at_a_question_is_a_no_and_cancels_the_turn(tmp_path: Path) -> None:
    write = on("write", "", call("file_write", uri="file:///note.md", content="x"))
    with alone(tmp_path, [write]) as here, chatting(here) as terminal:
        terminal.say("write it")
        terminal.until("Allow?")
        terminal.type("", "C-c")
        terminal.until("⊘ Cancelled.")
        assert not (here.workspace / "note.md").exists()


def test_what_is_typed_ahead_does_not_approve_anything(tmp_path: Path) -> None:
    write = call("file_write", uri="file:///note.md", content="x")
    steps = [on("write", "Wait for it, wait for it, here it comes.", write, delay=0.3), AFTER]
    with alone(tmp_path, steps) as here, chatting(here) as terminal:
        terminal.say("write it")
        terminal.until("Wait for it")
        terminal.say("y")
        terminal.until("Allow?")
        assert not (here.workspace / "note.md").exists()
        terminal.say("n")
        terminal.until("That is done.")
        assert not (here.workspace / "note.md").exists()


def test_the_trace_shows_each_message_and_can_be_switched(tmp_path: Path) -> None:
    steps = [on("look", "I look.", call("look", place="garden")), AFTER]
    (tmp_path / "seen-garden").touch()
    with beside_a_peer(tmp_path, steps) as here, chatting(here, "--trace") as terminal:
        terminal.until("peer stdio request server/discover")
        terminal.say("look there")
        terminal.until("→ peer stdio request tools/call", "← peer stdio response tools/call", "That is done.")
        frames = tmp_path / "frames.jsonl"
        terminal.say(f"/trace {frames}")
        terminal.until("messages are in")
        assert '"method":"tools/call"' in frames.read_text()
        terminal.say("/trace off")
        terminal.until("The trace is off.")
        seen = terminal.screen().count("tools/call")
        terminal.say("look again")
        screen = terminal.until(where=lambda shown: shown.count("That is done.") == 2)
        assert screen.count("tools/call") == seen


def test_resources_and_commands_complete_and_a_resource_is_attached(tmp_path: Path) -> None:
    with beside_a_peer(tmp_path, [{"match": "TREASURE", "text": "I see the treasure.", "times": None}]) as here:
        here.workspace.mkdir(parents=True)
        (here.workspace / "map.md").write_text("TREASURE here")
        with chatting(here) as terminal:
            terminal.type("read @ma")
            terminal.until("file:///map.md")
            terminal.type("", "Tab")
            terminal.until("read @file:///map.md")
            terminal.type("", "Enter")
            terminal.until("I see the treasure.")
            terminal.type("/too")
            terminal.until("what the servers let the model do")
            terminal.type("", "Tab", "Enter")
            terminal.until("file_write", "writes", "multiply", "reads")


def test_a_conversation_goes_on_in_another_chat(tmp_path: Path) -> None:
    steps = [on("apples", "I like **apples**."), on("pears", "And pears.")]
    with alone(tmp_path, steps) as here:
        with chatting(here) as terminal:
            terminal.say("what about apples")
            terminal.until("I like apples.")
            terminal.say("/quit")
            assert terminal.ends() == 0
        with chatting(here, "--resume", "latest") as terminal:
            terminal.until("› what about apples", "I like apples.")
            terminal.say("what about pears")
            terminal.until("And pears.")


def test_without_a_terminal_lines_are_messages_and_nobody_approves(tmp_path: Path) -> None:
    write = on("write", "", call("file_write", uri="file:///note.md", content="x"))
    with alone(tmp_path, [write, on("hello", "Hello **there**."), AFTER]) as here:
        ended = here.run("chat", given="hello\nwrite it\ny\n/cost\n")
        assert ended.returncode == 0, ended.stderr
        assert "Hello **there**." in ended.stdout
        assert "⊘ file_write · deskhand: not allowed" in ended.stdout
        assert "\x1b" not in ended.stdout
        assert not (here.workspace / "note.md").exists()
