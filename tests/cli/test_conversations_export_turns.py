"""`deskhand conversations export-all` says what turns looked like and how conversations are linked."""

import json
from pathlib import Path
from typing import Any

import anyio
from click.testing import CliRunner

from deskhand.cli import cli
from deskhand.cli.database import opened
from deskhand.context.message import Message
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.events import Event
from deskhand.host.past import past_events
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.store.conversation_edits import ConversationEdits, Cut

ANSWER = Step(text="You said: {last}", reasoning="Hm.", times=None)


def talk() -> tuple[str, str, list[Event]]:
    """Two turns, and a branch of the first that took the place of all; both ids, and the first as it is shown again."""

    async def say() -> tuple[str, str, list[Event]]:
        with opened() as database:
            async with Chat(ScriptedModel([ANSWER]), options=ChatOptions(database=database)) as chat:
                await chat.answer("one")
                await chat.answer("two")
                talk, messages = chat.conversation, await chat.conversation.messages()
                shown = list(past_events(talk.id, messages, await talk.turn_records()))
                edits = ConversationEdits(database)
                branch = await edits.branch("local", talk.id, Cut(messages[1].id), "another")
                await edits.supersede("local", talk.id, branch.id)
        return talk.id, branch.id, shown

    return anyio.run(say)


def exported() -> list[dict[str, Any]]:
    ended = CliRunner().invoke(cli, ["conversations", "export-all"])
    assert ended.exit_code == 0, ended.output
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_what_turns_looked_like_can_be_shown_again_from_the_export(both_folder: Path) -> None:
    first, branch, shown = talk()
    mine = [line for line in exported() if line["conversation"] == first]
    messages = [Message.model_validate(line["message"]) for line in mine if "message" in line]
    turns = [line for line in mine if "turn_record" in line]
    assert [line["turn"] for line in turns] == [message.id for message in messages if message.role == "user"]
    records = {line["turn"]: json.dumps(line["turn_record"]) for line in turns}
    assert list(past_events(first, messages, records)) == shown
    assert list(past_events(first, messages)) != shown, "the messages alone do not tell it"
    copied = [line["turn"] for line in exported() if line["conversation"] == branch and "turn_record" in line]
    assert copied == [messages[0].id]


def test_branches_and_what_they_took_the_place_of_are_named(both_folder: Path) -> None:
    first, branch, _ = talk()
    about = {line["conversation"]: line["about"] for line in exported() if "about" in line}
    links = {of: (about[of]["branched_from"], about[of]["superseded_by"]) for of in about}
    assert links == {first: (None, branch), branch: (first, None)}
