"""Starts a rule when the person said yes: what they saw, and nothing that was changed since."""

from collections.abc import Callable, Mapping
from typing import cast

from pydantic import JsonValue

from deskhand.errors import DeskhandError
from deskhand.mail.account import LOCAL
from deskhand.mail.rule import rule_from
from deskhand.mail.rule_book import Kept, RuleBook
from deskhand.outbox.act import Attempt, Entry, NotDone

KIND = "mail_rule"
"""The kind of acts that start a rule."""


class RulePerformer:
    """The performer of acts of the kind `mail_rule`. Starting twice changes nothing, so that it never crosses."""

    def __init__(self, book: RuleBook, started: Callable[[], None]) -> None:
        self._book = book
        self._started = started

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        """Let the rule answer from now on.

        Raises:
            NotDone: it was changed, stopped or deleted since the person was shown it.
        """
        try:
            kept = await self._start(entry)
        except DeskhandError as error:
            raise NotDone(error) from error
        self._started()
        return {
            "rule": kept.rule.name,
            "started": kept.rule.started.isoformat(timespec="seconds"),
            "local_only": entry.account == LOCAL,
        }

    async def _start(self, entry: Entry) -> Kept:
        version, new = str(entry.payload["version"]), entry.payload.get("new")
        if new:
            return await self._book.exchange(entry.subject, rule_from(cast("Mapping[str, JsonValue]", new)), version)
        return await self._book.enable(entry.subject, str(entry.payload["rule"]), version)

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        """It never crosses, so that nothing is ever in doubt."""
        return None
