"""Questions that wait for the person: cards on every page of theirs, until one of the pages answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio

from deskhand.context.message import new_id
from deskhand.errors import NotFound
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest

Answer = tuple[Decision, ...] | FormAnswer


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
    def form(self) -> FormRequest | None:
        """The form it is about."""
        return self.asked if isinstance(self.asked, FormRequest) else None


class Tray:
    """One principal's questions. `show` draws a card when a question comes, and takes it away when it goes."""

    def __init__(self, show: Callable[[Question, bool], None]) -> None:
        self._show = show
        self.waiting: dict[str, Question] = {}

    def human(self, conversation: str) -> "Person":
        """The person, as a conversation asks them."""
        return Person(self, conversation)

    def question(self, name: str) -> Question:
        """A question that waits.

        Raises:
            NotFound: it was answered, on another page perhaps, or is not asked any more.
        """
        if name not in self.waiting:
            raise NotFound("This question was answered already, or is not asked any more.")
        return self.waiting[name]

    def answer(self, name: str, answer: Answer) -> None:
        """Answer a question: the first answer counts.

        Raises:
            NotFound: see `question`.
        """
        question = self.question(name)
        question.answer = answer
        del self.waiting[name]
        question.answered.set()

    async def ask(self, question: Question) -> Answer | None:
        """Put a question and wait; None when the program ends before an answer."""
        self.waiting[question.id] = question
        self._show(question, True)
        try:
            await question.answered.wait()
        finally:
            self.waiting.pop(question.id, None)
            self._show(question, False)
        return question.answer


class Person:
    """The host's `Human` for one conversation, or for servers (no conversation)."""

    def __init__(self, tray: Tray, conversation: str) -> None:
        self._tray = tray
        self._conversation = conversation

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """Decide about calls made in parallel."""
        answer = await self._tray.ask(Question(tuple(requests), self._conversation))
        return answer if isinstance(answer, tuple) else ()

    async def fill(self, form: FormRequest) -> FormAnswer:
        """Answer an elicitation."""
        answer = await self._tray.ask(Question(form, self._conversation))
        return answer if isinstance(answer, FormAnswer) else FormAnswer("cancel")
