"""Texts as they are said, with the date that is kept beside.

Each row is a text with the date in it, between ` (` and `)`; what was said is the row without that.
"""

SUNDAY = """
We met yesterday (2026-11-21)
yesterday (2026-11-21) we met
Yesterday morning (2026-11-21) it rained.
We met the day before yesterday (2026-11-20).
I leave tomorrow (2026-11-23)
early tomorrow (2026-11-23) I fly
tomorrow night (2026-11-23) we dance
The day after tomorrow (2026-11-24) is free
Today (2026-11-22) is a holiday
today's (2026-11-22) menu
yesterday's (2026-11-21) meeting was long
Dinner tonight (2026-11-22)?
I slept badly last night (2026-11-21)
I ran this morning (2026-11-22)
last week (week of 2026-11-09) I was ill
I saw her last week (week of 2026-11-09)
We move next week (week of 2026-11-23)
This week (week of 2026-11-16) is calm
the week before last (week of 2026-11-02)
the week after next (week of 2026-11-30)
this weekend (weekend of 2026-11-21)
last weekend (weekend of 2026-11-14)
next weekend (weekend of 2026-11-28)
next month (2026-12) we move
last month (2026-10) was hot
this month (2026-11)
last year (2025) in Rome
next year (2027)
this year (2026)
3 days ago (2026-11-19)
two days ago (2026-11-20)
a week ago (week of 2026-11-09)
two weeks ago (week of 2026-11-02)
six months ago (2026-05)
a year ago (2025)
20 years ago (2006)
a fortnight ago (week of 2026-11-02)
an hour ago (2026-11-22T08:00+01:00)
half an hour ago (2026-11-22T08:30+01:00)
in 10 minutes (2026-11-22T09:10+01:00)
in three days (2026-11-25)
in two weeks (week of 2026-11-30) we fly
two days from now (2026-11-24)
last Friday (2026-11-20) we ate out
last Sunday (2026-11-15)
on last Monday (2026-11-16)
this past Tuesday (2026-11-17)
next Friday (2026-11-27)
this coming Friday (2026-11-27)
this Wednesday (2026-11-25)
Friday last week (2026-11-13)
on Monday next week (2026-11-23)
on Monday (2026-11-16) I went home
We met on Friday (2026-11-20).
On Monday (2026-11-23) I will go home
Yesterday (2026-11-21) and today (2026-11-22)
LAST WEEK (week of 2026-11-09)
Gestern (2026-11-21) war ich im Kino
gestern Abend (2026-11-21)
vorgestern (2026-11-20)
übermorgen (2026-11-24)
Heute (2026-11-22) regnet es
heute Morgen (2026-11-22) war es kalt
morgen (2026-11-23) fahre ich
Ich fahre morgen (2026-11-23) nach Rom
Morgen (2026-11-23) fahre ich
morgen früh (2026-11-23)
letzte Woche (week of 2026-11-09)
in der letzten Woche (week of 2026-11-09)
vergangene Woche (week of 2026-11-09)
diese Woche (week of 2026-11-16)
nächste Woche (week of 2026-11-23)
kommende Woche (week of 2026-11-23)
übernächste Woche (week of 2026-11-30)
letzten Monat (2026-10)
im nächsten Monat (2026-12)
diesen Monat (2026-11)
letztes Jahr (2025)
im vergangenen Jahr (2025)
nächstes Jahr (2027)
dieses Jahr (2026)
vor drei Tagen (2026-11-19)
vor einer Woche (week of 2026-11-09)
vor zwei Wochen (week of 2026-11-02)
vor 14 Tagen (2026-11-08)
vor einem Jahr (2025)
vor einer Stunde (2026-11-22T08:00+01:00)
in 3 Tagen (2026-11-25)
in zwei Wochen (week of 2026-11-30)
nächste Woche Montag (2026-11-23) fliege ich
Am Freitag (2026-11-20) habe ich ihn gesehen
letzten Freitag (2026-11-20)
am letzten Freitag (2026-11-20)
am kommenden Freitag (2026-11-27)
nächsten Dienstag (2026-11-24)
Am Montag (2026-11-16) war ich beim Arzt
Am Montag (2026-11-23) werde ich schlafen
dieses Wochenende (weekend of 2026-11-21)
am letzten Wochenende (weekend of 2026-11-14)
Ayer (2026-11-21) fui al cine
anteayer (2026-11-20)
antes de ayer (2026-11-20)
anoche (2026-11-21)
Hoy (2026-11-22) llueve
Mañana (2026-11-23) voy a Madrid
la reunión de mañana (2026-11-23)
mañana por la mañana (2026-11-23)
pasado mañana (2026-11-24)
esta mañana (2026-11-22)
esta noche (2026-11-22)
la semana pasada (week of 2026-11-09)
la próxima semana (week of 2026-11-23)
la semana que viene (week of 2026-11-23)
esta semana (week of 2026-11-16)
el mes pasado (2026-10)
el mes que viene (2026-12)
el año pasado (2025)
el próximo año (2027)
este año (2026)
hace dos semanas (week of 2026-11-02)
hace 3 días (2026-11-19)
hace un año (2025)
hace media hora (2026-11-22T08:30+01:00)
dentro de 3 días (2026-11-25)
en dos semanas (week of 2026-11-30)
el lunes pasado (2026-11-16)
el pasado viernes (2026-11-20)
el próximo viernes (2026-11-27)
el viernes que viene (2026-11-27)
este fin de semana (weekend of 2026-11-21)
el fin de semana pasado (weekend of 2026-11-14)
El lunes (2026-11-16) fui al médico
El lunes (2026-11-23) voy a dormir
Вчера (2026-11-21) я был дома
позавчера (2026-11-20)
Сегодня (2026-11-22) дождь
сегодня утром (2026-11-22)
завтра (2026-11-23) еду
послезавтра (2026-11-24)
на прошлой неделе (week of 2026-11-09) я болел
на следующей неделе (week of 2026-11-23)
на этой неделе (week of 2026-11-16)
в прошлом месяце (2026-10)
в следующем месяце (2026-12)
в прошлом году (2025)
в этом году (2026)
в следующем году (2027)
три дня назад (2026-11-19)
5 дней назад (2026-11-17)
неделю назад (week of 2026-11-09)
две недели назад (week of 2026-11-02)
полгода назад (2026-05)
в пятницу (2026-11-20) встретились мы или поругались
год назад (2025)
5 лет назад (2021)
час назад (2026-11-22T08:00+01:00)
через 10 минут (2026-11-22T09:10+01:00)
через неделю (week of 2026-11-23) поедем
через три дня (2026-11-25)
в прошлую пятницу (2026-11-20)
в прошлый понедельник (2026-11-16)
в следующую среду (2026-11-25)
в прошлые выходные (weekend of 2026-11-14)
в понедельник (2026-11-16) я ходил к врачу
в понедельник (2026-11-23) я пойду к врачу
昨日 (2026-11-21)、東京に行きました
一昨日 (2026-11-20)
明日 (2026-11-23)は休みです
明後日 (2026-11-24)
今日 (2026-11-22)は暑い
今朝 (2026-11-22)
昨夜 (2026-11-21)
先週 (week of 2026-11-09)
来週 (week of 2026-11-23)会議がある
今週 (week of 2026-11-16)
再来週 (week of 2026-11-30)
先々週 (week of 2026-11-02)
先月 (2026-10)
来月 (2026-12)引っ越します
今月 (2026-11)
去年 (2025)の夏
昨年 (2025)
来年 (2027)
今年 (2026)
3日前 (2026-11-19)に会った
三日前 (2026-11-19)
3日後 (2026-11-25)
2週間前 (week of 2026-11-02)
二か月前 (2026-09)
1年前 (2025)
10分後 (2026-11-22T09:10+01:00)
1時間前 (2026-11-22T08:00+01:00)
先週の金曜日 (2026-11-13)
来週の月曜 (2026-11-23)
次の金曜日 (2026-11-27)
今週末 (weekend of 2026-11-21)
""".strip().splitlines()
"""Said on Sunday 2026-11-22 at 09:00 in Berlin."""

UNTOUCHED = """
On Friday I need shoes
The meeting is planned on Friday
Am Freitag habe ich einen Termin
el viernes tengo cita aquí
В пятницу футбол
last but not least
on Mondays I run
on Monday we may go
Every week on Friday I swam
On Monday evenings I trained
over the last year I learned much
the last week of school
my last week at the company
the next day it rained
as if there were no tomorrow
I wasn't born yesterday
I read the book in two days
the next year we moved
at long last
nowadays
the Tonight Show
yesterday.txt
edit last_week and this_month
the variable tomorrow=5
/var/log/today/
see https://example.com/yesterday?when=tomorrow today.example
`yesterday` is a function
run ```date --date yesterday``` please
write to today@example.com
#yesterday
@tomorrow
the song "Yesterday" is old
{"today": 3}
yesterday, 21 November
yesterday (21 November)
yesterday (2026-11-20)
yesterday, Saturday, 21 November
On 21 November (yesterday) we met
2026-11-21 (yesterday)
next Monday, 23 November
last month (October 3)
last year (2025)
gestern, 21.11.
2.5 days ago
99999 days ago
9999 years ago
Guten Morgen
Guten Morgen, am Morgen trinke ich Kaffee
jeden Morgen laufe ich
eines Morgens
Der Morgen war kalt
guten morgen
von heute auf morgen
meine letzte Woche dort
die letzte Woche des Jahres
vor drei Tagen, am 19. November
montags laufe ich
Am Montag und am Dienstag
por la mañana bebo café
a las 8 de la mañana
buena mañana
cada mañana corro
hasta mañana
mañanas frías
hoy en día todo es caro
los lunes corro
завтрак был вкусный
каждый понедельник я бегал
вчерашний
сегодняшний
по понедельникам
明日香さん
会議の3日前
11月3日前後
8時10分前
今年度の予算
毎日走る
今日は。
日曜日
I like cats.
Ich mag Katzen.
""".strip().splitlines()
