"""The rules of a served mailbox: what runs while the server does, and who starts what waited for the person."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import anyio

from deskhand.mail.rule_book import RuleBook
from deskhand.outbox.act import Performer
from deskhand.services import Services
from deskhand.toolsets.email.resources import EmailResources, EmailSettings
from deskhand.toolsets.email.rule_performer import KIND, RulePerformer
from deskhand.toolsets.email.rule_runner import RuleRunner
from deskhand.toolsets.email.rule_steering import RuleSteering


class EmailRules(EmailResources):
    """Adds automatic answers to mailboxes."""

    def __init__(self, settings: EmailSettings, services: Services) -> None:
        super().__init__(settings, services)
        book = RuleBook(services.database, services.now, services.zone)
        self.running = RuleRunner(book, self.mailboxes, services)
        self._starting = RulePerformer(book, self.running.wake)
        self.rules = RuleSteering(book, self.mailboxes, services, self._starting, self.running.wake)

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """While mailboxes are followed, rules answer what arrives."""
        async with super().lifespan(), anyio.create_task_group() as tasks:
            tasks.start_soon(self.running.run)
            yield
            tasks.cancel_scope.cancel()

    def performers(self) -> Mapping[str, Performer]:
        """Who starts rules, for `deskhand approve`."""
        return {**super().performers(), KIND: self._starting}
