"""Relative dates in Russian."""

from deskhand.toolsets.memory import date_meanings as means
from deskhand.toolsets.memory.date_words import Cues, Language, Phrases

_PART = "(?: (?:утром|дн[её]м|вечером|ночью))?"
_LAST = "прошл(?:ый|ая|ое|ую|ой|ом|ого|ые|ых)"
_NEXT = "(?:следующ(?:ий|ая|ее|ую|ей|ем|его|ие|их)|будущ(?:ий|ая|ее|ую|ей|ем|его|ие|их))"
_THIS = "(?:эт(?:от|а|о|у|ой|ом|и|их)|текущ(?:ей|ем))"
_OF = r"(?! (?:его|её|их|моей|нашей)\b)"

_PHRASES: Phrases = (
    (f"позавчера{_PART}", means.day(-2)),
    (f"послезавтра{_PART}", means.day(2)),
    (f"вчера{_PART}", means.day(-1)),
    (f"сегодня{_PART}", means.day(0)),
    (f"завтра{_PART}", means.day(1)),
    (f"(?:во? )?<weekday> на {_LAST} неделе", means.day_of_week(-1)),
    (f"(?:во? )?<weekday> на {_THIS} неделе", means.day_of_week(0)),
    (f"(?:во? )?<weekday> на {_NEXT} неделе", means.day_of_week(1)),
    (f"(?:в )?{_LAST} <weekday>", means.last_weekday),
    ("(?:в )?ближайш(?:ий|ую|ее) <weekday>", means.coming_weekday),
    (f"(?:в )?{_NEXT} <weekday>", means.next_weekday),
    (f"(?:в )?{_THIS} <weekday>", means.this_weekday),
    (f"(?:на |в )?{_LAST} выходны(?:е|х)", means.weekend(-1)),
    (f"(?:на |в )?{_THIS} выходны(?:е|х)", means.weekend(0)),
    (f"(?:на |в )?{_NEXT} выходны(?:е|х)", means.weekend(1)),
    ("(?:на )?позапрошл(?:ой|ую|ая) недел[еюя]", means.week(-2)),
    (f"(?:на )?{_LAST} недел[еюяи]{_OF}", means.week(-1)),
    (f"(?:на )?{_THIS} недел[еюяи]", means.week(0)),
    (f"(?:на )?{_NEXT} недел[еюяи]", means.week(1)),
    ("(?:в )?позапрошлом месяце", means.month(-2)),
    (f"(?:в )?{_LAST} месяц[еа]?", means.month(-1)),
    (f"(?:в )?{_THIS} месяц[еа]?", means.month(0)),
    (f"(?:в )?{_NEXT} месяц[еа]?", means.month(1)),
    ("(?:в )?позапрошлом году", means.year(-2)),
    (f"(?:в )?{_LAST} год[уа]?", means.year(-1)),
    (f"(?:в )?{_THIS} год[уа]?", means.year(0)),
    (f"(?:в )?{_NEXT} год[уа]?", means.year(1)),
    ("полгода назад", means.month(-6)),
    ("через полгода", means.month(6)),
    ("<n> <unit> (?:тому )?назад", means.ago),
    ("<unit> (?:тому )?назад", means.ago),
    ("через <n> <unit>", means.ahead_unless_past),
    ("через <unit>", means.ahead_unless_past),
    (r"во? <weekday>(?! (?:и|или)\b)", means.bare_weekday),
)
_NUMBERS = ("три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать")

RUSSIAN = Language(
    _PHRASES,
    numbers={"один": 1, "одну": 1, "два": 2, "две": 2, "двадцать": 20, "тридцать": 30}
    | {word: number for number, word in enumerate(_NUMBERS, start=3)},
    units={
        "минуту": "minute", "минуты": "minute", "минут": "minute", "час": "hour", "часа": "hour", "часов": "hour",
        "день": "day", "дня": "day", "дней": "day", "неделю": "week", "недели": "week", "недель": "week",
        "месяц": "month", "месяца": "month", "месяцев": "month", "год": "year", "года": "year", "лет": "year",
    },
    weekdays={
        "понедельник": 0, "вторник": 1, "среду": 2, "среда": 2, "четверг": 3, "пятницу": 4, "пятница": 4,
        "субботу": 5, "суббота": 5, "воскресенье": 6,
    },
    cues=Cues(
        hints="вчера сегодня завтра недел месяц год лет день дня дней час минут выходн вторник сред четверг пятниц"
        " суббот понедельник воскресенье",
        past=r"(?!(?:если|или|стол|мало|тепло|число|масло|кресло|село|сила|футбол|волейбол|протокол|апрел[ьяе])\b)"
        r"(?!школ|дел|отдел|зал|файл|канал|материал|цел|недел|июл)[а-яё]{2,}(?:л|ла|ло|ли|лся|лась|лось|лись)"
        r"|был|шёл|ел",
        future=r"буд(?:у|ет|ем|ут|ешь|ете)|пойд(?:у|ёт|ём|ут)|поед(?:у|ет|ем|ут)|собира\w+|план\w+|нужно|надо|завтра|хочу",
        habit=r"кажд(?:ый|ую|ое|ые)|всегда|обычно|часто|никогда|иногда",
    ),
)  # fmt: skip
