"""What the person chose on a card of calls, read from the form that the page sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.host.arguments import violations
from deskhand.host.human import ApprovalRequest, Decision, Span
from deskhand.host.tools import OfferedTool
from deskhand.models.tool_calls import parse_arguments
from deskhand.web.question_cards import CallCard, cards_of, reaches_of_all

DENY = "deny"
EACH = "each"
"""Every call has an answer of its own."""
LONGEST_REASON = 2_000
"""Characters."""


@dataclass
class Entry:
    """A card as it was filled in, and what is wrong with that."""

    given: Mapping[str, str]
    errors: dict[int, str] = field(default_factory=dict[int, str])
    """By the number of the call."""

    def value(self, name: str, number: int | None = None) -> str:
        """What was entered in a field, of one call where it has a number; empty when it was not there."""
        return self.given.get(name if number is None else f"{name}-{number}", "")

    def edits(self, number: int) -> bool:
        """Whether the arguments of this call are being edited."""
        return f"arguments-{number}" in self.given


class Reading:
    """Reads one card. `tools` are those offered now, which edited arguments are held to.

    After `decisions`, `entry.errors` says what to ask again.
    """

    def __init__(
        self, requests: Sequence[ApprovalRequest], given: Mapping[str, str], tools: Sequence[OfferedTool]
    ) -> None:
        self.entry = Entry(given)
        self._cards = cards_of(requests)
        self._tools = {tool.name: tool for tool in tools}

    def decisions(self) -> tuple[Decision, ...]:
        """One for each call; they count only when there are no errors.

        Raises:
            InvalidInput: the form is not one of ours.
        """
        answer = self.entry.value("answer")
        if answer not in (DENY, EACH, *(reach.span for reach in reaches_of_all(self._cards))):
            raise InvalidInput("Choose one of the buttons of the card.")
        return tuple(self._decision(card, answer) for card in self._cards)

    def _decision(self, card: CallCard, answer: str) -> Decision:
        chosen = self.entry.value("decision", card.number) if answer == EACH else answer
        if chosen == DENY:
            reason = self.entry.value("reason", card.number) or self.entry.value("reason")
            return Decision(allow=False, reason=reason.strip()[:LONGEST_REASON])
        if chosen not in (reach.span for reach in card.reaches):
            self.entry.errors[card.number] = "Say what to do with this call: allow or deny it."
            return Decision(allow=False)
        return Decision(allow=True, span=cast(Span, chosen), arguments=self._edited(card))

    def _edited(self, card: CallCard) -> dict[str, JsonValue] | None:
        """The arguments, if the person changed them."""
        if not self.entry.edits(card.number) or card.redefined:
            return None
        text = self.entry.value("arguments", card.number)
        arguments = parse_arguments(text)
        problem = self._problem(card, text, arguments)
        if problem:
            self.entry.errors[card.number] = problem
        return None if arguments == card.request.call.arguments else arguments

    def _problem(self, card: CallCard, text: str, arguments: dict[str, JsonValue] | None) -> str:
        if arguments is None:
            return _not_an_object(text)
        if not _is_text(arguments):
            return "The arguments hold half a character: \\ud800 to \\udfff stand only in pairs (RFC 8259, 8.2)."
        tool = self._tools.get(card.request.call.name)
        found = violations(tool.tool.input_schema, arguments) if tool else []
        return " ".join(f"{_place(each.path)}{each.sentence}." for each in found)


def _not_an_object(text: str) -> str:
    expected = 'The arguments must be a JSON object, such as {"city": "Sacramento"}'
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{expected}. This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
    except (ValueError, RecursionError):
        return f"{expected}. This is nested too deeply, or has a number with too many digits."
    return f"{expected}, not a list, a text or a number, nor hold NaN or Infinity."


def _is_text(arguments: dict[str, JsonValue]) -> bool:
    try:
        json.dumps(arguments, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _place(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path)) + ": " if path else ""
