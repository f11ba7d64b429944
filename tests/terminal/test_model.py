"""`/model NAME` lets another model answer in the conversation that goes on."""

from pathlib import Path

import pytest
from tests.terminal.completing import completed
from tests.terminal.provider_room import Closing, model, room
from tests.terminal.typed_lines import Lines

from deskhand.host.human import Decision
from deskhand.host.scripted import ScriptedHuman
from deskhand.host.servers import ServerSpec
from deskhand.models.script import ScriptedCall, ScriptedError, Step
from deskhand.testing import serving
from deskhand.toolsets.files.toolset import Files

pytestmark = pytest.mark.anyio
UNKNOWN = Step(error=ScriptedError(kind="failed", message="There is no such model."), times=None)


async def test_the_conversation_goes_on_with_the_other_model(tmp_path: Path) -> None:
    async with room(tmp_path, model("small"), model("large", window=200_000)) as here:
        shown = await here.types("one", "/model large", "two", "/model small", "three")
        assert "acme/large, window 200,000 tokens, answers from your next message on" in shown
        assert "/model small switches back." in shown
        assert "large heard: two" in shown
        assert here.heard("large") == ["one", "small heard: one", "two"]
        assert here.heard("small")[-2:] == ["large heard: two", "three"]
        (row,) = await here.desk.conversations.recent("local")
        assert row.messages == 6
        assert shown.count("small heard: one") == 1, "nothing is drawn again"


async def test_window_meter_and_cost_follow_the_model(tmp_path: Path) -> None:
    async with room(tmp_path, model("small", window=128_000), model("tiny", window=9_000)) as here:
        shown = await here.types("one", "/model tiny", "/context", "two", "/context", "/cost")
        assert "What does not fit into its window moves to the log." in shown
        switched, _, answered = shown.partition("tiny heard: two")
        assert "acme/tiny, window 9,000 tokens" in switched
        assert "% full" not in switched, "how full it is, is not known yet"
        assert "acme/tiny, window 9,000 tokens, " in answered
        assert "2 turns with acme/small, acme/tiny: tokens:" in answered
        assert here.app.toolbar().startswith("acme/tiny  context ")


async def test_the_model_is_named_and_its_own_name_changes_nothing(tmp_path: Path) -> None:
    async with room(tmp_path, model("small"), model("large")) as here:
        for typed in ("/model", "/model small", "/model acme/small"):
            assert "acme/small, window 128,000 tokens. /model NAME" in await here.types(typed)
        await here.types("/model acme/large")
        assert here.desk.model.name == "acme/large", "the name may be typed as it is shown"


async def test_names_of_other_models_complete_as_far_as_they_are_known(tmp_path: Path) -> None:
    async with room(tmp_path, model("small"), model("large"), model("lean")) as here:
        assert await completed(here.app, "/model ") == [], "nothing is listed, and no other answered"
        await here.types("/model large")
        assert await completed(here.app, "/model ") == ["small"]
        here.models["large"].others = ("lean", "large", "small", "next")
        assert await completed(here.app, "/model ") == ["small", "lean", "next"]
        assert await completed(here.app, "/model le") == await completed(here.app, "/model acme/le") == ["lean"]
        assert await completed(here.app, "/model lean x") == []


async def test_before_anything_was_said_the_first_words_go_to_the_other_model(tmp_path: Path) -> None:
    async with room(tmp_path, model("small"), model("large")) as here:
        assert "large heard: one" in await here.types("/model large", "one")
        assert not here.models["small"].requests


async def test_an_unknown_name_is_told_by_the_provider_with_how_to_switch_back(tmp_path: Path) -> None:
    async with room(tmp_path, model("small"), model("lrage", UNKNOWN)) as here:
        shown = await here.types("one", "/model lrage", "two", "/model small", "three", "/model small")
        told = shown[shown.index("There is no such model.") :]
        assert "acme/lrage has not answered yet. /model small switches back." in told
        assert here.heard("small")[-1] == "three"
        assert told.count("has not answered yet") == 1


async def test_back_at_the_model_that_answered_there_is_nothing_to_switch_back_to(tmp_path: Path) -> None:
    once = Closing([Step(text="Once."), UNKNOWN], name="acme/once")
    async with room(tmp_path, once, model("lrage", UNKNOWN), model("large")) as here:
        shown = await here.types("one", "/model lrage", "two", "/model large", "/model once", "three")
        assert shown.count("/model once switches back.") == 3, "by each change to another one, and by its failure"
        assert "/model lrage switches back." not in shown
        assert "acme/once has not answered yet" not in shown


async def test_a_failure_of_a_model_that_has_answered_is_only_a_failure(tmp_path: Path) -> None:
    once = Closing([Step(text="Once."), UNKNOWN], name="acme/once")
    async with room(tmp_path, model("small"), once) as here:
        shown = await here.types("/model once", "one", "two")
        assert "There is no such model." in shown
        assert "has not answered yet" not in shown


async def test_a_model_that_cannot_be_made_leaves_the_one_there_is(tmp_path: Path) -> None:
    async with room(tmp_path, model("small"), model("large")) as here:
        shown = await here.types("/model huge", "one")
        assert "Nobody lists huge." in shown
        assert "small heard: one" in shown
    async with room(tmp_path, model("only")) as here:
        assert "There is no other model here." in await here.types("/model large")


async def test_a_conversation_deleted_meanwhile_is_told_and_the_model_stays(tmp_path: Path) -> None:
    async with room(tmp_path, model("small"), model("large")) as here:

        class Deleting(Lines):
            async def read(self) -> str:
                line = await super().read()
                if line.startswith("/model"):
                    (row,) = await here.desk.conversations.recent("local")
                    await here.desk.conversations.delete("local", row.id)
                return line

        await here.app.run(Deleting("one", "/model large"))
        assert "No conversation matches" in here.out.getvalue()
        assert here.desk.model.name == "acme/small"


async def test_what_was_agreed_to_in_the_conversation_still_holds(tmp_path: Path) -> None:
    def writing(name: str) -> Closing:
        call = ScriptedCall(name="file_write", arguments={"uri": f"file:///{name}.md", "content": "x"})
        return Closing([Step(calls=(call,)), Step(text="Done.", times=None)], name=f"acme/{name}")

    human = ScriptedHuman([Decision(True, "session"), Decision(True)])
    async with serving(Files, folder=tmp_path) as server:
        spec = ServerSpec("deskhand", in_process=server.sdk, trusted=True)
        models = writing("small"), writing("large"), writing("huge")
        async with room(tmp_path, *models, servers=[spec], human=human) as here:
            await here.types("write", "/model large", "write", "/new", "/model huge", "write")
    assert len(human.asked) == 2, "once for both models of the first conversation, once in the new one"
    assert len(list((tmp_path / "workspace").glob("*.md"))) == 3


async def test_every_model_is_made_once_and_closed_once_in_the_end(tmp_path: Path) -> None:
    async with room(tmp_path, model("small"), model("large")) as here:
        await here.types(*["/model large", "/model small"] * 3)
        assert not any(each.closed for each in here.models.values())
    assert [each.closed for each in here.models.values()] == [1, 1]
