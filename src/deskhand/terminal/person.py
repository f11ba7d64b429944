"""The person at the terminal, as the host's `Human`: approvals and forms take the screen, one at a time."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
from prompt_toolkit.application import in_terminal
from rich.console import RenderableType

from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest
from deskhand.terminal.approval import Approval, Edit
from deskhand.terminal.form import Form
from deskhand.terminal.keyboard import Keyboard
from deskhand.terminal.screen import LiveScreen


class Person:
    """Asks at the terminal. Ctrl-C at a question is a no and calls `interrupted`; the end of the input is a no."""

    def __init__(
        self,
        screen: LiveScreen,
        keyboard: Keyboard,
        *,
        edit: Edit,
        open_url: Callable[[str], object],
    ) -> None:
        self._screen = screen
        self._approval = Approval(keyboard, self._show, edit)
        self._form = Form(keyboard, self._show, open_url)
        self._asking = anyio.Lock()
        self.interrupted: Callable[[], object] = lambda: None
        """What Ctrl-C does besides: the chat lets it cancel the turn."""

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """Decide about calls made in parallel."""
        try:
            async with self._alone():
                return await self._approval.decide(requests)
        except KeyboardInterrupt:
            self.interrupted()
        except EOFError:
            pass
        return [Decision(allow=False, reason="The person left the question unanswered.")] * len(requests)

    async def fill(self, form: FormRequest) -> FormAnswer:
        """Answer an elicitation."""
        try:
            async with self._alone():
                return await self._form.fill(form)
        except KeyboardInterrupt:
            self.interrupted()
        except EOFError:
            pass
        return FormAnswer("cancel")

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[None]:
        """One question at a time; what moves stands still, and a prompt that waits for a message steps aside."""
        async with self._asking, in_terminal():
            with self._screen.paused():
                yield

    def _show(self, part: RenderableType) -> None:
        self._screen.keep(part)
