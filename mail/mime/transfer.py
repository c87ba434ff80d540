"""Transfer encodings undone (RFC 2045 section 6): broken ones yield what can be read, and say so."""

import binascii
import re

from mail.mime.uuencode import uudecoded

MAX_STRAY_PADDING = 1_000
"""Padding within base64 up to which each piece between is decoded by itself."""
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n"
_WHOLE_LINE = re.compile(rb"[ \t]*(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)[ \t]*")
_AFTER_PADDING = re.compile(rb"={1,2}[ \t]+[^\s=][^\n]*")
_TOKEN = re.compile(rb"[a-z0-9-]+")
DAMAGED = "base64 is damaged; what could be read was kept"
_UUENCODE = frozenset({b"x-uuencode", b"uuencode", b"x-uue", b"uue", b"x-uu"})


def decode_transfer(body: bytes, encoding: bytes) -> tuple[bytes, str]:
    """`body` without its Content-Transfer-Encoding, and a defect sentence or nothing."""
    if not encoding:
        return body, ""
    found = _TOKEN.search(encoding.lower().replace(b"_", b"-"))
    name = found[0] if found else b""
    if name == b"quoted-printable":
        return binascii.a2b_qp(body), ""
    if name == b"base64":
        return base64_decoded(body)
    if name in _UUENCODE:
        return uudecoded(body), ""
    if name in (b"", b"7bit", b"8bit", b"binary", b"7-bit", b"8-bit"):
        return body, ""
    return body, f"unknown transfer encoding {name[:40].decode()!r}"


def base64_decoded(data: bytes) -> tuple[bytes, str]:
    """Whole where it is whole; else piece by piece, so that damage spoils no more than its own line."""
    stray = data.rstrip(b"= \t\r\n").count(b"=")
    if not stray and not data.translate(None, _DIGITS) and not _has_odd_line(data):
        try:
            return binascii.a2b_base64(data), ""
        except binascii.Error:
            pass
    if stray > MAX_STRAY_PADDING:
        data = data.replace(b"=", b"")
    read, defect = _salvaged(_AFTER_PADDING.sub(b"=", data))
    if not any(map(_WHOLE_LINE.fullmatch, data.split(b"\n"))) and not _is_readable(read):
        return data, "what is called base64 is not; it was taken as it stands"
    return read, defect


def _salvaged(data: bytes) -> tuple[bytes, str]:
    """A group is four digits and encoders cut lines between groups (RFC 2045 section 6.8), so a line stands for itself.

    Where digits were lost, that confines the damage; an encoder that cuts lines anywhere has most of them odd.
    """
    runs = data.split(b"=")
    if not _has_odd_line(data):
        return b"".join(map(_digits_decoded, runs)), ""
    pieces = [piece for line in data.split(b"\n") for piece in line.split(b"=")]
    whole = sum(len(_NOT_BASE64.sub(b"", piece)) % 4 == 0 for piece in pieces)
    return b"".join(map(_digits_decoded, pieces if whole * 2 > len(pieces) else runs)), DAMAGED


def _is_readable(data: bytes) -> bool:
    """Text in UTF-8 without control characters."""
    try:
        return all(c.isprintable() or c.isspace() for c in data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _has_odd_line(data: bytes) -> bool:
    """Whether a line other than the last has lost digits, told by a length that is no multiple of four."""
    end = data.find(b"\n")
    if end < 0 or end % 4:
        return False  # one line, or an encoder that cuts anywhere: then lengths say nothing
    lines = data.rstrip(b"= \t\r\n").split(b"\n")
    lines.pop()
    lengths = set(map(len, lines))
    return any(length % 4 for length in lengths) and any(
        len(_NOT_BASE64.sub(b"", line)) % 4 for line in lines if len(line) % 4
    )


def _digits_decoded(piece: bytes) -> bytes:
    digits = _NOT_BASE64.sub(b"", piece)
    digits = digits[:-1] if len(digits) % 4 == 1 else digits
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
