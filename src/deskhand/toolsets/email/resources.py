"""The `email://` resources: mails, conversations, attached files, folders that change when mail arrives."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import anyio
from pydantic import Field

from deskhand.errors import Denied, DeskhandError
from deskhand.mail.mailbox import Changed, Envelope, MailRef
from deskhand.mail.query import Query
from deskhand.principal import Caller, current_principal
from deskhand.result import Health
from deskhand.services import Services
from deskhand.toolset import (
    Content,
    ResourceEntry,
    Toolset,
    ToolsetSettings,
    completes,
    lists,
    resource,
    watches,
)
from deskhand.toolsets.email.attaching import Attaching
from deskhand.toolsets.email.conversation import Conversations
from deskhand.toolsets.email.drafting import Drafting
from deskhand.toolsets.email.following import Following
from deskhand.toolsets.email.handle import folder_uri, handle_of, parse_handle, uri_of
from deskhand.toolsets.email.mailboxes import Mailboxes
from deskhand.toolsets.email.organizing import Organizing
from deskhand.toolsets.email.reading import Reading, Request, number_of
from deskhand.toolsets.email.samples import Samples
from deskhand.toolsets.email.saving import Saving
from deskhand.toolsets.email.searching import Searching
from deskhand.toolsets.email.sending import Sending
from deskhand.toolsets.email.writing import Writing
from deskhand.visible import visible_line

THREAD, ATTACHMENT = "email://thread/{id}", "email://attachment/{id}/{n}"
MAIL, FOLDER = "email://{account}/{folder}/{uid}", "email://{account}/{folder}"
_WHOLE_TOKENS = 20_000
_LISTED = 20


class EmailSettings(ToolsetSettings):
    """How mail is read and written. The accounts themselves are the section `accounts`."""

    max_mail_bytes: int = Field(default=50 * 1024 * 1024, gt=0, description="Largest mail that is read.")
    max_attachment_bytes: int = Field(
        default=18_000_000, gt=0, le=25_000_000, description="Most bytes attached to one mail, before encoding."
    )
    most_listed: int = Field(default=100, gt=0, le=500, description="Most conversations in one answer of a search.")
    page_tokens: int = Field(default=2_000, ge=100, le=20_000, description="Most of a mail in one answer.")
    watch: bool = Field(default=True, description="Announce new mail to subscribers.")
    save_attachments: bool = Field(default=True, description="Put attached files into the workspace, when asked to.")
    sample: bool = Field(default=True, description="Begin the mailbox on this machine with a sample thread.")


class EmailResources(Toolset):
    """What the tools work with, and what can be read and followed without them."""

    Settings = EmailSettings

    def __init__(self, settings: EmailSettings, services: Services) -> None:
        super().__init__(settings, services)
        self._settings = settings
        now, zone = services.now, services.zone
        samples = Samples(services.data_dir, now, zone) if settings.sample else None
        self.mailboxes = Mailboxes(services.accounts, settings.max_mail_bytes, samples)
        conversations = Conversations(self.mailboxes)
        self.searching = Searching(self.mailboxes, now, zone)
        self.reading = Reading(self.mailboxes, conversations, zone)
        attaching = Attaching(services.workspace, services.kept, self.reading, settings.max_attachment_bytes)
        self.writing = Writing(self.mailboxes, attaching, zone)
        self.drafting = Drafting(self.mailboxes, now, zone)
        self.sending = Sending(self.writing, services.post, services.outbox)
        self.organizing = Organizing(self.mailboxes, conversations)
        self.saving = Saving(
            services.workspace, self.reading, max_bytes=settings.max_mail_bytes, allowed=settings.save_attachments
        )
        self.following = Following(self.mailboxes, services.changes)

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """Where followed mailboxes are listened to."""
        async with anyio.create_task_group() as tasks:
            self.following.tasks = tasks
            yield
            self.following.tasks = None
            tasks.cancel_scope.cancel()

    async def health(self) -> Health:
        """How the caller's accounts were the last time they were used; nobody connects for it."""
        try:
            subject = current_principal().subject
        except Denied:  # asked outside of a call: whose accounts these are is nobody's business there
            return Health("ok", "mailboxes")
        accounts = self.services.accounts.for_mail(subject)
        if all(account.is_local for account in accounts):
            step = "Connect a real account: deskhand accounts add."
            return Health("ok", "a mailbox on this machine", "Mail stays on this machine.", step)
        names = ", ".join(account.name for account in accounts)
        troubles = self.mailboxes.troubles(subject)
        if troubles:
            told = " ".join(f"{name}: {trouble}" for name, trouble in troubles.items())
            return Health("degraded", f"IMAP and SMTP: {names}", told, f"deskhand accounts test {next(iter(troubles))}")
        return Health("ok", f"IMAP and SMTP: {names}")

    @resource(THREAD, title="A conversation")
    async def thread(self, id: str, caller: Caller) -> str:
        """The new text of its mails, oldest first; `id` is the Message-ID or the handle of any of them."""
        return await self._whole(caller, id, Request("thread", max_tokens=_WHOLE_TOKENS))

    @resource(ATTACHMENT, title="An attached file", mime_type="application/octet-stream")
    async def attachment(self, id: str, n: str, caller: Caller) -> Content:
        """Its bytes."""
        file, data = await self.reading.file(caller.subject, id, number_of(n))
        return Content(data, file.mime_type)

    @resource(MAIL, title="A mail", watched=True)
    async def mail(self, account: str, folder: str, uid: str, caller: Caller) -> str:
        """Its whole text with what it quotes, and its attachments as links; it changes with its flags."""
        handle = uri_of_parts(account, folder, uid)
        return await self._whole(caller, handle, Request("full", max_tokens=_WHOLE_TOKENS))

    @resource(FOLDER, title="A mail folder", watched=True)
    async def folder(self, account: str, folder: str, caller: Caller) -> str:
        """Its newest conversations; it changes when mail arrives, is read or moved."""
        query = f'in:"{folder.replace(chr(34), "")}"'
        found = await self.searching.search(caller.subject, query, account=account, limit=_LISTED)
        return found.model_dump_json()

    @watches(MAIL)
    async def watch_mail(self, account: str, folder: str, uid: str) -> None:
        """Announce changes of its flags, and that it was moved."""

        def concerns(changed: Changed) -> bool:
            return _same(changed.folder, folder) and (not changed.uids or uid in changed.uids)

        if self._settings.watch:
            await self.following.run(uri_of_parts(account, folder, uid), account, concerns, folder)

    @watches(FOLDER)
    async def watch_folder(self, account: str, folder: str) -> None:
        """Announce new mail, and other changes."""
        if self._settings.watch:
            await self.following.run(
                folder_uri(account, folder), account, lambda changed: _same(changed.folder, folder), folder
            )

    @lists(MAIL)
    async def list_mails(self, caller: Caller) -> list[ResourceEntry]:
        """The newest mails in the inboxes."""
        return [
            ResourceEntry(
                uri_of(mail.ref),
                visible_line(mail.headers.subject)[:120] or "(no subject)",
                description=visible_line(", ".join(map(str, mail.headers.sender)))[:120],
                mime_type="application/json",
                size=mail.size,
                modified=mail.received,
            )
            for mail in await self.newest(caller)
        ]

    @lists(FOLDER)
    async def list_folders(self, caller: Caller) -> list[ResourceEntry]:
        """The inboxes: to hear of new mail, follow one."""
        found: list[ResourceEntry] = []
        for account in await self.mailboxes.readable(caller.subject):
            with suppress(DeskhandError):  # an account that does not answer has nothing to list
                name = await self.mailboxes.box(account).folder_for("inbox")
                uri = folder_uri(account.name, name)
                found.append(ResourceEntry(uri, name, f"{account.name}: {name}", mime_type="application/json"))
        return found

    @completes(MAIL, "account")
    @completes(FOLDER, "account")
    @completes("triage_inbox", "account")
    async def complete_account(self, value: str, caller: Caller) -> list[str]:
        """Names of accounts."""
        names = [account.name for account in await self.mailboxes.readable(caller.subject)]
        return [name for name in names if name.startswith(value)]

    @completes("reply_to_email", "message")
    async def complete_message(self, value: str, caller: Caller) -> list[str]:
        """Handles of the newest mails, whose sender or subject may be typed as well."""
        wanted = value.casefold()
        return [
            handle_of(mail.ref)
            for mail in await self.newest(caller)
            if wanted in f"{handle_of(mail.ref)} {mail.headers.subject} {mail.headers.sender}".casefold()
        ]

    def announce(self, caller: Caller, handles: Iterable[str]) -> None:
        """Tell who follows these mails, or their folders: not every server tells of what was done to it here."""
        refs = [ref for ref in map(parse_handle, handles) if isinstance(ref, MailRef)]
        uris = dict.fromkeys([*map(uri_of, refs), *(folder_uri(ref.account, ref.folder) for ref in refs)])
        for uri in uris:
            self.services.changes.resource_updated(uri, subject=caller.subject)

    async def newest(self, caller: Caller) -> Sequence[Envelope]:
        """The newest mails in the inboxes of all accounts that answer."""
        found: list[Envelope] = []
        for account in await self.mailboxes.readable(caller.subject):
            with suppress(DeskhandError), self.mailboxes.noting(account):
                page = await self.mailboxes.box(account).search(Query(folder="inbox"), offset=0, limit=_LISTED)
                found += page.envelopes
        return sorted(found, key=lambda mail: mail.received, reverse=True)

    async def _whole(self, caller: Caller, handle: str, request: Request) -> str:
        return (await self.reading.read(caller.subject, handle, request)).model_dump_json()


def uri_of_parts(account: str, folder: str, uid: str) -> str:
    """The URI of a mail by the variables of its template."""
    return uri_of(MailRef(account, folder, uid))


def _same(folder: str, other: str) -> bool:
    return folder.casefold() == other.casefold()
