"""imaplib's connection, bounded in bytes and in time for each command.

imaplib keeps every line until somebody asks for it, reads a literal whole however large it is said to be, and bounds
only the silence between two bytes: a server gone mad would fill the memory, or drip for ever. So the bytes are taken
off the socket here. IDLE is waited for elsewhere (`ear`), where nothing is read.
"""

import imaplib
import socket
import ssl
import time
from collections.abc import Callable

from mail.connection import TooSlow
from models.settings import MailServer

ROOM = 100_000_000
"""Bytes of an answer beyond the messages that were asked for, whose sizes some servers only guess."""
PATIENCE = 10
"""How many `timeout`s a whole answer may take: a search through a huge folder takes minutes, in which Dovecot says
every ten seconds that it goes on."""
LEAST_RATE = 10_000
"""Bytes a second that earn an answer more time: whoever is slower than an old telephone modem never ends."""
LONGEST_LINE = 1_000_000
"""As imaplib has it; a SEARCH names its UIDs in one line."""
PIECE = 65_536


class BoundedImap(imaplib.IMAP4):
    """Raises imaplib.IMAP4.abort above `most` bytes for one command, and TooSlow when that takes too long in all.

    With a `context` it speaks TLS from the first byte on.
    """

    def __init__(
        self,
        server: MailServer,
        most: int,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._context, self._clock = most, context, clock
        self._bytes = bytearray()
        self._came_over: socket.socket | None = None
        self.wait_at_most(server.timeout)
        self.begin()
        super().__init__(server.host, server.port, server.timeout)

    def wait_at_most(self, silence: float) -> None:
        """From now on: seconds without a byte, and PATIENCE times as many for a whole answer."""
        self._silence, self._whole = silence, PATIENCE * silence

    def begin(self) -> None:
        """What is bounded as one begins here: done for each command, and to be called when one goes on (DONE)."""
        self._begun, self._left, self._moved = self._clock(), self._most, 0

    def has_more(self) -> bool:
        """Whether something has come, or was decrypted, that a selector on the socket does not see."""
        return bool(self._unread()) or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)

    def read(self, size: int) -> bytes:
        """A literal; one that is said to be too large is not begun."""
        if size - len(self._unread()) > self._left:
            raise self._too_much()
        while len(self._unread()) < size:
            self._receive()
        return self._take(size)

    def readline(self) -> bytes:
        """With its end; also an answer that never ends its line is one that is too long."""
        searched = 0
        while (end := self._unread().find(b"\n", searched)) < 0:
            searched = len(self._unread())
            if searched > LONGEST_LINE:
                raise self.abort(f"it answers with a line of more than {LONGEST_LINE:,} bytes")
            self._receive()
        return self._take(end + 1)

    def send(self, data: bytes) -> None:  # type: ignore[override]  # nothing but bytes is ever sent
        """A server that takes a large mail drop by drop is no better than one that gives it so."""
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self.sock.settimeout(self._seconds())
            super().send(piece)
            self._moved += len(piece)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = socket.create_connection((self.host, self.port), timeout)
        if self._context is None:
            return line
        try:
            return self._context.wrap_socket(line, server_hostname=self.host)
        except BaseException:
            line.close()
            raise

    def _new_tag(self) -> bytes:
        """Every command has one, whoever puts it together."""
        self.begin()
        return super()._new_tag()  # type: ignore[misc,no-any-return]  # typeshed leaves it out

    def _unread(self) -> bytearray:
        """What came in the clear before STARTTLS is not taken for what comes after it (RFC 9051 section 6.2.1)."""
        if self._came_over is not self.sock:
            self._bytes, self._came_over = bytearray(), self.sock
        return self._bytes

    def _take(self, size: int) -> bytes:
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken

    def _receive(self) -> None:
        """Waits for more and keeps it. Raises OSError, imaplib.IMAP4.abort."""
        seconds = self._seconds()
        self.sock.settimeout(seconds)
        try:
            piece = self.sock.recv(PIECE)
        except TimeoutError as error:
            if seconds >= self._silence:
                raise
            raise self._too_slow() from error
        if not piece:
            raise self.abort("it hung up")
        self._left -= len(piece)
        self._moved += len(piece)
        if self._left < 0:
            raise self._too_much()
        self._unread().extend(piece)

    def _seconds(self) -> float:
        """How long the next byte may take. Raises TooSlow when there is no time left."""
        left = self._begun + self._whole + self._moved / LEAST_RATE - self._clock()
        if left <= 0:
            raise self._too_slow()
        return min(self._silence, left)

    def _too_slow(self) -> TooSlow:
        return TooSlow(f"took more than {self._whole:g} s over one answer")

    def _too_much(self) -> imaplib.IMAP4.abort:
        return self.abort(f"it answers with more than {self._most:,} bytes")
