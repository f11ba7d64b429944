"""An earlier conversation as events, so that it is shown as it was: a reload equals a replay."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from deskhand.context.message import Message, ToolResult, Usage
from deskhand.host.conversation import attached, said
from deskhand.host.events import (
    Event,
    ModelFinished,
    Notice,
    ReasoningDelta,
    TextDelta,
    ToolFinished,
    ToolRequested,
    TurnStarted,
)
from deskhand.host.turn_recorder import Streamed, TurnRecord, read_record


def past_events(
    conversation: str, messages: Iterable[Message], records: Mapping[str, str] | None = None
) -> Iterator[Event]:
    """What a conversation looked like when it came.

    A turn that has a record looks as it did, each run of deltas as one; of others, such as those of an earlier
    Deskhand, their messages tell. `records` are JSON texts by their turns, as `store.turn_records` has them.
    """
    for turn in past_turns(list(messages), records or {}):
        if turn.record is None:
            yield from _told_by(conversation, [*turn.said, *turn.came])
        else:
            yield from _replayed(conversation, turn.came, turn.record)


@dataclass(frozen=True, slots=True)
class PastTurn:
    """One turn, which is named by the last message the person said in it. What came before any has said nothing."""

    said: Sequence[Message]
    """What the person said: one message, or those of a prompt."""
    came: Sequence[Message]
    """What came to it: answers and results."""
    record: TurnRecord | None = None


def past_turns(messages: Sequence[Message], records: Mapping[str, str]) -> Iterator[PastTurn]:
    """The messages of a conversation by turns, given their records as `past_events` has them."""
    begins: list[tuple[int, int, TurnRecord | None]] = []  # its first message, the one it is named by, its record
    for place, message in enumerate(messages):
        record = read_record(records[message.id]) if message.id in records else None
        if record is not None or message.role == "user":
            first = place - (record.said - 1 if record else 0)
            while begins and begins[-1][0] >= first:  # no turn of its own, but more of what was said in this one
                begins.pop()
            begins.append((first, place, record))
    ends = [first for first, _, _ in begins[1:]] + [len(messages)]
    yield PastTurn((), messages[: begins[0][0] if begins else None])
    for (first, place, record), end in zip(begins, ends, strict=False):
        yield PastTurn(messages[first : place + 1], messages[place + 1 : end], record)


def _replayed(conversation: str, messages: Sequence[Message], record: TurnRecord) -> Iterator[Event]:
    """The events of a record, with what its messages hold; then what came to the turn later."""
    answers = [message for message in messages if message.role == "assistant"]
    results = {block.call_id: block for message in messages for block in _results_in(message)}
    for entry in record.entries:
        match entry:
            case Streamed():
                yield from _streamed(entry, answers)
            case ToolFinished():
                yield entry.model_copy(update={"result": results.pop(entry.call_id, entry.result)})
            case TurnStarted():  # of a branch, which has its own id
                yield entry.model_copy(update={"conversation": conversation})
            case _:
                yield entry
    known = {message.id for message in answers[: record.answers]}
    for message in messages:
        if message.role == "assistant" and message.id not in known:
            yield from _answer(message)
        else:
            yield from (_finished(message, result) for result in _results_in(message) if result.call_id in results)


def _streamed(entry: Streamed, answers: Sequence[Message]) -> Iterator[Event]:
    """A run of deltas, unless its message could not be kept."""
    if entry.answer >= len(answers):
        return
    message = answers[entry.answer]
    if entry.of == "text":
        yield TextDelta(at=entry.at, text=message.text[entry.start : entry.end])
    else:
        yield ReasoningDelta(at=entry.at, text=(message.metadata.reasoning or "")[entry.start : entry.end])


def _told_by(conversation: str, messages: Iterable[Message]) -> Iterator[Event]:
    for message in messages:
        if message.role == "user":
            at = message.metadata.timestamp
            yield TurnStarted(
                at=at, conversation=conversation, turn=message.id, text=said(message), attached=attached(message)
            )
        elif message.role == "assistant":
            yield from _answer(message)
        else:
            yield from (_finished(message, result) for result in _results_in(message))


def _answer(message: Message) -> Iterator[Event]:
    at, metadata = message.metadata.timestamp, message.metadata
    yield TextDelta(at=at, text=message.text)
    yield ModelFinished(at=at, step=1, usage=metadata.usage or Usage(), reason="stop")
    if metadata.interrupted:
        yield Notice(at=at, level="warning", text="This answer was interrupted.")
    for call in message.tool_calls:
        yield ToolRequested(at=at, call=call, server="", title=call.name)


def _results_in(message: Message) -> Iterator[ToolResult]:
    return (block for block in message.content if isinstance(block, ToolResult))


def _finished(message: Message, result: ToolResult) -> Event:
    outcome = "error" if result.is_error else "ok"
    at = message.metadata.timestamp
    return ToolFinished(at=at, call_id=result.call_id, result=result, milliseconds=0, outcome=outcome)
