"""Raw bytes to a tree of MIME parts (RFC 2045, 2046), bounded in parts and depth.

Its own splitter and not the standard library's: that one recurses once per nested part and walks
line by line; this one slices, so it is faster and stops at a depth of our choosing.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from mail.headers import content_header
from models.errors import UnreadableMessage

MAX_DEPTH = 30
"""Levels of multipart within multipart; real mail has under ten."""
MAX_FIELDS = 2_000
MAX_STRAY_PADDING = 1_000
"""Padding within base64 up to which each piece between is decoded by itself."""
MAX_NUL_SEARCH = 100_000
"""Bytes at the start of a part that are searched for NUL in its header."""
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_KNOWN = re.compile(
    rb"(?im)^(from|to|cc|bcc|subject|date|message-id|received|return-path|reply-to|sender|mime-version|in-reply-to"
    rb"|references|delivered-to|list-[a-z-]{1,50}|content-[a-z-]{1,50}|x-[!-9;-~]{1,100}|auto-submitted|precedence|"
    rb"dkim-signature"
    rb"|authentication-results|envelope-to|resent-[a-z-]+|status|organization|importance|priority)[ \t]*:"
)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_LOST_BOUNDARY = re.compile(rb"^--([^\s-][^\n]{0,69}?)[ \t]*\n(?i:content-)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME part. `fields` are (lower-case name, raw folded value) in order.

    `body` is still encoded, and empty beside `children`, which hold all of it that counts.
    """

    fields: tuple[tuple[str, bytes], ...]
    body: bytes
    type: str
    params: dict[str, str]
    disposition: str
    filename: str
    children: tuple["Part", ...]
    index: dict[str, bytes]
    """The first value of each field."""

    def all(self, name: str) -> list[bytes]:
        return [value for field, value in self.fields if field == name]

    def first(self, name: str) -> bytes:
        return self.index.get(name, b"")

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in order; depth is bounded by MAX_DEPTH."""
        yield self
        for child in self.children:
            yield from child.walk()

    def payload(self) -> bytes:
        """The body with its transfer encoding removed; broken encodings yield what can be read."""
        encoding = self.first("content-transfer-encoding").strip().lower().strip(b"\"'")
        if encoding == b"quoted-printable":
            return quopri.decodestring(self.body)
        if encoding == b"base64":
            return _base64(self.body)
        if encoding in (b"x-uuencode", b"uuencode", b"x-uue", b"uue"):
            return _uuencoded(self.body)
        return self.body


def parse(raw: bytes, max_parts: int) -> tuple[Part, list[str]]:
    """The tree of `raw` and what had to be repaired. Raises UnreadableMessage."""
    splitter = _Splitter(max_parts)
    normal = splitter.without_junk(splitter.one_line_end(raw))
    if not _KNOWN.search(normal, 0, 65_536):
        raise UnreadableMessage("no mail header was found: the bytes are not an Internet message")
    root = splitter.part(normal, 0, "text/plain")
    return root, splitter.defects


class _Splitter:
    """Counts parts and collects defects while it splits one message."""

    def __init__(self, max_parts: int) -> None:
        self.max_parts = max_parts
        self.parts = 0
        self.defects: list[str] = []

    def one_line_end(self, raw: bytes) -> bytes:
        """LF alone ends a line afterwards, whether the mail came with LF, CRLF or bare CR."""
        if b"\r" not in raw:
            return raw
        raw = raw.replace(b"\r\n", b"\n")
        if b"\r" not in raw:
            return raw
        self.defects.append("bare CR in place of a line end")
        if b"\n" not in raw:
            return raw.replace(b"\r", b"\n")
        # in a header a bare CR could smuggle in a field, so there it is only a space
        head, gap, body = raw.partition(b"\n\n")
        return head.replace(b"\r", b" ") + gap + body.replace(b"\r", b"\n")

    def without_junk(self, raw: bytes) -> bytes:
        """`raw` from its first header line on; mbox's `From ` line is skipped where fields are read."""
        clean = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\n\t ")
        if len(clean) < len(raw):
            self.defects.append("blank lines or a byte order mark before the header")
        return clean

    def part(self, raw: bytes, depth: int, default: str) -> Part:
        self.parts += 1
        if self.parts > self.max_parts:
            raise UnreadableMessage(f"more than {self.max_parts} parts: raise limits.parts to read it")
        fields, body = self.header(raw)
        # each level of nesting would otherwise keep its own copy of all below
        del raw
        first = dict(reversed(fields))
        kind, params = content_header(first.get("content-type", b""))
        disposition, more = content_header(first.get("content-disposition", b""))
        if kind.count("/") != 1 or kind.startswith("/") or kind.endswith("/"):
            kind = default
        below = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        pieces: list[bytes] = []
        if kind.startswith("multipart/"):
            pieces = self.split(body, params.get("boundary", ""), depth)
            kind, body = (kind, b"") if pieces else ("text/plain", body)
        pieces.reverse()
        children: list[Part] = []
        while pieces:
            children.append(self.part(pieces.pop(), depth + 1, below))
        name = more.get("filename") or params.get("name", "")
        return Part(fields, body, kind, params, disposition, name, tuple(children), first)

    def header(self, raw: bytes) -> tuple[tuple[tuple[str, bytes], ...], bytes]:
        """Fields up to the first empty line, and the body after it."""
        fields: list[tuple[str, bytes]] = []
        at = 0
        if b"\0" in raw[:MAX_NUL_SEARCH]:
            # in the header alone: a body in UTF-16 is half NUL
            head, gap, body = raw.partition(b"\n\n")
            if b"\0" in head:
                self.defects.append("NUL bytes removed")
                raw = head.replace(b"\0", b"") + gap + body
        while at < len(raw) and len(fields) < MAX_FIELDS:
            if raw[at] == 10:
                return tuple(fields), raw[at + 1 :]
            if found := _FIELD.match(raw, at):
                fields.append((found[1].decode("ascii").lower(), found[2]))
                at = found.end()
                continue
            line_end = raw.find(b"\n", at)
            if line_end < 0 or (at and not _KNOWN.match(raw, line_end + 1)):
                self.defects.append("no empty line between header and body")
                return tuple(fields), raw[at:]
            if not raw.startswith((b"From ", b">From "), at):
                self.defects.append("a header line without a field name was ignored")
            at = line_end + 1
        if len(fields) >= MAX_FIELDS:
            self.defects.append(f"more than {MAX_FIELDS} header fields; the rest is ignored")
            return tuple(fields), raw[at:].partition(b"\n\n")[2]
        return tuple(fields), b""

    def split(self, body: bytes, boundary: str, depth: int) -> list[bytes]:
        """The raw children of a multipart; none when it has none that can be told apart."""
        if depth >= MAX_DEPTH:
            self.defects.append(f"parts nested deeper than {MAX_DEPTH} levels were not read")
            return []
        mark = boundary.encode("utf-8", "replace").rstrip()
        pieces = self.pieces(body, mark) if mark else []
        if not pieces and (lost := _LOST_BOUNDARY.search(body)):
            self.defects.append("multipart with a missing or wrong boundary")
            pieces = self.pieces(body, lost[1])
        if not pieces:
            self.defects.append("multipart without parts was read as text")
        return pieces

    def pieces(self, body: bytes, mark: bytes) -> list[bytes]:
        """What stands between the delimiter lines (RFC 2046 section 5.1.1)."""
        pieces: list[bytes] = []
        start = -1
        for line in re.finditer(rb"^--" + re.escape(mark) + rb"(--)?[ \t]*(?:\n|\Z)", body, re.MULTILINE):
            if start >= 0:
                pieces.append(body[start : max(line.start() - 1, start)])
            start = -1 if line[1] else line.end()
            if self.parts + len(pieces) > self.max_parts:
                raise UnreadableMessage(f"more than {self.max_parts} parts: raise limits.parts to read it")
            if line[1]:
                return pieces
        if start >= 0:
            self.defects.append("multipart without a closing delimiter")
            pieces.append(body[start:])
        return pieces


def _base64(data: bytes) -> bytes:
    stray = data.rstrip(b"= \t\r\n").count(b"=")
    if stray > MAX_STRAY_PADDING:
        data = data.replace(b"=", b"")
    try:
        return _pieces_of_base64(data) if 0 < stray <= MAX_STRAY_PADDING else binascii.a2b_base64(data)
    except binascii.Error:
        return _pieces_of_base64(data)


def _pieces_of_base64(data: bytes) -> bytes:
    """Each run of digits by itself, so that stray padding spoils no more than its neighbours."""
    out = []
    for piece in data.split(b"="):
        digits = _NOT_BASE64.sub(b"", piece)
        digits = digits[:-1] if len(digits) % 4 == 1 else digits
        out.append(binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)))
    return b"".join(out)


def _uuencoded(data: bytes) -> bytes:
    lines = data.split(b"\n")
    start = next((n for n, line in enumerate(lines) if line.startswith(b"begin ")), -1)
    out = []
    for line in lines[start + 1 :]:
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # an encoder that padded wrongly: the length byte says how much of the line counts
            with suppress(binascii.Error):
                out.append(binascii.a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3 + 1]))
    return b"".join(out)
