"""The `calendar://` resources, and what the tools are made of."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date, timedelta

import anyio
from anyio import to_thread
from pydantic import Field

from deskhand.errors import Denied, InvalidInput
from deskhand.kept import folder_of
from deskhand.outbox.act import Performer
from deskhand.principal import Caller, current_principal
from deskhand.result import Health
from deskhand.services import Services
from deskhand.toolset import ResourceEntry, Toolset, ToolsetSettings, completes, lists, resource, watches
from deskhand.toolsets.calendar.answers import Answers
from deskhand.toolsets.calendar.caldav import CalDavCalendars
from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.finding import Finding
from deskhand.toolsets.calendar.finding_handle import Handle, day_uri
from deskhand.toolsets.calendar.finding_places import Places, RemoteCalendars
from deskhand.toolsets.calendar.finding_window import day_window
from deskhand.toolsets.calendar.inviting import MEETING, UPDATE, MeetingPerformer
from deskhand.toolsets.calendar.inviting_ladder import Ladder
from deskhand.toolsets.calendar.inviting_mail import CalendarMail
from deskhand.toolsets.calendar.moment import askable
from deskhand.toolsets.calendar.occurrences import Window
from deskhand.toolsets.calendar.results import Events, shown_event
from deskhand.toolsets.calendar.scheduling import Scheduling, Usual
from deskhand.toolsets.calendar.store import LocalCalendars
from deskhand.toolsets.calendar.updating import Updating
from deskhand.toolsets.calendar.updating_subject import Subjects
from deskhand.toolsets.calendar.watching import Watching
from deskhand.toolsets.calendar.zones import zone_of

EVENT, DAY = "calendar://{calendar}/{uid}", "calendar://{calendar}/day/{date}"
_LISTED_DAYS = 14
_LISTED = 50


class CalendarSettings(ToolsetSettings):
    """How meetings are made. The accounts themselves are the section `accounts`."""

    working_hours: str = Field(default="09:00-17:00", description="When people meet, where nothing else is said.")
    duration: int = Field(default=30, gt=0, le=1440, description="Minutes of a meeting, where nothing is said.")
    reminder: int | None = Field(default=10, ge=0, description="Minutes before a new event; none with null.")
    poll_seconds: float = Field(default=30, gt=0, description="How often followed calendars are looked at.")
    most_listed: int = Field(default=50, gt=0, le=500, description="Most events in one answer.")
    answers: bool = Field(default=True, description="Take answers to invitations out of incoming mail.")


class CalendarResources(Toolset):
    """What the tools work with, and what can be read and followed without them."""

    Settings = CalendarSettings

    def __init__(self, settings: CalendarSettings, services: Services) -> None:
        super().__init__(settings, services)
        self._settings = settings
        self.zone = zone_of(services.zone)
        local = LocalCalendars(lambda subject: folder_of(services.data_dir, subject), services.now, self.zone)
        self.places = Places(services.accounts, local, self.open_remote())
        self.finding = Finding(self.places, services.now, self.zone, settings.working_hours)
        self.watching = Watching(self.places, services.changes, settings.poll_seconds)
        self.performer = MeetingPerformer(self.places, services.accounts, services.post, self.watching.written)
        self.ladder = Ladder(self.places, services.accounts, services.post, services.outbox, self.performer)
        usual = Usual(settings.duration, settings.reminder)
        mail = CalendarMail(services.accounts)
        subjects = Subjects(self.places, mail, services.now, self.zone)
        self.scheduling = Scheduling(self.places, self.finding, self.ladder, services.now, self.zone, usual)
        self.answers = Answers(self.places, mail, self.watching.written, services.now, self.zone)
        self.updating = Updating(self.places, subjects, self.scheduling, self.ladder, self.zone)

    def open_remote(self) -> RemoteCalendars:
        """The calendars on servers."""
        return CalDavCalendars(self.services.accounts.for_calendars)

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """While it runs, connections to servers stay open, and incoming mail is looked through for answers."""
        self.places.stays_open = True
        try:
            async with anyio.create_task_group() as tasks:
                self.answers.tasks = tasks if self._settings.answers else None
                yield
                self.answers.tasks = None
                tasks.cancel_scope.cancel()
        finally:
            self.places.stays_open = False
            await self.places.remote.aclose()

    def performers(self) -> dict[str, Performer]:
        """Who makes and changes meetings."""
        return {MEETING: self.performer, UPDATE: self.performer}

    async def health(self) -> Health:
        """Where the caller's calendars are; nobody connects for it."""
        try:
            subject = current_principal().subject
        except Denied:  # asked outside of a call: whose calendars these are is nobody's business there
            return Health("ok", "calendars")
        accounts = self.services.accounts.for_calendars(subject)
        if all(account.is_local for account in accounts):
            step = "Connect a real account: deskhand accounts add."
            return Health("ok", "calendars on this machine", "Events and invitations stay on this machine.", step)
        return Health("ok", f"CalDAV: {', '.join(account.name for account in accounts)}")

    @resource(DAY, title="The agenda of a day", watched=True)
    async def day(self, calendar: str, date: str, caller: Caller) -> str:
        """All that is in the calendar that day; it changes with it."""
        window = day_window(_date(date), self.zone)
        seen = await self.finding.seen(caller.subject, window, calendar)
        return self._agenda(seen.events, seen.cut, window).model_dump_json()

    @resource(EVENT, title="An event", watched=True)
    async def event(self, calendar: str, uid: str, caller: Caller) -> str:
        """The event, or the series, with the answers of those who are invited; it changes with them."""
        await self.attend(caller)
        stored = await self.places.find(caller.subject, uid, calendar)
        master = await to_thread.run_sync(self.finding.master_of, stored)
        return shown_event(master, whole=True).model_dump_json()

    @watches(EVENT)
    async def watch_event(self, calendar: str, uid: str) -> None:
        """Announce its changes."""
        await self.watching.run(Handle(calendar, uid).uri, calendar, uid)

    @watches(DAY)
    async def watch_day(self, calendar: str, date: str) -> None:
        """Announce changes in the calendar."""
        await self.watching.run(day_uri(calendar, _date(date)), calendar, day=_date(date))

    @lists(EVENT)
    async def list_events(self, caller: Caller) -> list[ResourceEntry]:
        """The events of the coming two weeks, each series once."""
        now = self.services.now()
        seen = await self.finding.seen(caller.subject, Window(now, now + timedelta(days=_LISTED_DAYS), self.zone))
        found: dict[str, ResourceEntry] = {}
        for event in seen.events:
            shown, uri = shown_event(event), Handle(event.calendar, event.uid).uri
            found.setdefault(
                uri, ResourceEntry(uri, shown.title[:120], description=shown.start, mime_type="application/json")
            )
        return list(found.values())[:_LISTED]

    @lists(DAY)
    async def list_days(self, caller: Caller) -> list[ResourceEntry]:
        """Today in each calendar."""
        today = self.services.now().astimezone(self.zone.tz).date()
        return [
            ResourceEntry(day_uri(info.name, today), f"{info.title}: {today.isoformat()}", mime_type="application/json")
            for info in await self.places.calendars(caller.subject)
        ]

    @completes(EVENT, "calendar")
    @completes(DAY, "calendar")
    async def complete_calendar(self, value: str, caller: Caller) -> list[str]:
        """Names of calendars."""
        names = [info.name for info in await self.places.calendars(caller.subject)]
        return [name for name in names if name.casefold().startswith(value.casefold())]

    async def attend(self, caller: Caller) -> None:
        """Take in what arrived by mail, before the caller's events are shown or changed."""
        if self._settings.answers:
            await self.answers.attend(caller.subject)

    def _agenda(self, events: tuple[Event, ...], cut: bool, window: Window) -> Events:
        shown = tuple(shown_event(event) for event in events)
        return Events(events=shown, total=len(shown), at_least=cut, window=window.start.date().isoformat())


def _date(text: str) -> date:
    try:
        return askable(date.fromisoformat(text))
    except ValueError:
        raise InvalidInput(f"{text[:40]!r} is no day. Give a date such as 2026-03-29.") from None
