"""From when to when somebody means: days by word or date, or times."""

from datetime import date, datetime, time, timedelta

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.moment import Moment, placed, read_moment
from deskhand.toolsets.calendar.occurrences import Window
from deskhand.toolsets.calendar.zones import Zone

MOST_DAYS = 750
_WEEK = 7
_NEAR = {"today": 0, "tomorrow": 1, "yesterday": -1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = "Words that work: today, tomorrow, yesterday, this week, next week, friday, this friday, next friday."


def window_of(start: str, end: str, zone: Zone, now: datetime) -> Window:
    """The window: a day given as its end is within it. Without both the coming week, without an end that day.

    Raises:
        InvalidInput: it is no time, ends before it begins, or is too long.
    """
    today = now.astimezone(zone.tz).date()
    first = _days(start, today) or _moment(start, zone, (today, today))
    if end:
        last = _days(end, today) or _moment(end, zone, (today, today))
    else:
        last = first if start else (today, today + timedelta(days=_WEEK - 1))
    opens = first if isinstance(first, datetime) else _midnight(first[0], zone)
    closes = last if isinstance(last, datetime) else _midnight(last[1] + timedelta(days=1), zone)
    if isinstance(first, datetime) and not end:
        closes = _midnight(first.astimezone(zone.tz).date() + timedelta(days=1), zone)
    if closes <= opens:
        raise InvalidInput(f"The end {end!r} is not after the start {start!r}.")
    if closes - opens > timedelta(days=MOST_DAYS):
        raise InvalidInput(f"At most {MOST_DAYS} days are shown at a time. Give an earlier end.")
    return Window(opens, closes, zone)


def day_window(day: date, zone: Zone) -> Window:
    """A whole day."""
    return Window(_midnight(day, zone), _midnight(day + timedelta(days=1), zone), zone)


def _days(text: str, today: date) -> tuple[date, date] | None:
    """The first and the last day a word means."""
    word = " ".join(text.casefold().split())
    if word in _NEAR:
        day = today + timedelta(days=_NEAR[word])
        return day, day
    if word in ("this week", "next week"):
        monday = today - timedelta(days=today.weekday()) + timedelta(days=_WEEK if word == "next week" else 0)
        return monday, monday + timedelta(days=_WEEK - 1)
    return _weekday(word, today)


def _weekday(word: str, today: date) -> tuple[date, date] | None:
    """`friday` is the coming one or today, `this friday` that of this week, `next friday` that of the next."""
    which, _, name = word.rpartition(" ")
    if name not in _WEEKDAYS or which not in ("", "on", "this", "next"):
        return None
    number = _WEEKDAYS.index(name)
    monday = today - timedelta(days=today.weekday())
    weeks = 1 if which == "next" or (which in ("", "on") and number < today.weekday()) else 0
    day = monday + timedelta(days=number + weeks * _WEEK)
    return day, day


def _moment(text: str, zone: Zone, default: tuple[date, date]) -> tuple[date, date] | datetime:
    if not text.strip():
        return default
    try:
        moment: Moment = read_moment(text, zone)
    except InvalidInput as error:
        today = default[0]
        raise InvalidInput(
            f"{error.message} {_WORDS} Today is {_WEEKDAYS[today.weekday()].title()}, {today}."
        ) from None
    if isinstance(moment.value, datetime):
        return moment.value
    return moment.value, moment.value


def _midnight(day: date, zone: Zone) -> datetime:
    return placed(datetime.combine(day, time.min), zone)
