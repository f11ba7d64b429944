"""Calls and their results on disk: each call has one result, and nobody else speaks before it has.

A provider refuses a conversation for good in which it is otherwise. It is checked in the transaction that adds a
message, because two processes may be at work in one conversation, each with a view of its own.
"""

import json
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from deskhand.errors import Conflict
from deskhand.store.tables import message

_PAGE = 16


class AlreadyAnswered(Conflict):
    """The call has a result already, or the conversation went on without one. This one was not kept."""


class CallsOpen(Conflict):
    """Somebody else is at work in this conversation: a call waits for its result. Wait, then say it again."""


def check_pairs(connection: sa.Connection, conversation_id: str, bodies: Iterable[str]) -> None:
    """Whether messages may follow what a conversation has.

    Raises:
        AlreadyAnswered: one is a result, but not of an open call.
        CallsOpen: one is not a result, while a call is open.
    """
    waiting: set[str] | None = None
    for body in bodies:
        called, answered = _calls_and_results(body)
        if waiting is None:
            waiting = _open_calls(connection, conversation_id)
        if not answered <= waiting:
            raise AlreadyAnswered()
        if waiting and not answered:
            raise CallsOpen()
        waiting = (waiting - answered) | called


def _open_calls(connection: sa.Connection, conversation_id: str) -> set[str]:
    done: set[str] = set()
    for body in _newest_first(connection, conversation_id):
        called, answered = _calls_and_results(body)
        if not answered:
            return called - done
        done |= answered
    return set()


def _newest_first(connection: sa.Connection, conversation_id: str) -> Iterator[str]:
    query = sa.select(message.c.body).where(message.c.conversation == conversation_id)
    newest = query.order_by(message.c.position.desc()).limit(_PAGE)
    start = 0
    while page := connection.execute(newest.offset(start)).scalars().all():
        yield from page
        start += len(page)


def _calls_and_results(body: str) -> tuple[set[str], set[str]]:
    """The ids of the calls a message makes, and of those it has results of."""
    if '"tool_' not in body:  # neither: most messages, and long ones
        return set(), set()
    blocks = json.loads(body).get("content", ())
    called = {block["id"] for block in blocks if block.get("type") == "tool_call"}
    return called, {block["call_id"] for block in blocks if block.get("type") == "tool_result"}
