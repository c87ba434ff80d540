"""Dates of mail: RFC 5322 section 3.3 with its obsolete forms, and what programs write instead."""

import re
from datetime import UTC, datetime, timedelta, timezone

from mail.mime.headers import raw_text, without_comments

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro januari styczeń января gen ene janv sty янв",
            "feb february februar février fevrier febrero febbraio fevereiro februari luty lutego февраля fév fev lut "
            "фев",
            "mar march märz maerz mars marzo março maart marzec marca марта mrt mär mrz",
            "apr april avril abril aprile kwiecień kwietnia апреля avr abr kwi апр",
            "may mai mayo maggio maio mei maj maja мая mag",
            "jun june juni juin junio giugno junho czerwiec czerwca июня giu cze июн",
            "jul july juli juillet julio luglio julho lipiec lipca июля juil lug lip июл",
            "aug august août aout agosto augustus augusti sierpień sierpnia августа aoû ago sie авг",
            "sep september septembre septiembre settembre setembro sept wrzesień września сентября set wrz сен",
            "oct october oktober octobre octubre ottobre outubro październik października октября okt ott out paź окт",
            "nov november novembre noviembre novembro listopad listopada ноября lis ноя",
            "dec december dezember décembre decembre diciembre dicembre dezembro grudzień grudnia декабря dez déc dic "
            "gru дек",
        ),
        1,
    )
    for name in names.split()
}
# RFC 5322 section 4.3; the military letters are read as unknown, as it says there
_ZONES = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8,
    "PDT": -7, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MEZ": 1, "MESZ": 2, "WET": 0, "WEST": 1, "BST": 1, "EET": 2,
    "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "HST": -10, "AKST": -9, "AKDT": -8, "AEST": 10, "AEDT": 11, "NZST": 12,
    "NZDT": 13, "SGT": 8, "HKT": 8,
}  # fmt: skip
_TIME = r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{1,2}))?(?:[.,]\d+)?\s*([ap]\.?m\.?\b)?"
_ZONE = r"(?:\s*(?:(?:GMT|UTC|UT)\s*(?=[+-]))?([+-]\d{1,2}:?\d{2}|[+-]\d{1,2}(?!\d)|[A-Za-z]{1,5}))?"
_STRICT = re.compile(
    rb"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})"
    rb"(?: \([^()]*\))?\s*"
)
_USUAL = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|\.|º)?[\s-]+(?:de\s+)?([^\W\d_]{{3,12}})\.?[\s,-]+(?:de\s+)?(\d{{2,4}})[\s,T]+(?:at\s+)?{_TIME}{_ZONE}",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    rf"([^\W\d_]{{3,12}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})[\s,]+(?:at\s+)?{_TIME}{_ZONE}", re.IGNORECASE
)
_ASCTIME = re.compile(
    rf"([^\W\d_]{{3,12}})\.?\s+(\d{{1,2}})\s+{_TIME}(?:\s+([A-Z]{{3,4}}|[+-]\d{{4}}))?\s+(\d{{4}})(?:\s+([+-]\d{{4}}))?"
)
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?:[T\s]+{_TIME}{_ZONE})?", re.IGNORECASE)
_AROUND_COLON = re.compile(r" ?: ?")
ODD_FORM = "Date is not in the form of RFC 5322"


def read_date(value: bytes) -> tuple[datetime | None, str]:
    """An aware date and a defect sentence; None when it cannot be read or lies outside 1970 to 2100.

    No zone, and "-0000", mean UTC (RFC 5322 section 3.3 calls it a time whose place is not known).
    """
    if found := _STRICT.fullmatch(value):
        day, month, year, hour, minute, second, sign, east, past = found.groups()
        offset = (int(east) * 60 + int(past)) * (-1 if sign == b"-" else 1)
        name = month.decode("ascii").lower()
        date = _date(int(year), _MONTHS.get(name, 0), int(day), int(hour), int(minute), int(second), offset)
        return date, "" if date else "Date cannot be read"
    text = _AROUND_COLON.sub(":", " ".join(without_comments(raw_text(value[:300])).split()))
    date, plain = _lenient(text)
    if date is None:
        return None, "Date cannot be read"
    return date, "" if plain else ODD_FORM


def _lenient(text: str) -> tuple[datetime | None, bool]:
    """The first form that fits, and whether it is the usual one: odd blanks and comments are no defect."""
    if found := _USUAL.search(text):
        day, name, year, *clock, zone = found.groups()
        month = _month(name)
        if month:
            date = _clocked(_year(year), month, int(day), clock, zone)
            plain = len(year) == 4 and name.isascii() and "-" not in found[0][: len(day) + 1]
            return date, plain and zone is not None and clock[3] is None
    if (found := _AMERICAN.search(text)) and _month(found[1]):
        name, day, year, *clock, zone = found.groups()
        return _clocked(int(year), _month(name), int(day), clock, zone), False
    if (found := _ASCTIME.search(text)) and _month(found[1]):
        name, day, *clock, zone, year, late_zone = found.groups()
        return _clocked(int(year), _month(name), int(day), clock, zone or late_zone), False
    if found := _ISO.search(text):
        year, number, day, *clock, zone = found.groups()
        clock = clock if clock[0] else ["0", "0", None, None]
        return _clocked(int(year), int(number), int(day), clock, zone), False
    return None, False


def _month(name: str) -> int:
    name = name.lower()
    return _MONTHS.get(name) or _MONTHS.get(name[:3], 0)


def _year(digits: str) -> int:
    """Two digits to 49 are of this century, and three count from 1900 (RFC 5322 section 4.3)."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _clocked(year: int, month: int, day: int, clock: list[str | None], zone: str | None) -> datetime | None:
    hour, minute, second = int(clock[0] or 0), int(clock[1] or 0), int(clock[2] or 0)
    if half := (clock[3] or "").lower():
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return _date(year, month, day, hour, minute, second, _minutes_east(zone or ""))


def _minutes_east(zone: str) -> int:
    if zone[:1] not in ("+", "-"):
        return _ZONES.get(zone.upper(), 0) * 60
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    return (int(hours) * 60 + int(minutes)) * (-1 if zone[0] == "-" else 1)


def _date(year: int, month: int, day: int, hour: int, minute: int, second: int, offset: int) -> datetime | None:
    """None for what no calendar has; a leap second is the one before, 24:00 the next day, an absurd zone UTC."""
    zone = UTC if not offset or abs(offset) >= 24 * 60 else timezone(timedelta(minutes=offset))
    next_day = timedelta(days=1) if hour == 24 and not minute else timedelta()
    try:
        date = datetime(year, month, day, 0 if next_day else hour, minute, min(second, 59), tzinfo=zone) + next_day
    except (ValueError, OverflowError):
        return None
    return date if 1970 <= date.year <= 2100 else None
