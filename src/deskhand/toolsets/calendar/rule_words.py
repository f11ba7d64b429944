"""A recurrence rule in words."""

from datetime import datetime, tzinfo

from deskhand.toolsets.calendar.rule import Rule

_UNITS = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second to last"}
_WORKDAYS = ((0, 0), (0, 1), (0, 2), (0, 3), (0, 4))


def words_of(rule: Rule, tz: tzinfo) -> str:
    """Such as `every 2 weeks on Monday and Friday, 10 times`; an end is said as a date in `tz`."""
    unit = _UNITS[rule.freq]
    words = f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"
    words += _on(rule)
    if rule.bymonth:
        words += f" in {_listed([_MONTHS[month - 1] for month in rule.bymonth])}"
    words += _rest(rule)
    if rule.count is not None:
        words += ", once" if rule.count == 1 else f", {rule.count} times"
    if rule.until is not None:
        aware = isinstance(rule.until, datetime) and rule.until.tzinfo
        last = rule.until.astimezone(tz) if isinstance(rule.until, datetime) and aware else rule.until
        words += f", until {last.year:04d}-{last:%m-%d}"
    return words


def _on(rule: Rule) -> str:
    if rule.byday == _WORKDAYS:
        chosen = "working day" if rule.bysetpos else "on working days"
    else:
        chosen = _listed([_weekday(nth, day) for nth, day in rule.byday])
    if rule.bysetpos and rule.byday:
        return f" on the {_listed([_nth(place) for place in rule.bysetpos])} {chosen}"
    words = f" {chosen}" if chosen.startswith("on ") else f" on {chosen}" if chosen else ""
    if rule.bymonthday:
        days = _listed([f"day {day}" if day > 0 else f"the {_nth(day)} day" for day in rule.bymonthday])
        words += f" that is {days} of the month" if words else f" on {days}"
    return words


def _rest(rule: Rule) -> str:
    """What is too rare for better words."""
    parts = {"week": rule.byweekno, "day of the year": rule.byyearday, "minute": rule.byminute}
    words = "".join(f", {name} {_listed([str(n) for n in numbers])}" for name, numbers in parts.items() if numbers)
    if rule.byhour:
        words += f", at {_listed([f'{hour:02d} h' for hour in rule.byhour])}"
    return words


def _weekday(nth: int, day: int) -> str:
    return f"the {_nth(nth)} {_DAYS[day]}" if nth else _DAYS[day]


def _nth(number: int) -> str:
    return _ORDINALS.get(number) or (f"{number}th" if number > 0 else f"{-number}th to last")


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
