"""Questions that wait for the person: cards on every page of theirs, until one of the pages answers."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from deskhand.context.message import new_id
from deskhand.errors import Conflict, DeskhandError, NotFound
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest
from deskhand.web.question_cards import CallCard, Reach, cards_of, reaches_of_all
from deskhand.web.question_forms import FormCard

Answer = tuple[Decision, ...] | FormAnswer

REMEMBERED = 200
"""Answered questions that are remembered, to tell a page that comes late what became of its card."""
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Question:
    """One card. `conversation` is empty where it is not known which one the question belongs to."""

    asked: tuple[ApprovalRequest, ...] | FormRequest
    conversation: str = ""
    id: str = field(default_factory=new_id)
    answer: Answer | None = None
    answered: anyio.Event = field(default_factory=anyio.Event)

    @property
    def approvals(self) -> tuple[ApprovalRequest, ...]:
        """The calls it is about; none for a form."""
        return () if isinstance(self.asked, FormRequest) else self.asked

    @property
    def cards(self) -> list[CallCard]:
        """The calls, as they are shown."""
        return cards_of(self.approvals)

    @property
    def reaches(self) -> list[Reach]:
        """How far one yes to all of the calls can reach."""
        return reaches_of_all(self.cards)

    @property
    def form(self) -> FormCard | None:
        """The form, as it is shown; None for calls."""
        return FormCard(self.asked) if isinstance(self.asked, FormRequest) else None

    @property
    def restartable(self) -> bool:
        """Whether it can be asked again by another process: calls of a conversation, none of which was made yet."""
        return bool(self.conversation) and any(not card.redefined for card in self.cards)


class Keeping(Protocol):
    """Where questions wait that outlive the process."""

    async def keep(self, question: Question) -> None:
        """Remember that it waits."""
        ...

    async def forget(self, question: Question) -> None:
        """It does not wait any more."""
        ...


class Tray:
    """One principal's questions. `show` draws a card when a question comes, and takes it away when it goes."""

    def __init__(self, show: Callable[[Question, bool], None], kept: Keeping | None = None) -> None:
        self._show = show
        self._kept = kept
        self.waiting: dict[str, Question] = {}
        self._over: dict[str, Question] = {}

    def human(self, conversation_of: Callable[[str], str]) -> "Person":
        """The person, as a conversation or servers ask them."""
        return Person(self, conversation_of)

    def question(self, name: str) -> Question:
        """A question that waits.

        Raises:
            Conflict: it was answered on another page, or by a click before this one.
            NotFound: it is not asked any more.
        """
        if name in self._over:
            raise Conflict("This question was answered already, on another page perhaps. The first answer counts.")
        if name not in self.waiting:
            raise NotFound("This question is not asked any more: what asked it was stopped.")
        return self.waiting[name]

    def answer(self, name: str, answer: Answer) -> None:
        """Answer a question: the first answer counts.

        Raises:
            Conflict, NotFound: see `question`.
        """
        question = self.question(name)
        question.answer = answer
        del self.waiting[name]
        self._over[name] = question
        while len(self._over) > REMEMBERED:
            del self._over[next(iter(self._over))]
        self._show(question, False)
        question.answered.set()

    async def ask(self, question: Question) -> Answer | None:
        """Put a question and wait, for as long as it takes.

        None when it could not be noted that it was answered: the next process will ask again, so this answer must not
        count. Cancelled, the card goes; what is kept of it stays. Who stops a turn for good calls `withdraw`.
        """
        is_kept = await self._keep(question)  # first: whatever is on a page outlives the process
        self.waiting[question.id] = question
        try:
            self._show(question, True)
            await question.answered.wait()
        finally:
            if self.waiting.pop(question.id, None) is not None:
                self._show(question, False)
        return question.answer if await self._forget(question) or not is_kept else None

    async def withdraw(self, conversation: str) -> None:
        """The person is about to stop what asks: its forms are cancelled, its approvals not asked after a restart."""
        for question in [each for each in self.waiting.values() if each.conversation == conversation]:
            await self._forget(question)
            if question.form is not None:
                self.answer(question.id, FormAnswer("cancel"))

    async def _keep(self, question: Question) -> bool:
        """Whether the next process would ask it again."""
        if self._kept is None or not question.restartable:
            return False
        try:
            await self._kept.keep(question)
        except DeskhandError:  # it is asked all the same; only a restart would lose it
            _log.warning("A question could not be kept", exc_info=True)
            return False
        return True

    async def _forget(self, question: Question) -> bool:
        """Whether it is sure that the next process does not ask it again."""
        if self._kept is not None and question.restartable:
            try:
                await self._kept.forget(question)
            except DeskhandError:
                _log.warning("An answered question could not be removed", exc_info=True)
                return False
        return True


class Person:
    """The host's `Human`, for one conversation or for the servers.

    `conversation_of` names the conversation a server asks for, or that the calls are of; empty when it is not known.
    """

    def __init__(self, tray: Tray, conversation_of: Callable[[str], str]) -> None:
        self._tray = tray
        self._conversation_of = conversation_of

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """Decide about calls made in parallel."""
        conversation = self._conversation_of(requests[0].server)
        answer = await self._tray.ask(Question(tuple(requests), conversation))
        return answer if isinstance(answer, tuple) else ()

    async def fill(self, form: FormRequest) -> FormAnswer:
        """Answer an elicitation."""
        answer = await self._tray.ask(Question(form, self._conversation_of(form.server)))
        return answer if isinstance(answer, FormAnswer) else FormAnswer("cancel")
