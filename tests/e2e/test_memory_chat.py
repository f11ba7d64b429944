"""Memory from one chat to the next, in a real terminal: whole processes, a scripted endpoint, the real database."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from tests.e2e.chat_place import Place, Terminal, chatting, place
from tests.e2e.in_process import deskhand_here

PEANUTS = "I am allergic to peanuts."


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


STEPS: list[dict[str, Any]] = [
    {"match": "peanuts", "on": "user", "calls": [call("save_memory", text=PEANUTS, pin=True)], "times": None},
    {
        "match": "metric",
        "on": "user",
        "calls": [call("save_memory", text="I prefer metric units.", kind="preference")],
        "times": None,
    },
    {"match": "boat", "on": "user", "calls": [call("save_memory", text="My boat lies in Lund.")], "times": None},
    {"match": "where", "on": "user", "calls": [call("search_memory", query="where does the boat lie")], "times": None},
    {"match": "hello", "on": "user", "text": "Hello.", "times": None},
    {"match": "save_memory", "on": "tool", "text": "Noted.", "times": None},
    {"match": "search_memory", "on": "tool", "text": "As you told me: {last}", "times": None},
]


@contextmanager
def remembering(folder: Path) -> Generator[Place]:
    """A place with the memory enabled, and search by words, which needs no weights."""
    with place(folder, STEPS, peer_script=None) as here:
        settings = '[toolsets]\nenabled = ["core", "files", "memory"]\n[retrieval]\nembeddings = "none"\n'
        (folder / "deskhand.toml").write_text(settings)
        yield here


def system_prompts(here: Place) -> list[str]:
    """What the endpoint was told before each conversation, one for each request."""
    url = here.environment["DESKHAND_MODEL__BASE_URL"].removesuffix("/v1")
    asked = httpx2.get(f"{url}/requests").json()
    return [each["body"]["messages"][0]["content"] for each in asked if "messages" in each["body"]]


def saved(terminal: Terminal, said: str, text: str) -> str:
    """Tell the model, and wait until it remembers; gives the id."""
    terminal.say(said)
    screen = terminal.until("Noted.", where=lambda shown: bool(re.search(rf"remembered \[\w+\]: {text}", shown)))
    found = re.search(rf"remembered \[(\w+)\]: {text}", screen)
    assert found
    terminal.prompted()
    return found[1]


def test_what_one_chat_is_told_the_next_one_knows(tmp_path: Path) -> None:
    with remembering(tmp_path) as here:
        with chatting(here) as terminal:
            saved(terminal, "I can't eat peanuts", "I am allergic to peanuts")
            saved(terminal, "metric please", "I prefer metric units")
            terminal.say("/quit")
            assert terminal.ends() == 0
        assert "allergic" not in system_prompts(here)[0]
        with chatting(here) as terminal:
            terminal.say("hello")
            terminal.until("Hello.")
        prompt = system_prompts(here)[-1]
        assert re.search(r"\| ## Pinned\n\| \n\| - I am allergic to peanuts\. \[\w+\]", prompt)
        assert re.search(r"\| ## Preferences\n\| \n\| - I prefer metric units\. \[\w+\]", prompt)


def test_the_model_finds_in_a_new_conversation_what_is_in_no_profile(tmp_path: Path) -> None:
    with remembering(tmp_path) as here:
        with chatting(here) as terminal:
            saved(terminal, "my boat lies in Lund", "My boat lies in Lund")
        with chatting(here) as terminal:
            terminal.say("where is it?")
            terminal.until("✓ search_memory · deskhand", "As you told me:", "My boat lies in Lund.")
        assert "Lund" not in system_prompts(here)[-1]


def test_the_person_lists_edits_and_forgets(tmp_path: Path) -> None:
    with remembering(tmp_path) as here:
        with chatting(here) as terminal:
            memory_id = saved(terminal, "my boat lies in Lund", "My boat lies in Lund")
            requests = len(system_prompts(here))
            terminal.say("/memory")
            terminal.until("What I remember about you", "Newest", f"- [{memory_id}]")
            terminal.prompted()
            terminal.say(f"/memory edit {memory_id} My boat lies in Malmö.")
            terminal.until(f"changed [{memory_id}]: My boat lies in Malmö. · before: My boat lies in Lund.")
            terminal.prompted()
            shown = terminal.screen().count(memory_id)
            terminal.type("/memory pin malm")
            terminal.until(where=lambda screen: screen.count(memory_id) > shown)
            terminal.type("", "Tab", "Enter")
            terminal.until("Malmö. · pinned")
            terminal.prompted()
            terminal.say(f"/memory forget {memory_id}")
            terminal.until("Delete for good, with all former versions?", "Forget: yes or no")
            terminal.say("yes")
            terminal.until(f"forgotten for good [{memory_id}]")
            terminal.prompted()
            terminal.say("/memory boat")
            terminal.until("Nothing is remembered about this.")
            assert len(system_prompts(here)) == requests, "no model was asked"


def test_ask_reports_what_was_remembered_also_as_json(tmp_path: Path) -> None:
    with remembering(tmp_path) as here:
        told = deskhand_here(here.environment, "ask", "--json", "I can't eat peanuts")
        assert told.exit_code == 0, told.stderr
        (change,) = [each for each in map(json.loads, told.stdout.splitlines()) if each["type"] == "memory_changed"]
        assert (change["change"], change["memories"][0]["text"]) == ("saved", PEANUTS)
        again = deskhand_here(here.environment, "ask", "again: peanuts")
        assert f"[known already [{change['memories'][0]['id']}]: {PEANUTS}]" in again.stderr
