"""A turn that was cut while it waited for the person: where it stands, read from what was kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from deskhand.context.message import Message, ToolCall, Usage
from deskhand.errors import Conflict
from deskhand.host.conversation import Conversation, said
from deskhand.host.events import Event
from deskhand.host.open_calls import open_calls
from deskhand.host.past import past_events
from deskhand.host.turn_recorder import TurnRecorder, read_record


@dataclass(frozen=True, slots=True)
class CutTurn:
    """Where it stands."""

    id: str
    text: str
    """What the person said."""
    said: int
    """In how many messages."""
    calls: tuple[ToolCall, ...]
    """What was asked for and waits."""
    earlier: tuple[Event, ...]
    """What happened in it until now."""
    usage: Usage
    steps: int

    @classmethod
    async def of(cls, conversation: Conversation) -> "CutTurn":
        """The turn whose calls are waiting in a conversation.

        Raises:
            Conflict: none are.
        """
        messages = await conversation.messages()
        place = next((place for place in _backwards(messages) if messages[place].role == "user"), None)
        waiting = conversation.waiting & open_calls(messages).keys()  # another process may have answered them
        if place is None or not waiting:
            raise Conflict("Nothing of this conversation waits for an answer. Say something to go on.")
        turn, answers = messages[place], [one for one in messages[place:] if one.role == "assistant"]
        records = await conversation.turn_records()
        record = read_record(records[turn.id]) if turn.id in records else None
        begins = max(place - (record.said - 1 if record else 0), 0)
        return cls(
            id=turn.id,
            text=said(turn),
            said=place - begins + 1,
            calls=tuple(call for call in answers[-1].tool_calls if call.id in waiting),
            earlier=tuple(past_events(conversation.id, messages[begins:], records)),
            usage=sum((one.metadata.usage or Usage() for one in answers), Usage()),
            steps=len(answers),
        )

    def recorder(self) -> TurnRecorder:
        """Goes on with what happened until now."""
        recorder = TurnRecorder(self.said)
        recorder.resume(self.earlier)
        return recorder


def _backwards(messages: Sequence[Message]) -> range:
    return range(len(messages) - 1, -1, -1)
