"""Files that older programs write into the text of a mail itself: uuencode (POSIX) and yEnc (yenc-draft 1.3)."""

import binascii
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

MAX_FILES = 100
"""Files taken out of one text."""
MAX_BROKEN = 1_000
"""Lines that are no uuencoding after which the rest is given up."""
MAX_BEGINS = 10_000
"""Lines that begin with begin of which each is looked at."""
_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\n]{1,250})\n", re.MULTILINE)
_UU_LINE = re.compile(rb"[!-M`][ -`]{1,90}\n|[`]\n|end")
_UU_END = re.compile(rb"^(?:end|====)[ \t]*(?:\n|\Z)", re.MULTILINE)
_YENC = re.compile(
    rb"^=ybegin (?:part=\d+ )?(?:total=\d+ )?line=\d{1,4} size=\d+ name=([^\n]{1,250})\n"
    rb"(?:=ypart [^\n]*\n)?(.*?)(?:^=yend[^\n]*(?:\n|\Z)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_CHUNK = 1_000_000
"""Bytes of yEnc that are decoded at a time: each escape takes many times its own memory."""
_YENC_ESCAPE = re.compile(rb"=(.)", re.DOTALL)
_MINUS_42 = bytes((code - 42) % 256 for code in range(256))


@dataclass(frozen=True, slots=True)
class InlineFile:
    """A file that stood in the text; its name is raw, as it was written."""

    name: bytes
    data: bytes


def without_files(text: bytes) -> tuple[bytes, list[InlineFile]]:
    """`text` without the files encoded in it, and those files."""
    files: list[InlineFile] = []
    if b"=ybegin " in text:
        kept, at = [], 0
        for found in islice(_YENC.finditer(text), MAX_FILES):
            files.append(InlineFile(found[1].strip(), _yenc_decoded(found[2])))
            kept.append(text[at : found.start()])
            at = found.end()
        text = b"".join((*kept, text[at:]))
    if b"begin" in text:
        text = _without_uuencoded(text, files)
    return text, files


def _without_uuencoded(text: bytes, files: list[InlineFile]) -> bytes:
    kept: list[bytes] = []
    at = 0
    while len(files) < MAX_FILES and len(kept) < MAX_BEGINS and (start := _BEGIN.search(text, at)):
        base64 = start[0].startswith(b"begin-base64")
        if not (base64 or _UU_LINE.match(text, start.end())):
            kept.append(text[at : start.end()])  # somebody wrote about a begin
            at = start.end()
            continue
        end = _UU_END.search(text, start.end())
        body = text[start.end() : end.start() if end else len(text)]
        files.append(InlineFile(start[1].strip(), binascii.a2b_base64(body + b"==") if base64 else uudecoded(body)))
        kept.append(text[at : start.start()])
        at = end.end() if end else len(text)
    return b"".join((*kept, text[at:]))


def uudecoded(data: bytes) -> bytes:
    """The bytes behind uuencoded lines, with or without the `begin` line; a broken line is left out."""
    start = 0
    if found := re.search(rb"^begin ", data, re.MULTILINE):
        start = data.find(b"\n", found.start()) + 1 or len(data)
    out, broken = [], 0
    for line in data[start:].split(b"\n"):
        if line.strip() in (b"end", b"`", b"") or broken > MAX_BROKEN:
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            broken += 1
            # an encoder that padded wrongly: the length byte says how much of the line counts
            with suppress(binascii.Error):
                out.append(binascii.a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3 + 1]))
    return b"".join(out)


def _yenc_decoded(body: bytes) -> bytes:
    """Line ends go, `=` shifts its neighbour by 64 more, and all is shifted by 42."""
    packed = body.replace(b"\n", b"")
    out, at = [], 0
    while at < len(packed):
        end = at + _CHUNK
        end += packed[end - 1 : end] == b"="  # an escape stays with what it escapes
        piece = _YENC_ESCAPE.sub(lambda pair: bytes([(pair[1][0] - 64) % 256]), packed[at:end])
        out.append(piece.translate(_MINUS_42))
        at = end
    return b"".join(out)
