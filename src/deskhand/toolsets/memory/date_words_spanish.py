"""Relative dates in Spanish."""

from deskhand.toolsets.memory import date_meanings as means
from deskhand.toolsets.memory.date_words import Cues, Language, Phrases

_PART = "(?: (?:por|en|a) la (?:mañana|tarde|noche)| al mediodía)?"
_LAST = "pasad[oa]"
_COMING = "(?:que viene|que entra|próxim[oa]|siguiente)"
_OF_YEAR = r"(?! de\b)"

_PHRASES: Phrases = (
    (f"anteayer{_PART}|antes de ayer{_PART}|antier{_PART}|antenoche", means.day(-2)),
    (f"pasado mañana{_PART}", means.day(2)),
    (f"ayer{_PART}|anoche", means.day(-1)),
    (r"hoy(?! en día)(?! día)", means.day(0)),
    ("esta (?:mañana|tarde|noche)", means.day(0)),
    (
        "(?<!la )(?<!las )(?<!el )(?<!un )(?<!una )(?<!esta )(?<!esa )(?<!cada )(?<!buena )(?<!media )(?<!toda )"
        f"(?<!hasta )mañana{_PART}(?! siguiente)",
        means.day(1),
    ),
    (f"el <weekday> de la (?:semana {_LAST}|{_LAST} semana)", means.day_of_week(-1)),
    ("el <weekday> de esta semana", means.day_of_week(0)),
    (f"el <weekday> de la (?:semana {_COMING}|próxima semana)", means.day_of_week(1)),
    (f"(?:el )?<weekday> {_LAST}|el {_LAST} <weekday>", means.last_weekday),
    ("el <weekday> (?:que viene|próximo)|el próximo <weekday>", means.coming_weekday),
    ("este <weekday>", means.this_weekday),
    (f"(?:el )?fin de semana {_LAST}|el {_LAST} fin de semana", means.weekend(-1)),
    ("este fin de semana", means.weekend(0)),
    ("(?:el )?fin de semana que viene|el próximo fin de semana", means.weekend(1)),
    ("(?:la )?semana antepasada", means.week(-2)),
    (f"(?:la )?semana {_LAST}|la {_LAST} semana", means.week(-1)),
    ("esta semana", means.week(0)),
    ("(?:la )?semana (?:que viene|que entra|próxima)|la próxima semana", means.week(1)),
    (f"(?:el )?mes {_LAST}|el {_LAST} mes{_OF_YEAR}", means.month(-1)),
    ("este mes", means.month(0)),
    ("(?:el )?mes (?:que viene|que entra|próximo)|el próximo mes", means.month(1)),
    ("(?:el )?año antepasado", means.year(-2)),
    (f"(?:el )?año {_LAST}|el {_LAST} año", means.year(-1)),
    ("este año", means.year(0)),
    ("(?:el )?año (?:que viene|que entra|próximo)|el próximo año", means.year(1)),
    ("hace <n> <unit>|<n> <unit> atrás", means.ago),
    ("dentro de <n> <unit>", means.ahead),
    ("en <n> <unit>", means.ahead_unless_past),
    (r"el <weekday>(?! (?:y|o|siguiente|anterior|de)\b)", means.bare_weekday),
)
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_NUMBERS = ("dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce")

SPANISH = Language(
    _PHRASES,
    numbers={"un": 1, "una": 1, "media": 0.5, "medio": 0.5, "quince": 15, "veinte": 20}
    | {word: number for number, word in enumerate(_NUMBERS, start=2)},
    units={
        "minuto": "minute", "minutos": "minute", "hora": "hour", "horas": "hour", "día": "day", "días": "day",
        "semana": "week", "semanas": "week", "mes": "month", "meses": "month", "año": "year", "años": "year",
    },
    weekdays={word: number for number, word in enumerate(_DAYS)},
    cues=Cues(
        hints="ayer anoche hoy mañana antier noche tarde semana mes año día hora minuto lunes martes ércoles jueves"
        " viernes sábado domingo",
        past=r"fui|fue|fuimos|era|estuve|estuvo|tuve|tuvo|hice|hizo|vi|vio|vimos|dijo|he|ha|hemos|había|compré|llegó"
        r"|[a-zñáéíóú]{3,}(?:aron|ieron|amos)|(?!así|aquí|ahí|allí|café|qué|porqué|también)[a-zñ]{2,}(?:é|ó|í)",
        future=r"voy a|va a|vamos a|van a|vas a|tengo que|hay que|quiero|mañana"
        r"|[a-zñ]{2,}(?:aré|eré|iré|ará|erá|irá|remos|rán)",
        habit=r"cada|siempre|nunca|todos los|todas las|a menudo|normalmente|a veces",
    ),
)  # fmt: skip
