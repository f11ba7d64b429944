"""`deskhand approve`: what waits is listed, shown, done once, refused, or settled when its outcome is unknown."""

import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import anyio
import pytest
from anyio import to_thread
from click.testing import CliRunner, Result
from tests.protocol.connected_person import person
from tests.protocol.server_process import running

from deskhand.cli import cli
from deskhand.cli.database import opened
from deskhand.outbox.act import Act, Entry
from deskhand.outbox.outbox import WAITING_DAYS, Outbox

T = TypeVar("T")
ENABLED = '["tests.server.letters:Letters"]'


class Desk:
    """A data folder with acts of several people, and the box that letters go to."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.box = folder / "letters.txt"
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("DESKHAND_DATA_DIR", str(folder / "data"))
        monkeypatch.setenv("DESKHAND_CONFIG", str(folder / "deskhand.toml"))
        monkeypatch.setenv("DESKHAND_RETRIEVAL__EMBEDDINGS", "none")
        (folder / "deskhand.toml").touch()
        (folder / "data").mkdir()
        self.set_up(ENABLED, box=str(self.box))

    def set_up(self, enabled: str = ENABLED, **letters: object) -> None:
        """Enable other toolsets, or change the postman."""
        self._monkeypatch.setenv("DESKHAND_TOOLSETS__ENABLED", enabled)
        for key, value in letters.items():
            self._monkeypatch.setenv(f"DESKHAND_TOOLSETS__LETTERS__{key.upper()}", str(value))

    def run(self, *arguments: str, answer: str = "", code: int = 0) -> Result:
        """Run `deskhand approve …`, which must end with `code`."""
        ended = CliRunner().invoke(cli, ["approve", *arguments], input=answer)
        assert ended.exit_code == code, ended.output
        return ended

    def propose(self, text: str, user: str = "local", days_ago: float = 0) -> str:
        """A letter that waits; its key."""
        act = Act("letter", f"A letter: {text}", f"Dear all,\n{text}", payload={"text": text})
        return self.with_outbox(lambda outbox: outbox.propose(user, act), days_ago).key

    def with_outbox(self, work: Callable[[Outbox], Awaitable[T]], days_ago: float = 0) -> T:
        """Work on the outbox as another process would."""

        async def run() -> T:
            with opened() as database:
                return await work(Outbox(database, lambda: datetime.now(UTC) - timedelta(days=days_ago)))

        return anyio.run(run)

    def entry(self, key: str, user: str = "local") -> Entry:
        """The act as it is now."""
        return self.with_outbox(lambda outbox: outbox.find(user, key))

    @property
    def posted(self) -> list[str]:
        """What the postman took."""
        return self.box.read_text().splitlines() if self.box.exists() else []


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_what_waits_is_listed_with_its_key_and_nobody_elses(desk: Desk) -> None:
    first, second = desk.propose("one\u202e"), desk.propose("two")
    desk.propose("secret", user="eve")
    listed = desk.run()
    assert [line.split()[:2] for line in listed.stdout.splitlines()] == [[second, "waiting"], [first, "waiting"]]
    assert "A letter: one\\u202e" in listed.stdout
    assert "secret" not in listed.output
    assert "deskhand approve KEY" in listed.stderr
    assert "secret" in desk.run("--user", "eve").stdout


def test_an_empty_outbox_is_told_and_is_no_mistake(desk: Desk) -> None:
    assert (desk.run().stdout, desk.run("--json").output) == ("", "")
    assert "Nothing waits for you." in desk.run().stderr


def test_what_waits_is_found_behind_many_that_are_done(desk: Desk) -> None:
    old = desk.propose("the oldest", days_ago=1)

    async def deny_many(outbox: Outbox) -> None:
        for number in range(60):
            entry = await outbox.propose("local", Act("letter", "A letter", f"Letter {number}"), key=f"{number}")
            await outbox.deny("local", entry.key)

    desk.with_outbox(deny_many)
    assert old in desk.run().stdout


def test_a_yes_shows_it_whole_and_does_it_once(desk: Desk) -> None:
    key = desk.propose("hello")
    asked = desk.run(key, answer="y\n")
    assert "Dear all,\nhello" in asked.stdout
    assert "Do this now? [y/N]" in asked.stdout
    assert asked.stdout.endswith("Done: A letter: hello\nposted\n")
    assert desk.posted == ["hello"]
    again = desk.run(key, "--yes", code=2)
    assert "this is done. There is nothing left to decide." in again.stderr
    assert desk.posted == ["hello"]
    assert desk.run().stdout == ""


def test_a_no_to_the_question_leaves_it_waiting(desk: Desk) -> None:
    key = desk.propose("hello")
    assert "Nothing was decided." in desk.run(key, answer="n\n", code=130).stderr
    assert (desk.entry(key).state, desk.posted) == ("waiting", [])


def test_a_refusal_is_final_and_keeps_its_reason(desk: Desk) -> None:
    key = desk.propose("hello")
    assert desk.run(key, "--deny", "--because", "too early", answer="y\n").stdout.endswith("Refused: A letter: hello\n")
    assert (desk.entry(key).state, desk.entry(key).error) == ("denied", "too early")
    assert "this is denied" in desk.run(key, "--yes", code=2).stderr
    assert desk.posted == []


def test_json_is_one_object_on_standard_output_and_the_question_is_not(desk: Desk) -> None:
    key = desk.propose("hello")
    listed = json.loads(desk.run("--json").stdout)
    assert (listed["key"], listed["state"], listed["preview"]) == (key, "waiting", "Dear all,\nhello")
    done = json.loads(desk.run(key, "--json", answer="y\n").stdout)
    assert (done["state"], done["result"]) == ("done", {"note": "posted"})


@pytest.mark.parametrize("arguments", [(), ("--deny",), ("--happened",), ("--again",)])
def test_an_unknown_key_and_somebody_elses_are_the_same(desk: Desk, arguments: tuple[str, ...]) -> None:
    secret = desk.propose("secret", user="eve")
    for key in ("nothing", secret):
        ended = desk.run(key, "--yes", *arguments, code=2)
        assert "There is nothing in the outbox under" in ended.stderr
        assert "A letter" not in ended.output
    assert (desk.entry(secret, "eve").state, desk.posted) == ("waiting", [])


def test_what_nobody_decided_in_time_is_not_done(desk: Desk) -> None:
    key = desk.propose("hello", days_ago=WAITING_DAYS + 1)
    assert desk.run().stdout == ""
    assert "this is expired. Let the assistant propose it again." in desk.run(key, "--yes", code=2).stderr
    assert desk.posted == []


def test_what_fails_is_told_and_can_be_approved_again(desk: Desk) -> None:
    key = desk.propose("hello")
    desk.set_up('["tests.cli.closed_office:ClosedOffice"]')
    assert desk.run(key, "--yes", code=1).stdout == "Failed: A letter: hello\nThe office is closed.\n"
    assert json.loads(desk.run(key, "--yes", "--json", code=1).stdout)["error"] == "The office is closed."
    desk.set_up(ENABLED)
    desk.run(key, "--yes")
    assert desk.posted == ["hello"]


def test_a_lost_answer_is_unknown_until_it_is_found(desk: Desk) -> None:
    key = desk.propose("hello")
    desk.set_up(lost=True, copies=False)
    assert "Find out, for instance from the recipient" in desk.run(key, "--yes", code=1).stdout
    assert f"{key}  unknown" in desk.run().stdout
    assert "Unknown" in desk.run(key, "--yes", code=1).stdout, "looked for, not done again"
    desk.set_up(copies=True)
    assert desk.run(key, "--yes").stdout == "Done: A letter: hello\nfound\n"
    assert desk.posted == ["hello"]


@pytest.mark.parametrize(("option", "posted"), [("--happened", 1), ("--again", 2)])
def test_the_person_settles_an_unknown_outcome(desk: Desk, option: str, posted: int) -> None:
    key = desk.propose("hello")
    assert "this is waiting. Approve it, or --deny it." in desk.run(key, option, "--yes", code=2).stderr
    desk.set_up(lost=True, copies=False)
    desk.run(key, "--yes", code=1)
    assert "--happened or --again" in desk.run(key, "--deny", "--yes", code=2).stderr
    desk.set_up(lost=False)
    assert desk.run(key, option, "--yes").stdout.startswith("Done: A letter: hello")
    assert desk.posted == ["hello"] * posted


def test_two_decisions_at_once_are_refused(desk: Desk) -> None:
    key = desk.propose("hello")
    assert "exclude one another" in desk.run(key, "--deny", "--again", code=2).stderr
    assert desk.entry(key).state == "waiting"


def test_what_nothing_here_performs_waits_on(desk: Desk) -> None:
    parcel = Act("parcel", "A parcel", "Dear all")
    key = desk.with_outbox(lambda outbox: outbox.propose("local", parcel)).key
    assert "is its toolset enabled?" in desk.run(key, "--yes", code=2).stderr
    assert desk.entry(key).state == "waiting"


def test_it_is_decided_while_a_server_runs_on_the_same_folder(desk: Desk, tmp_path: Path) -> None:
    """A process serves and proposes, another one approves; the first then says that it is done."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("DESKHAND_")}
    with running(tmp_path / "data", enabled=ENABLED, variables=variables) as server:

        async def propose_and_approve() -> tuple[str, object]:
            async with person(server, "local", "auto") as local:
                uri = (await local.call("letter_write", text="hello"))["uri"]
                ended = await to_thread.run_sync(desk.run, uri.removeprefix("outbox://"), "--yes")
                return ended.stdout, json.loads(await local.read(uri))["state"]

        told, state = anyio.run(propose_and_approve)
    assert (told, state, desk.posted) == ("Done: A letter: hello\nposted\n", "done", ["hello"])
