"""Numbers, dates and identifiers in a text, in a form in which languages can be compared.

`1 190`, `1.190` and `1,190` may all be the same amount, `14,90` and `14.9` too; where the writing is ambiguous, every
reading is kept, and a figure counts as known when one of its readings is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from ml.large.words import fold

Reader = Callable[[re.Match[str]], Iterator[str]]


@dataclass(frozen=True)
class Figure:
    """`readings` are canonical forms; `unit` is a canonical unit or empty; `text` is as written."""

    text: str
    readings: frozenset[str]
    unit: str = ""
    spelled_out: bool = False


# the looks ahead are bounded: from every word to the end of a long chain would be quadratic
_IDENTIFIER = re.compile(r"\b(?=\w{0,60}[^\W\d_])(?=[\w-]{0,60}\d)\w+(?:-\w+)*\b")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DATE = re.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})?(?!\d)")
_TIME = re.compile(r"\b(\d{1,2}):(\d{2})\b|\b(\d{1,2})\s?[hH]\s?(\d{2})\b")
_NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u202f'’.,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f'’.,]\d{3})+(?:[.,]\d{1,2})?")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar janvier enero januari jan",
            "february februar fevrier febrero februari feb",
            "march marz mars marzo maart mar",
            "april avril abril apr",
            "may mai mayo mei",
            "june juni juin junio jun",
            "july juli juillet julio jul",
            "august aout agosto augustus aug",
            "september septembre septiembre sep sept",
            "october oktober octobre octubre oct okt",
            "november novembre noviembre nov",
            "december dezember decembre diciembre dec dez",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s+(?:de\s+)?({_MONTH_NAMES})\b\.?")
_MONTH_DAY = re.compile(rf"\b({_MONTH_NAMES})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d)")

_SPELLED = {
    word: str(value)
    for value, spelled in {
        2: "two zwei deux dos twee",
        3: "three drei trois tres drie",
        4: "four vier quatre cuatro",
        5: "five funf cinq cinco vijf",
        6: "six sechs seis zes",
        7: "seven sieben sept siete zeven",
        8: "eight acht huit ocho",
        9: "nine neun nueve negen",
        10: "ten zehn dix diez tien",
        11: "eleven elf onze",
        12: "twelve zwolf douze doce twaalf",
        14: "fourteen vierzehn quatorze catorce veertien",
        15: "fifteen funfzehn quinze quince vijftien",
        20: "twenty zwanzig vingt veinte twintig",
        24: "vierundzwanzig vierentwintig",
        30: "thirty dreissig trente treinta dertig",
        50: "fifty funfzig cinquante cincuenta vijftig",
        60: "sixty sechzig soixante sesenta zestig",
        100: "hundred hundert cent cien honderd",
        1000: "thousand tausend mille mil duizend",
    }.items()
    for word in spelled.split()
}
_WORD = re.compile(r"[^\W\d_]+")

_UNITS = {
    name: unit
    for unit, names in {
        "%": "% percent prozent pourcent procent",
        "money": "€ eur euro euros $ usd dollar dollars £ gbp pound pounds pfund chf",
        "day": "day days tag tage tagen jour jours dia dias dag dagen",
        "week": "week weeks woche wochen semaine semaines semana semanas weken",
        "month": "month months monat monate monaten mois mes meses maand maanden",
        "year": "year years jahr jahre jahren an ans annee annees ano anos jaar jaren",
        "hour": "hour hours h stunde stunden heure heures hora horas uur uren",
        "minute": "minute minutes min minuten minutos minuut",
        "second": "second seconds s sekunde sekunden seconde secondes segundo segundos seconden",
        "bar": "bar",
        "°C": "°c °",
        "kg": "kg",
        "g": "g gram gramm grammes gramos",
        "ml": "ml",
        "ppm": "ppm",
        "v": "v volt",
    }.items()
    for name in names.split()
}
_ADJECTIVES = r"(?:\s+(?:working|business|calendar|full|arbeitstage?n?|werktage?n?|werkdagen|volle|whole))?"
_UNIT_AFTER = re.compile(rf"{_ADJECTIVES}[\s\u00a0\u202f-]*(%|€|\$|£|°c|°|[a-z]+)", re.IGNORECASE)
_WORKING_DAYS = re.compile(
    r"[\s\u00a0\u202f-]*(?:arbeitstag|werktag|werkdag|jours? ouvr|dias? (?:habil|labor))", re.IGNORECASE
)
_UNIT_BEFORE = re.compile(r"(€|\$|£|eur|usd|chf)[\s\u00a0\u202f]*$", re.IGNORECASE)


def figures(text: str) -> list[Figure]:
    """All figures of `text`; dates, times and identifiers are taken whole before plain numbers are looked for."""
    folded = _folded(text)
    found: list[Figure] = []
    for pattern, read in _READERS:
        read_ones = [(match, frozenset(read(match))) for match in pattern.finditer(folded)]
        found += [_figure(text, folded, match, readings) for match, readings in read_ones if readings]
        folded = pattern.sub(partial(_blanked_if, read), folded)
    spelled = (match for match in _WORD.finditer(folded) if match[0] in _SPELLED)
    return found + [Figure(m[0], frozenset({_SPELLED[m[0]]}), _unit(folded, *m.span()), True) for m in spelled]


def _blanked_if(read: Reader, match: re.Match[str]) -> str:
    """Blanks of the same length for what `read` understood, so that no later pattern finds it again."""
    return " " * len(match[0]) if any(read(match)) else match[0]


def _folded(text: str) -> str:
    """Folded character by character, so that offsets stay those of `text`."""
    return "".join(fold(char)[:1] or " " for char in text)


def _figure(text: str, folded: str, match: re.Match[str], readings: frozenset[str]) -> Figure:
    return Figure(text[match.start() : match.end()], readings, _unit(folded, match.start(), match.end()))


def _unit(folded: str, start: int, end: int) -> str:
    if _WORKING_DAYS.match(folded, end):
        return "day"
    if before := _UNIT_BEFORE.search(folded, max(0, start - 6), start):
        return _UNITS.get(before[1], "")
    after = _UNIT_AFTER.match(folded, end)
    return _UNITS.get(after[1], "") if after else ""


def _date(day: int, month: int) -> Iterator[str]:
    if 1 <= day <= 31 and 1 <= month <= 12:
        yield f"date {month:02}-{day:02}"


def _read_iso(match: re.Match[str]) -> Iterator[str]:
    yield from _date(int(match[3]), int(match[2]))


def _read_date(match: re.Match[str]) -> Iterator[str]:
    first, second = int(match[1]), int(match[2])
    # `5.10` may be a price: it is a date only with a year or a closing full stop
    if match[3] or match[0].endswith("."):
        yield from _date(first, second)
        yield from _date(second, first)


def _read_day_month(match: re.Match[str]) -> Iterator[str]:
    yield from _date(int(match[1]), _MONTHS[match[2]])


def _read_month_day(match: re.Match[str]) -> Iterator[str]:
    yield from _date(int(match[2]), _MONTHS[match[1]])


def _read_time(match: re.Match[str]) -> Iterator[str]:
    hour, minute = match[1] or match[3], match[2] or match[4]
    yield f"time {int(hour):02}:{minute}"


def _read_identifier(match: re.Match[str]) -> Iterator[str]:
    # `5th`, `14h` and `30min` are numbers with a tail, not identifiers
    if not re.fullmatch(r"\d+(?:[a-z]{1,3})", match[0]):
        yield f"id {match[0].upper()}"


def _read_number(match: re.Match[str]) -> Iterator[str]:
    written = match[0]
    if _GROUPED.fullmatch(written):
        whole, _, decimals = re.sub(r"[ \u00a0\u202f'’]", "", written).replace(",", ".").rpartition(".")
        if len(decimals) in (1, 2) and whole:
            yield _canonical(f"{whole.replace('.', '')}.{decimals}")
        else:
            yield re.sub(r"\D", "", written).lstrip("0") or "0"
    if written.count(".") + written.count(",") <= 1 and re.fullmatch(r"\d+(?:[.,]\d+)?", written):
        yield _canonical(written.replace(",", "."))


def _canonical(number: str) -> str:
    whole, _, decimals = number.partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole.lstrip('0') or '0'}{'.' + decimals if decimals else ''}"


_READERS = (
    (_ISO_DATE, _read_iso),
    (_DAY_MONTH, _read_day_month),
    (_MONTH_DAY, _read_month_day),
    (_DATE, _read_date),
    (_TIME, _read_time),
    (_IDENTIFIER, _read_identifier),
    (_NUMBER, _read_number),
)
