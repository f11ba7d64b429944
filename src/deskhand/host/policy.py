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
_TAKEN_BACK = "the permission it was allowed by was taken back meanwhile."


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
            decisions.update(await self._taken_back(calls, frozenset(open_questions)))
        return [decisions[index] for index in range(len(calls))]

    async def undecided(self, calls: Sequence[Asked]) -> list[Asked]:
        """Those the person will be asked about, by what is agreed to now, also elsewhere."""
        await self._consent.reread()
        return [asked for asked in calls if self._allowed_by(asked.tool) is None]

    def _allowed_by(self, tool: OfferedTool) -> Literal["policy", "person", "rule"] | None:
        worst = effect(tool)
        if tool.trusted and worst == "reads":
            return "policy"
        if any(rule.covers(tool) for rule in self._rules):
            return "rule"
        granted = self._consent.granted(tool)
        if granted == "tool" or (granted == "server" and tool.trusted and worst in _WIDE):
            return "person"
        return None

    async def _taken_back(self, calls: Sequence[Asked], answered: frozenset[int]) -> dict[int, Decision]:
        """A no for each call that was allowed by what is not agreed to any more, after the person thought for long."""
        await self._consent.reread()
        lost = [index for index, asked in enumerate(calls) if self._allowed_by(asked.tool) is None]
        denied = {index: Decision(allow=False, reason=_TAKEN_BACK) for index in lost if index not in answered}
        for index, decision in denied.items():
            call_id = calls[index].call.id
            self._emit(ApprovalGiven(call_id=call_id, decision="deny", by="person", reason=decision.reason))
        return denied

    async def _ask(self, calls: Sequence[Asked]) -> list[Decision]:
        requests = [self._request(asked) for asked in calls]
        answers = await ask(self._human, requests, self._emit)
        for asked, request, answer in zip(calls, requests, answers, strict=True):
            if answer.allow:
                await self._consent.grant(asked.tool, answer.span if answer.span in request.spans else "once")
        return answers

    def _request(self, asked: Asked) -> ApprovalRequest:
        call, tool = asked.call, asked.tool
        reach = spans(tool, lasting=self._consent.lasting)
        return ApprovalRequest(call, tool.server, tool.title, _reason(tool), spans=reach)


def _reason(tool: OfferedTool) -> str:
    worst = effect(tool)
    return _UNTRUSTED if worst == "reads" else worst


def spans(tool: OfferedTool, *, lasting: bool) -> tuple[Span, ...]:
    """How far a yes to calls of a tool can reach; a wider one would not hold.

    The whole of a server only where it is trusted: which of its tools that covers is what they say of themselves. With
    `lasting` false none outlives the program.
    """
    if not lasting:
        return ("once", "session")
    wide = tool.trusted and effect(tool) in _WIDE
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
