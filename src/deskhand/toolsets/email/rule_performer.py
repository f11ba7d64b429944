"""Starts a rule when the person said yes: what they saw, and nothing that was changed since."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from deskhand.errors import DeskhandError
from deskhand.mail.account import LOCAL
from deskhand.mail.rule_book import RuleBook
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
            kept = await self._book.enable(entry.subject, str(entry.payload["rule"]), str(entry.payload["version"]))
        except DeskhandError as error:
            raise NotDone(error) from error
        self._started()
        return {
            "rule": kept.rule.name,
            "started": kept.rule.started.isoformat(timespec="seconds"),
            "local_only": entry.account == LOCAL,
        }

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        """It never crosses, so that nothing is ever in doubt."""
        return None
