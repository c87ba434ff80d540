"""The bytes of a mail made even before they are taken apart: line ends, junk on top, NUL in the header."""

MAX_NUL_SEARCH = 100_000
"""Bytes at the start of a mail that are searched for NUL in its header."""


def evened(raw: bytes, defects: list[str]) -> bytes:
    """`raw` with LF alone at line ends, from its first header line on; adds to `defects` what was repaired."""
    return _without_nul(_without_junk(_one_line_end(raw, defects), defects), defects)


def _one_line_end(raw: bytes, defects: list[str]) -> bytes:
    """LF alone ends a line afterwards, whether the mail came with LF, CRLF or bare CR."""
    if b"\r" not in raw:
        return raw
    raw = raw.replace(b"\r\n", b"\n")
    if b"\r" not in raw:
        return raw
    defects.append("bare CR in place of a line end")
    if b"\n" not in raw:
        return raw.replace(b"\r", b"\n")
    # in a header a bare CR could smuggle in a field, so there it is only a space
    head, gap, body = raw.partition(b"\n\n")
    return head.replace(b"\r", b" ") + gap + body.replace(b"\r", b"\n")


def _without_junk(raw: bytes, defects: list[str]) -> bytes:
    """`raw` from its first header line on; mbox's `From ` line is skipped where fields are read."""
    clean = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\n\t ")
    if len(clean) < len(raw):
        defects.append("blank lines or a byte order mark before the header")
    return clean


def _without_nul(raw: bytes, defects: list[str]) -> bytes:
    """Without NUL in the header alone: a body in UTF-16 is half NUL."""
    if raw.find(b"\0", 0, MAX_NUL_SEARCH) < 0:
        return raw
    head, gap, body = raw.partition(b"\n\n")
    if b"\0" not in head:
        return raw
    defects.append("NUL bytes removed")
    return head.replace(b"\0", b"") + gap + body
