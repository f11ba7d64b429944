"""May this call run? Allow, ask or deny, from what the tool says of itself, who offers it, and what was agreed before.

    reads, trusted server                     runs
    reads, untrusted server                   asks
    writes                                    asks
    destroys, or writes to the outside world  asks, unless agreed to for exactly this tool

A tool that does not say is taken for the worst, as MCP defines the defaults: not read-only, destructive, open world.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from deskhand.context.message import ToolCall
from deskhand.errors import DeskhandError
from deskhand.host.consent import Consent
from deskhand.host.events import ApprovalAsked, ApprovalGiven, Event
from deskhand.host.human import ApprovalRequest, Decision, Human, Span
from deskhand.host.tools import OfferedTool

Effect = Literal["reads", "writes", "destructive", "writes to the outside world"]

_WIDE: frozenset[Effect] = frozenset({"reads", "writes"})
"""What an agreement about several tools at once can cover."""
_UNTRUSTED = "untrusted server"


def effect(tool: OfferedTool) -> Effect:
    """The worst a tool may do, by its annotations (MCP `ToolAnnotations`, whose defaults are the worst case)."""
    hints = tool.tool.annotations
    if hints is None:
        return "destructive"
    if hints.read_only_hint:
        return "reads"
    if hints.destructive_hint is not False:
        return "destructive"
    return "writes" if hints.open_world_hint is False else "writes to the outside world"


@dataclass(frozen=True, slots=True)
class Rule:
    """Agreement given beforehand: `file_*`, `server:NAME`, `read-only`, or the exact name of a tool.

    Only an exact name covers a tool that destroys or writes to the outside world. A bare name speaks of trusted
    servers, for any server can call a tool as it likes; the tools of others are named `server__tool`. `read-only`
    believes what every server says of its tools.
    """

    text: str

    def covers(self, tool: OfferedTool) -> bool:
        """Whether calls of this tool need no question."""
        names = {f"{tool.server}__{tool.tool.name}", *([tool.name] if tool.trusted else [])}
        if self.text in names:
            return True
        worst = effect(tool)
        if self.text == "read-only":
            return worst == "reads"
        matches = self.text == f"server:{tool.server}" or any(fnmatchcase(name, self.text) for name in names)
        return matches and worst in _WIDE


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with the tool it is for."""

    call: ToolCall
    tool: OfferedTool


class Policy:
    """Decides about the calls of one step, asking the person once for all that need it."""

    def __init__(self, rules: Sequence[str], consent: Consent, human: Human, emit: Callable[[Event], None]) -> None:
        self._rules = [Rule(text) for text in rules]
        self._consent = consent
        self._human = human
        self._emit = emit

    async def decide(self, calls: Sequence[Asked]) -> list[Decision]:
        """One decision per call, in order. Whatever is not clearly allowed is denied."""
        decisions: dict[int, Decision] = {}
        open_questions: dict[int, Asked] = {}
        for index, asked in enumerate(calls):
            by = self._allowed_by(asked.tool)
            if by is None:
                open_questions[index] = asked
            else:
                decisions[index] = Decision(allow=True)
                self._emit(ApprovalGiven(call_id=asked.call.id, decision="allow", by=by))
        if open_questions:
            answers = await self._ask(list(open_questions.values()))
            decisions.update(zip(open_questions, answers, strict=True))
        return [decisions[index] for index in range(len(calls))]

    def asks(self, tool: OfferedTool) -> bool:
        """Whether the person is asked before this tool is called."""
        return self._allowed_by(tool) is None

    def _allowed_by(self, tool: OfferedTool) -> Literal["policy", "person", "rule"] | None:
        worst = effect(tool)
        if tool.trusted and worst == "reads":
            return "policy"
        if any(rule.covers(tool) for rule in self._rules):
            return "rule"
        granted = self._consent.granted(tool)
        if granted == "tool" or (granted == "server" and worst in _WIDE):
            return "person"
        return None

    async def _ask(self, calls: Sequence[Asked]) -> list[Decision]:
        requests = [ApprovalRequest(a.call, a.tool.server, a.tool.title, _reason(a.tool)) for a in calls]
        answers = await ask(self._human, requests, self._emit)
        for asked, answer in zip(calls, answers, strict=True):
            if answer.allow:
                await self._consent.grant(asked.tool, answer.span)
        return answers


def _reason(tool: OfferedTool) -> str:
    worst = effect(tool)
    return _UNTRUSTED if worst == "reads" else worst


def spans(reason: str) -> tuple[Span, ...]:
    """How far a yes to a request with this reason can reach; a wider one would not hold.

    A changed definition is agreed to or not: nothing is called yet.
    """
    if reason == "definition changed":
        return ("once",)
    wide = reason in _WIDE or reason == _UNTRUSTED
    return ("once", "session", "tool", "server") if wide else ("once", "session", "tool")


async def ask(human: Human, requests: Sequence[ApprovalRequest], emit: Callable[[Event], None]) -> list[Decision]:
    """Put one card before the person and report what they decide; an answer that is missing is a no."""
    emit(ApprovalAsked(calls=tuple(r.call for r in requests), reasons=tuple(r.reason for r in requests)))
    try:
        answers = list(await human.approve(requests))
    except DeskhandError as error:
        answers = [Decision(allow=False, reason=error.message)] * len(requests)
    missing = len(requests) - len(answers)
    answers = [*answers, *[Decision(allow=False, reason="There was no answer.")] * missing][: len(requests)]
    for request, answer in zip(requests, answers, strict=True):
        decision = "allow" if answer.allow else "deny"
        emit(ApprovalGiven(call_id=request.call.id, decision=decision, by="person", reason=answer.reason))
    return answers
