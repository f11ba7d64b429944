"""Relative dates in Japanese, where words are not set apart by spaces."""

from deskhand.toolsets.memory import date_meanings as means
from deskhand.toolsets.memory.date_meanings import Unit
from deskhand.toolsets.memory.date_words import Cues, Language, Phrases

_FISCAL = "(?!度)"
"""今年度 is the fiscal year, which is another one from January to March."""
_FROM_NOW = r"(?<![\u4e00-\u9fff\u30a1-\u30ff々の\d.,/:)])"
"""会議の3日前 is three days before the meeting, 11月3日前 before the third."""

_PHRASES: Phrases = (
    ("一昨日|おととい", means.day(-2)),
    ("明後日|あさって", means.day(2)),
    ("昨日|きのう|昨晩|昨夜", means.day(-1)),
    ("今日(?!は[。、!！])(?!この[ご頃])|本日|今晩|今夜|今朝", means.day(0)),
    ("明日(?![香葉海菜美])", means.day(1)),
    ("先週末", means.weekend(-1)),
    ("今週末", means.weekend(0)),
    ("来週末", means.weekend(1)),
    ("先週の?<weekday>", means.day_of_week(-1)),
    ("今週の?<weekday>", means.day_of_week(0)),
    ("来週の?<weekday>", means.day_of_week(1)),
    ("次の<weekday>|今度の<weekday>", means.coming_weekday),
    ("先々週", means.week(-2)),
    ("再来週", means.week(2)),
    ("先週", means.week(-1)),
    ("今週", means.week(0)),
    ("来週", means.week(1)),
    ("先々月", means.month(-2)),
    ("再来月", means.month(2)),
    ("先月(?!末)", means.month(-1)),
    ("今月(?!末)", means.month(0)),
    ("来月(?!末)", means.month(1)),
    ("一昨年|おととし", means.year(-2)),
    (f"再来年{_FISCAL}", means.year(2)),
    (f"昨年{_FISCAL}|去年", means.year(-1)),
    (f"今年{_FISCAL}", means.year(0)),
    (f"来年{_FISCAL}", means.year(1)),
    (f"{_FROM_NOW}<n><unit>前(?!後)", means.ago),
    (f"{_FROM_NOW}<n><unit>後(?!半)", means.ahead_unless_past),
)
_DAYS = "月火水木金土日"
_MONTHS: dict[str, Unit] = dict.fromkeys(("か月", "ヶ月", "カ月", "ケ月", "ヵ月", "箇月"), "month")

JAPANESE = Language(
    _PHRASES,
    numbers={word: number for number, word in enumerate("一二三四五六七八九十", start=1)},
    units={"分": "minute", "時間": "hour", "日": "day", "週間": "week", "年": "year", **_MONTHS},
    weekdays={f"{word}曜{end}": number for number, word in enumerate(_DAYS) for end in ("", "日")},
    cues=Cues(
        hints="昨 日 きのう おととい あさって 今 明 先 来 去年 年 前 後 曜",
        past="た[。、\n]|た$|ました|でした",
        future="予定|つもり|でしょう|たい",
        habit="毎|いつも|よく",
    ),
    spaced=False,
)
