"""Names of months in eight languages, so that `2026-05-07`, `7 May 2026`, `мая` and `5月` meet."""

_NAMES = """
january jan januar enero ene января январь январе janvier janv gennaio gen janeiro januari
february feb februar febrero февраля февраль феврале février fevrier févr febbraio fevereiro februari
march mar märz maerz marzo марта март марте mars março marco maart
april apr abril abr апреля апрель апреле avril avr aprile
may mai mayo мая май мае maggio maio mei
june jun juni junio июня июнь июне juin giugno junho
july jul juli julio июля июль июле juillet juil luglio julho
august aug agosto ago августа август августе août aout augustus
september sept sep septiembre сентября сентябрь сентябре septembre settembre setembro
october oct oktober okt octubre октября октябрь октябре octobre ottobre outubro
november nov noviembre ноября ноябрь ноябре novembre novembro
december dec dezember dez diciembre dic декабря декабрь декабре décembre decembre déc dicembre dezembro
"""
MONTHS: dict[str, int] = {name: month for month, line in enumerate(_NAMES.split("\n")) for name in line.split()}
"""Casefolded name or abbreviation to 1..12."""

_WORDS = "jan ene gen mar march mars marco may mai mei ago abr dic dec avr sep set maio"
AMBIGUOUS = frozenset(_WORDS.split())
"""Also ordinary words or names: taken for the month only as well."""

_ENGLISH = "January February March April May June July August September October November December"
ENGLISH = tuple(_ENGLISH.split())
"""What months are called in the text of an index, 0 for January."""


def month_term(month: int) -> str:
    """What a month is indexed as, whatever language it was written in; no word can look like it."""
    return f"#{month}"
