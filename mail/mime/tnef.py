"""winmail.dat: the attachments, and the text, that Outlook wraps into one file (MS-OXTNEF).

Its own reader: a length in a hostile file can make the library at hand count to four thousand millions, while this one
walks forward through what is really there.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mail.mime.charsets import decode
from mail.mime.rtf import decompressed, rtf_text
from mail.mime.rtf_html import wrapped_html

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_OBJECTS = 20_000
"""Attributes and properties of one file that are read."""
_BODY, _TITLE, _DATA, _RENDERING = 0x800C, 0x8010, 0x800F, 0x9002
_MESSAGE_PROPERTIES, _ATTACHMENT_PROPERTIES, _CODEPAGE = 0x9003, 0x9005, 0x9007
_P_BODY, _P_HTML, _P_RTF, _P_FILENAME, _P_LONG_FILENAME, _P_DATA, _P_DISPLAY, _P_MIME, _P_CPID = (
    0x1000, 0x1013, 0x1009, 0x3704, 0x3707, 0x3701, 0x3001, 0x370E, 0x3FDE,
)  # fmt: skip
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16, 0x01: 0}
"""Bytes of the property types of fixed size, padded to four (MS-OXTNEF section 2.1.3.4)."""
_VARIABLE = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_OBJECT_ID = 16
"""Bytes of the interface id in front of an embedded object."""


@dataclass(slots=True)
class TnefFile:
    name: str = ""
    data: bytes = b""
    type: str = ""


@dataclass(slots=True)
class Tnef:
    """What was wrapped; `text` and `html` are empty where the mail itself carries them."""

    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)


class _Broken(Exception):
    """The bytes end, or turn into nonsense, in the middle; never leaves this module."""


@dataclass(slots=True)
class _Property:
    id: int
    type: int
    value: bytes


def read_tnef(data: bytes, max_files: int, *, files_alone: bool = False) -> Tnef | None:
    """The content of a winmail.dat; None when it is none. What stands before damage is kept.

    `files_alone` leaves its text aside, since unpacking that is slow.
    """
    if not data.startswith(SIGNATURE):
        return None
    found, codepage = Tnef(), "cp1252"
    for id, value in _attributes(data):
        if id == _CODEPAGE and len(value) >= 4:
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif id == _RENDERING:
            if len(found.files) >= max_files:
                break
            found.files.append(TnefFile())
        elif id in (_BODY, _MESSAGE_PROPERTIES) and files_alone:
            continue
        elif id == _BODY:
            found.text = _text(value, codepage)
        elif id == _MESSAGE_PROPERTIES:
            _read_message(found, list(_properties(value)), codepage)
        elif found.files:
            _read_file(found.files[-1], id, value, codepage)
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, value) of each attribute: level, id, type, length, value, checksum (MS-OXTNEF section 2.1.3.1)."""
    at = 6
    for _ in range(MAX_OBJECTS):
        if at + 9 > len(data):
            return
        _, id, _, length = struct.unpack_from("<BHHI", data, at)
        yield id, data[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _read_message(found: Tnef, properties: list[_Property], codepage: str) -> None:
    values = {one.id: one for one in properties}
    page = values.get(_P_CPID)
    charset = f"cp{struct.unpack('<I', page.value)[0]}" if page and len(page.value) == 4 else codepage
    if body := values.get(_P_BODY):
        found.text = _string(body, codepage) or found.text
    if html := values.get(_P_HTML):
        found.html = _text(html.value, charset) if html.type == 0x102 else _string(html, charset)
    if (rtf := values.get(_P_RTF)) and not (found.text or found.html):
        unpacked = decompressed(rtf.value)
        found.html = wrapped_html(unpacked)
        found.text = "" if found.html else rtf_text(unpacked)


def _read_file(file: TnefFile, id: int, value: bytes, codepage: str) -> None:
    if id == _TITLE:
        file.name = file.name or _text(value, codepage)
    elif id == _DATA:
        file.data = value
    elif id == _ATTACHMENT_PROPERTIES:
        values = {one.id: one for one in _properties(value)}
        named = values.get(_P_LONG_FILENAME) or values.get(_P_FILENAME) or values.get(_P_DISPLAY)
        file.name = (_string(named, codepage) if named else "") or file.name
        if mime := values.get(_P_MIME):
            file.type = _string(mime, codepage).lower()
        if inside := values.get(_P_DATA):
            file.data = inside.value[_OBJECT_ID:] if inside.type == 0x0D else inside.value


def _properties(data: bytes) -> Iterator[_Property]:
    """MAPI properties (MS-OXTNEF section 2.1.3.4) up to the first that cannot be."""
    reader = _Reader(data)
    try:
        for _ in range(min(reader.number(), MAX_OBJECTS)):
            yield _property(reader)
    except _Broken:
        return


def _property(reader: "_Reader") -> _Property:
    kind, id = struct.unpack("<HH", reader.take(4))
    if id >= 0x8000:
        reader.take(16)
        if reader.number() == 0:
            reader.take(4)
        else:
            reader.padded(reader.number())
    many, kind = bool(kind & 0x1000), kind & 0x0FFF
    if kind in _VARIABLE:
        values = [reader.padded(reader.number()) for _ in range(min(reader.number(), MAX_OBJECTS))]
    elif kind in _FIXED:
        values = [reader.take(_FIXED[kind]) for _ in range(min(reader.number(), MAX_OBJECTS) if many else 1)]
    else:
        raise _Broken
    return _Property(id, kind, values[0] if values else b"")


class _Reader:
    """Walks forward through bytes; past their end it is _Broken."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, length: int) -> bytes:
        if self.at + length > len(self.data):
            raise _Broken
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def padded(self, length: int) -> bytes:
        value = self.take(length)
        self.at += -length % 4
        return value


def _string(one: _Property, codepage: str) -> str:
    return _text(one.value, "utf-16-le" if one.type == 0x1F else codepage)


def _text(value: bytes, charset: str) -> str:
    return decode(value, charset)[0].rstrip("\0").replace("\r\n", "\n")
