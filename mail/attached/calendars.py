"""iCalendar (RFC 5545) to lines that a person or a model can read: what, when, where, who."""

import re

MAX_LINES = 2_000
MAX_VALUE = 2_000
_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;[^:\"\n]*(?:\"[^\"\n]*\"[^:\"\n]*)*)?):(.*)")
_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?")
_NAME = re.compile(r";CN=\"?([^;:\"]+)", re.IGNORECASE)
_ZONE = re.compile(r";TZID=\"?([^;:\"]+)", re.IGNORECASE)
_SHOWN = {
    "METHOD": "Method", "SUMMARY": "What", "DTSTART": "Start", "DTEND": "End", "DURATION": "Lasts", "RRULE": "Repeats",
    "LOCATION": "Where", "ORGANIZER": "Organizer", "ATTENDEE": "Attendee", "STATUS": "Status", "DUE": "Due",
    "DESCRIPTION": "Description", "COMMENT": "Comment",
}  # fmt: skip
_ESCAPES = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}


def calendar_text(source: str) -> str:
    """One `Name: value` a line, of events and tasks alone: alarms and zone rules say nothing."""
    out: list[str] = []
    inside: list[str] = []
    for line in _FOLD.sub("", source).splitlines()[:MAX_LINES]:
        found = _LINE.fullmatch(line.strip())
        if not found:
            continue
        name, params, value = found[1].upper(), found[2], found[3][:MAX_VALUE]
        if name == "BEGIN":
            inside.append(value.upper())
        elif name == "END":
            inside = inside[:-1]
        elif name in _SHOWN and (not inside or inside[-1] in ("VCALENDAR", "VEVENT", "VTODO", "VJOURNAL")):
            out.append(f"{_SHOWN[name]}: {_value(name, params, value)}")
    return "\n".join(out)


def _value(name: str, params: str, value: str) -> str:
    if name in ("DTSTART", "DTEND", "DUE") and (found := _TIME.match(value)):
        day = f"{found[1]}-{found[2]}-{found[3]}"
        zone = _ZONE.search(params)
        where = " UTC" if found[6] else f" {zone[1]}" if zone else ""
        return f"{day} {found[4]}:{found[5]}{where}" if found[4] else day
    if name in ("ORGANIZER", "ATTENDEE"):
        address = value[7:] if value.lower().startswith("mailto:") else value
        return f"{named[1]} <{address}>" if (named := _NAME.search(params)) else address
    return re.sub(r"\\[nN,;\\]", lambda escape: _ESCAPES[escape[0]], value)
