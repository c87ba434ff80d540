"""Bounds what an IMAP server may say to one command.

imaplib keeps every line until somebody asks for it, and reads a literal whole, however large it is said to be: a server
gone mad would fill the memory without ever running into a time-out.
"""

import imaplib
from typing import Any

ROOM = 100_000_000
"""Bytes of an answer beyond the messages that were asked for, whose sizes some servers only guess."""


class Meter:
    """Counts what is read from a connection of imaplib since the last word of ours, and ends it above `most` bytes."""

    def __init__(self, imap: Any, most: int) -> None:
        self._most = self._left = most
        self._send, self._read, self._readline = imap.send, imap.read, imap.readline
        imap.send, imap.read, imap.readline = self.send, self.read, self.readline

    def send(self, data: bytes) -> None:
        self._left = self._most
        self._send(data)

    def read(self, size: int) -> bytes:
        """A literal. Raises imaplib.IMAP4.abort before one that is too large."""
        self._count(size)
        data: bytes = self._read(size)
        return data

    def readline(self) -> bytes:
        """Raises imaplib.IMAP4.abort once it is too much."""
        line: bytes = self._readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise imaplib.IMAP4.abort(f"it answers with more than {self._most:,} bytes")
