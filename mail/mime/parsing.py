"""Raw bytes to a tree of MIME parts (RFC 2045, 2046), bounded in parts, depth and header.

Its own splitter and not the standard library's: one pass over the bytes, in which the boundaries of all open parts
are looked up line by line, so that deep nesting costs no more than flat mail.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from mail.mime.evening import evened
from mail.mime.part import Part, described
from models.errors import UnreadableMessage
from models.settings import Limits

MAX_FIELDS = 10_000
"""Header fields of one part that are kept."""
MAX_DASHED = 1_000_000
"""Lines beginning with two dashes that are looked at; each might be a delimiter."""
MAX_BOUNDARY = 250
"""Bytes; RFC 2046 section 5.1.1 allows 70."""
# a name that begins with a dash would be a delimiter
_FIELD = re.compile(rb"([!-,.-9;-~][!-9;-~]{0,199})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_FIELDS = re.compile(rb"(?:[!-,.-9;-~][!-9;-~]{0,199}[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)){0,%d}+" % MAX_FIELDS)
"""Fields in a row: to find where they end and then all of them costs half of matching one after another."""
_KNOWN = re.compile(
    rb"(?im)^(?:from|to|cc|bcc|subject|date|message-id|received|return-path|reply-to|sender|mime-version|in-reply-to"
    rb"|references|delivered-to|list-[a-z-]{1,50}|content-[a-z-]{1,50}|x-[!-9;-~]{1,100}|auto-submitted|precedence|"
    rb"dkim-signature"
    rb"|authentication-results|envelope-to|resent-[a-z-]+|status|organization|importance|priority)[ \t]*:"
)
_LOST_BOUNDARY = re.compile(
    rb"^--(?=\S)([^\n]{1,200}?)[ \t]*\n(?=content-(?:type|transfer-encoding|disposition)[ \t]*:)",
    re.MULTILINE | re.IGNORECASE,
)
_MIME_PREAMBLE = re.compile(rb"\s*(?:this is a multi-?part message[^\n]*\n\s*)?--\S", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A delimiter line of the multipart `level` levels down, or the end of all (level -1)."""

    level: int
    closes: bool
    start: int
    end: int


def parse(raw: bytes, limits: Limits) -> tuple[Part, list[str]]:
    """The tree of `raw` and what had to be repaired. Raises UnreadableMessage."""
    defects: list[str] = []
    normal = evened(raw, defects)
    if not _KNOWN.search(normal, 0, 65_536):
        raise UnreadableMessage("no mail header was found: the bytes are not an Internet message")
    splitter = _Splitter(normal, limits, defects)
    return splitter.part(0, 0, "text/plain")[0], defects


@lru_cache(maxsize=2_000)
def _field_name(raw: bytes) -> str:
    return raw.decode("ascii").lower()


class _Splitter:
    """One walk over the bytes of a message; `open` holds the boundaries of the multiparts around the current place."""

    def __init__(self, raw: bytes, limits: Limits, defects: list[str]) -> None:
        self.raw = raw
        self.limits = limits
        self.defects = defects
        self.parts = 0
        self.header_bytes = 0
        self.dashed = 0
        self.open: dict[bytes, int] = {}

    def part(self, start: int, depth: int, default: str) -> tuple[Part, _Mark]:
        """The part that begins at `start`, and the mark that ended it."""
        self.parts += 1
        if self.parts > self.limits.parts:
            raise UnreadableMessage(f"more than {self.limits.parts} parts: raise limits.parts to read it")
        fields, at = self.header(start)
        bare = described(fields, default)
        children: list[Part] = []
        if bare.type.startswith("multipart/"):
            below = "message/rfc822" if bare.type == "multipart/digest" else "text/plain"
            children, mark = self.multipart(at, depth, bare.params.get("boundary", ""), below)
            if children and (first := self.undelimited(fields, at, bare)):
                children.insert(0, first)
        elif not start and "content-type" not in bare.index and _MIME_PREAMBLE.match(self.raw, at):
            children, mark = self.lost_multipart(at, len(self.raw), depth, default)
        else:
            mark = self.next_mark(at)
        multipart = bare.type.startswith("multipart/")
        if children:
            return bare.filled(bare.type if multipart else "multipart/mixed", b"", children), mark
        body = self.raw[at : max(mark.start - (mark.level >= 0), at)]
        return bare.filled("text/plain" if multipart else bare.type, body), mark

    def undelimited(self, fields: tuple[tuple[str, bytes], ...], at: int, parent: Part) -> Part | None:
        """The first child, where the delimiter above it was lost and its header joined that of its parent."""
        places = [place for place, (name, _) in enumerate(fields) if name == "content-type"]
        if len(places) < 2:
            return None
        first = described(fields[places[1] :], "text/plain")
        body = self.raw[
            at : max(self.raw.find(b"\n--" + parent.params.get("boundary", "").encode("utf-8", "replace"), at), at)
        ]
        if first.type.startswith("multipart/") or not body.strip():
            return None
        self.defects.append("the delimiter above the first part is missing")
        return first.filled(first.type, body)

    def multipart(self, at: int, depth: int, boundary: str, below: str) -> tuple[list[Part], _Mark]:
        """The children of a multipart; none when it has none that can be told apart."""
        if depth >= self.limits.nesting:
            raise UnreadableMessage(
                f"parts are nested deeper than {self.limits.nesting} levels: raise limits.nesting to read it"
            )
        token = boundary.encode("utf-8", "replace").rstrip()
        children, mark = self.children(at, depth, token, below) if token else ([], self.next_mark(at))
        if not children:
            children, mark = self.lost_multipart(at, mark.start, depth, below)
            self.defects.append(
                "multipart with a missing or wrong boundary" if children else "multipart without parts was read as text"
            )
        return children, mark

    def lost_multipart(self, at: int, end: int, depth: int, below: str) -> tuple[list[Part], _Mark]:
        """Children behind a line that looks like a delimiter before `end`, though no header names it."""
        found = _LOST_BOUNDARY.search(self.raw, at, end)
        return self.children(at, depth, found[1], below) if found else ([], self.next_mark(at))

    def children(self, at: int, depth: int, boundary: bytes, below: str) -> tuple[list[Part], _Mark]:
        """What stands between the delimiter lines (RFC 2046 section 5.1.1), and the mark after the epilogue."""
        if boundary in self.open or len(boundary) > MAX_BOUNDARY:
            return [], self.next_mark(at)
        self.open[boundary] = depth
        children: list[Part] = []
        mark = self.next_mark(at)
        while mark.level == depth and not mark.closes:
            child, mark = self.part(mark.end, depth + 1, below)
            children.append(child)
        del self.open[boundary]
        if mark.level == depth:
            mark = self.next_mark(mark.end)
        elif children:
            self.defects.append("multipart without a closing delimiter")
        return children, mark

    def next_mark(self, at: int) -> _Mark:
        """The first delimiter line of any open multipart from the line at `at` on."""
        raw, end = self.raw, len(self.raw)
        if not self.open:
            return _Mark(-1, True, end, end)
        place = at if raw.startswith(b"--", at) else raw.find(b"\n--", at) + 1
        while place:
            if mark := self.mark_at(place):
                return mark
            place = raw.find(b"\n--", place) + 1
        return self.last_mark(at)

    def last_mark(self, at: int) -> _Mark:
        """The end of all, or a closing delimiter glued to the last line of the text."""
        end = len(self.raw)
        tail = self.raw[max(at, end - 2 * MAX_BOUNDARY) :].rstrip()
        for boundary, level in reversed(self.open.items()):
            if tail.endswith(b"--" + boundary + b"--"):
                start = max(at, end - 2 * MAX_BOUNDARY) + len(tail) - len(boundary) - 4
                return _Mark(level, True, start + 1, end)
        return _Mark(-1, True, end, end)

    def mark_at(self, place: int) -> _Mark | None:
        """The delimiter on the line at `place`, which begins with two dashes."""
        self.dashed += 1
        if self.dashed > MAX_DASHED:
            raise UnreadableMessage(f"more than {MAX_DASHED} lines look like delimiters: look at it in a mail client")
        end = self.raw.find(b"\n", place)
        end = len(self.raw) if end < 0 else end
        if end - place > MAX_BOUNDARY + 100:
            return None
        line = self.raw[place + 2 : end].rstrip()
        level = self.open.get(line)
        closes = level is None and line.endswith(b"--")
        if closes:
            level = self.open.get(line[:-2].rstrip())
        return None if level is None else _Mark(level, closes, place, min(end + 1, len(self.raw)))

    def header(self, start: int) -> tuple[tuple[tuple[str, bytes], ...], int]:
        """Fields up to the first empty line, and where the body begins."""
        raw, size, at = self.raw, len(self.raw), start
        fields: list[tuple[str, bytes]] = []
        while at < size:
            if (row := _FIELDS.match(raw, at)) and row.end() > at:
                fields += ((_field_name(name), value) for name, value in _FIELD.findall(raw, at, row.end()))
                at = row.end()
                if len(fields) < MAX_FIELDS:
                    continue
                del fields[MAX_FIELDS:]
                self.defects.append(f"more than {MAX_FIELDS} header fields; the rest is ignored")
                gap = raw.find(b"\n\n", at - 1)
                at = gap + 2 if gap >= 0 else size
                break
            if raw[at] == 10:
                at += 1
                break
            if self.open and raw.startswith(b"--", at) and self.mark_at(at):
                break
            line_end = self.junk_line(start, at)
            if line_end < 0:
                self.defects.append("no empty line between header and body")
                break
            at = line_end + 1
        self.header_bytes += at - start
        if self.header_bytes > self.limits.header_bytes:
            raise UnreadableMessage(
                f"more than {self.limits.header_bytes} bytes of header: raise limits.header_bytes to read it"
            )
        return tuple(fields), at

    def junk_line(self, start: int, at: int) -> int:
        """The end of a line at `at` that is no field but stands in a header; -1 where the body has begun."""
        line_end = self.raw.find(b"\n", at)
        if self.raw.startswith(b"--", at) and self.raw[line_end + 1 : line_end + 9].lower() == b"content-":
            return -1  # a delimiter that stands too early
        if line_end < 0 or (at > start and not _KNOWN.match(self.raw, line_end + 1)):
            return -1
        if not self.raw.startswith((b"From ", b">From "), at):
            if start and not _KNOWN.match(self.raw, line_end + 1):
                return -1
            self.defects.append("a header line without a field name was ignored")
        return line_end
