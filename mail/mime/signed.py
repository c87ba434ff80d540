"""What is signed inside a closed S/MIME envelope (RFC 8551 section 3.5.2): the mail itself, in CMS (RFC 5652).

A walk over the few levels above the content, and not a library: none at hand gives the content without checking the
signature, which says nothing without a store of trusted certificates.
"""

from dataclasses import dataclass

_SEQUENCE, _OID, _OCTETS, _OCTETS_IN_PIECES, _CONTENT = 0x30, 0x06, 0x04, 0x24, 0xA0
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
MAX_ELEMENTS = 100_000
"""Pieces of one content; programs that stream cut it every few kilobytes."""


class _NotSigned(Exception):
    """The bytes are no envelope of signed data; never leaves this module."""


@dataclass(slots=True)
class _Reader:
    """Walks over elements in BER (X.690), where a length may be left open."""

    data: bytes
    at: int = 0

    def open(self, tag: int) -> int | None:
        """Steps into the next element, which must bear `tag`; its length in bytes, None for one that is left open."""
        if self.data[self.at : self.at + 1] != bytes((tag,)) or self.at + 2 > len(self.data):
            raise _NotSigned
        first = self.data[self.at + 1]
        self.at += 2
        if first == 0x80:
            return None
        if first < 0x80:
            return first
        count = first & 0x7F
        length = int.from_bytes(self.data[self.at : self.at + count], "big")
        self.at += count
        return length

    def value(self, tag: int) -> bytes:
        """The next element whole."""
        length = self.open(tag)
        if length is None:
            raise _NotSigned
        self.at += length
        return self.data[self.at - length : self.at]

    def octets(self) -> bytes:
        """A string of octets, whole or in pieces."""
        if self.data[self.at : self.at + 1] == bytes((_OCTETS,)):
            return self.value(_OCTETS)
        length = self.open(_OCTETS_IN_PIECES)
        end = len(self.data) if length is None else min(self.at + length, len(self.data))
        pieces: list[bytes] = []
        while self.at < end and self.data[self.at] == _OCTETS and len(pieces) < MAX_ELEMENTS:
            pieces.append(self.value(_OCTETS))
        return b"".join(pieces)


def signed_content(envelope: bytes) -> bytes:
    """The MIME entity inside an `application/pkcs7-mime` body; empty where it is encrypted, or no such envelope."""
    reader = _Reader(envelope)
    try:
        reader.open(_SEQUENCE)
        if reader.value(_OID) != _SIGNED_DATA:
            return b""
        reader.open(_CONTENT)
        reader.open(_SEQUENCE)
        reader.value(0x02)  # version
        reader.value(0x31)  # digest algorithms
        reader.open(_SEQUENCE)
        if reader.value(_OID) != _DATA:
            return b""
        reader.open(_CONTENT)
        return reader.octets()
    except _NotSigned:
        return b""
