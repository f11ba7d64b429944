"""Relative dates in English."""

from deskhand.toolsets.memory import date_meanings as means
from deskhand.toolsets.memory.date_words import Cues, Language, Phrases

_PART = "(?: (?:morning|afternoon|evening|night|lunchtime))?"
_OURS = r"(?<!the )(?<!my )(?<!his )(?<!our )(?<!your )(?<!their )(?<!its )"
""" "My last week at work" was the final one; "over the last week" is a length of time."""
_ALONE = r"(?! of\b)"
_LAST = f"{_OURS}(?:last|this past)"
_NEXT = f"{_OURS}(?:next|this coming)"
_AFTER_DAY = r"(?! (?:mornings|afternoons|evenings|nights|and|or|to|through|until)\b)"

_PHRASES: Phrases = (
    ("the day before yesterday", means.day(-2)),
    ("the day after tomorrow", means.day(2)),
    (rf"(?<!n't born )(?<!not born )yesterday{_PART}", means.day(-1)),
    (rf"(?<!no )(?<!better )tomorrow{_PART}(?! never)", means.day(1)),
    (r"today(?! only knows)", means.day(0)),
    (r"tonight(?! show)|this (?:morning|afternoon|evening)", means.day(0)),
    ("last night|yesternight", means.day(-1)),
    ("(?:on )?<weekday>,? (?:of )?last week", means.day_of_week(-1)),
    ("(?:on )?<weekday>,? (?:of )?this week", means.day_of_week(0)),
    ("(?:on )?<weekday>,? (?:of )?next week", means.day_of_week(1)),
    (f"(?:on )?{_OURS}(?:last|this past) <weekday>{_PART}{_ALONE}", means.last_weekday),
    (f"(?:on )?(?:this coming|the coming|coming) <weekday>{_PART}", means.coming_weekday),
    (f"(?:on )?{_OURS}next <weekday>{_PART}{_ALONE}", means.next_weekday),
    (f"(?:on )?this <weekday>{_PART}", means.this_weekday),
    ("the week before last", means.week(-2)),
    ("the week after next", means.week(2)),
    (f"{_LAST} week{_ALONE}", means.week(-1)),
    (r"this week(?!end)", means.week(0)),
    (f"{_NEXT} week{_ALONE}", means.week(1)),
    (f"{_LAST} weekend{_ALONE}", means.weekend(-1)),
    ("this (?:coming )?weekend", means.weekend(0)),
    (f"{_OURS}next weekend{_ALONE}", means.weekend(1)),
    (f"{_LAST} month{_ALONE}", means.month(-1)),
    ("this month", means.month(0)),
    (f"{_NEXT} month{_ALONE}", means.month(1)),
    (f"{_LAST} year{_ALONE}", means.year(-1)),
    ("this year", means.year(0)),
    (f"{_NEXT} year{_ALONE}", means.year(1)),
    ("a fortnight ago", means.week(-2)),
    ("in a fortnight", means.week(2)),
    ("<n> <unit> ago", means.ago),
    ("<n> <unit> from (?:now|today)|<n> <unit> hence", means.ahead),
    ("in <n> <unit>(?!['’]| (?:of|or|flat|straight))", means.ahead_unless_past),
    (f"on <weekday>{_PART}{_AFTER_DAY}", means.bare_weekday),
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

ENGLISH = Language(
    _PHRASES,
    numbers={"a": 1, "an": 1, "half an": 0.5, "half a": 0.5, "twenty": 20, "thirty": 30, "fifteen": 15}
    | {word: number for number, word in enumerate(_NUMBERS, start=1)},
    units={
        "minute": "minute", "minutes": "minute", "mins": "minute", "hour": "hour", "hours": "hour",
        "day": "day", "days": "day", "week": "week", "weeks": "week",
        "month": "month", "months": "month", "year": "year", "years": "year",
    },
    weekdays={word: number for number, word in enumerate(_DAYS)},
    cues=Cues(
        hints="day morrow night week month year ago hour min hence this",
        past=r"was|were|had|did|didn't|went|met|saw|came|got|told|said|bought|made|took|gave|left|ate|spoke|wrote"
        r"|(?:i|he|she|we|they|you) read|ran|fell|lost|won|found|began|drove|flew|paid|sold|sent|thought|knew|felt|kept"
        r"|heard|broke|built|slept|"
        r"(?<!is )(?<!are )(?<!be )(?<!am )(?<!'s )(?<!'m )(?!(?:ne|inde|spe|fe|se|bre|exce|hundr|sacr"
        r"|schedul|suppos)ed\b)"
        r"[a-z]{2,}ed",
        future=r"will|won't|shall|going to|tomorrow|plans? to|planning|wants? to|must|need to|needs to|'ll",
        habit=r"every|each|always|usually|often|never|regularly|weekly|sometimes|normally|generally",
    ),
)  # fmt: skip
