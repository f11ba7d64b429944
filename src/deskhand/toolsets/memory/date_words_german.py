"""Relative dates in German."""

from deskhand.toolsets.memory import date_meanings as means
from deskhand.toolsets.memory.date_words import Cues, Language, Phrases

_PART = "(?: (?:früh|morgen|vormittag|mittag|nachmittag|abend|nacht))?"
_ON = "(?:am |an diesem )?"
_LAST = "(?:letzte|vergangene|vorige)"
_COMING = "(?:kommende|nächste)"
_OURS = r"(?<!meine )(?<!seine )(?<!ihre )(?<!unsere )(?<!deine )"
_ALONE = r"(?! (?:des|der|vom|im|meine[rs]?)\b)"

_PHRASES: Phrases = (
    (f"vorgestern{_PART}", means.day(-2)),
    (f"übermorgen{_PART}", means.day(2)),
    (f"gestern{_PART}", means.day(-1)),
    (f"(?<!von )heute{_PART}|(?<!von )heute(?= auf )|heute nacht", means.day(0)),
    (
        "(?<!am )(?<!guten )(?<!jeden )(?<!einen )(?<!schönen )(?<!eines )(?<!der )(?<!den )(?<!dem )(?<!heute auf )"
        "(?:(?-i:morgen)|(?:^|(?<=[.!?] )|(?<=\n))(?-i:Morgen)(?! ist es)(?= [a-zäöü]| Abend))"
        "(?: (?:früh|vormittag|mittag|nachmittag|abend|nacht))?",
        means.day(1),
    ),
    ("letzte nacht", means.day(-1)),
    (f"{_ON}<weekday> {_LAST}r woche", means.day_of_week(-1)),
    (f"{_ON}<weekday> dieser woche", means.day_of_week(0)),
    (f"{_ON}<weekday> {_COMING}r woche", means.day_of_week(1)),
    (f"{_ON}{_LAST}n <weekday>{_ALONE}", means.last_weekday),
    (f"{_ON}kommenden <weekday>", means.coming_weekday),
    (f"{_ON}nächsten <weekday>{_ALONE}", means.next_weekday),
    ("(?:am )?diesen <weekday>|an diesem <weekday>", means.this_weekday),
    (f"{_LAST} woche (?:am )?<weekday>", means.day_of_week(-1)),
    ("diese woche (?:am )?<weekday>", means.day_of_week(0)),
    (f"{_COMING} woche (?:am )?<weekday>", means.day_of_week(1)),
    ("vorletzte(?:n|r)? woche", means.week(-2)),
    ("übernächste(?:n|r)? woche", means.week(2)),
    (f"{_OURS}(?:in der )?{_LAST}[nr]? woche{_ALONE}", means.week(-1)),
    ("(?:in )?diese[rn]? woche", means.week(0)),
    (f"{_OURS}(?:in der )?{_COMING}[nr]? woche{_ALONE}", means.week(1)),
    (f"{_ON}{_LAST}[ns]? wochenende{_ALONE}", means.weekend(-1)),
    ("dieses wochenende|an diesem wochenende", means.weekend(0)),
    (f"{_ON}nächste[ns]? wochenende{_ALONE}", means.weekend(1)),
    (f"(?:im )?{_LAST}[nm] monat{_ALONE}", means.month(-1)),
    ("(?:in )?diese[nm] monat", means.month(0)),
    (f"(?:im )?{_COMING}[nm] monat{_ALONE}", means.month(1)),
    (f"(?:im |das )?{_LAST}[ns]? jahr{_ALONE}", means.year(-1)),
    ("vorletzte[ns] jahr", means.year(-2)),
    ("(?:in )?diese[sm] jahr|heuer", means.year(0)),
    (f"(?:im |das )?{_COMING}[ns]? jahr{_ALONE}", means.year(1)),
    ("vor <n> <unit>(?! (?:dem|der|den|beginn|ende)\\b)", means.ago),
    ("in <n> <unit>", means.ahead_unless_past),
    ("am <weekday>(?:(?:morgen|vormittag|mittag|nachmittag|abend))?(?! (?:und|oder|bis)\\b)", means.bare_weekday),
)
_DAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_NUMBERS = ("drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf")

GERMAN = Language(
    _PHRASES,
    numbers={"einem": 1, "einer": 1, "zwei": 2, "einer halben": 0.5, "einem halben": 0.5, "vierzehn": 14, "zwanzig": 20}
    | {word: number for number, word in enumerate(_NUMBERS, start=3)},
    units={
        "minute": "minute", "minuten": "minute", "stunde": "hour", "stunden": "hour", "tag": "day", "tagen": "day",
        "woche": "week", "wochen": "week", "monat": "month", "monaten": "month", "jahr": "year", "jahren": "year",
    },
    weekdays={word: number for number, word in enumerate(_DAYS)} | {"sonnabend": 5},
    cues=Cues(
        hints="gestern heut morgen woche monat jahr heuer tag stund minut nacht sonnabend",
        past=r"war|waren|hatte|hatten|wurde|wurden|ging|gingen|kam|kamen|sah|sahen|traf|trafen|sagte|kaufte"
        r"|(?:habe|hat|haben|bin|ist|sind) [^.!?]{0,80}?[a-zäöü]{0,6}ge[a-zäöü]{2,}(?:t|en)",
        future=r"werde|wird|werden|will|wollen|möchte|muss|müssen|soll|sollen|plane|morgen",
        habit=r"jede[nrs]?|immer|oft|nie|meistens|normalerweise|regelmäßig|manchmal",
    ),
)  # fmt: skip
