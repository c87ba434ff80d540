"""One IMAP connection that listens to a folder: IDLE (RFC 2177) where the server has it, else looking now and then.

imapclient connects and signs in. Its `idle_check` is not used: it takes the end of the stream for silence, and a line
that arrives in two pieces for a broken connection. Here the socket is only watched for bytes; each notice ends IDLE
with DONE, and whatever lies before the answer to that is read in order, with a time-out. So each notice, like each
probe of a silent line, proves that the server is still there.
"""

import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from mail.imap.session import ImapSession
from models.errors import MailServerRefused
from models.settings import MailServer

Fingerprint = tuple[int, int, int]
"""UIDVALIDITY, UIDNEXT and the number of messages of a folder; zero where the server does not tell."""


class Ear:
    """Blocking, for one thread at a time. Every method raises MailError when the line or the server fails.

    `folder`, and the `others` at which `glance` looks over the same connection, are named as people name them, and so
    is `sent`, which is glanced at too. `answer`: seconds the server has for an answer once it is listened to.
    """

    def __init__(
        self, server: MailServer, folder: str, others: Sequence[str] = (), sent: str = "", answer: float = 20.0
    ) -> None:
        self.folder = folder
        self.can_idle = False
        self._wanted = (tuple(others), sent)
        self._session = ImapSession(server)
        self._answer = min(answer, server.timeout)
        self._line: socket.socket | None = None
        self._name = ""
        self._others: tuple[str, ...] = ()
        self._tag: bytes | None = None
        self._exists = 0
        self._came = False
        self._seen: dict[str, Fingerprint | None] = {}

    def open(self) -> None:
        """Connects, signs in and opens the folder. Raises also MailLoginFailed and ConfigurationError."""
        session = self._session.__enter__()
        self._line = session.client.socket()
        self._name = session.resolve(self.folder)
        self._others = self._find(*self._wanted)
        self._imap.wait_at_most(self._answer)
        self.can_idle = session.can("IDLE")
        self._seen = {other: self._status(other) for other in self._others}
        self._seen[self._name] = self._select()

    def _find(self, others: Sequence[str], sent: str) -> tuple[str, ...]:
        """The server's names of those other folders that are there."""
        listing = self._session.listing()
        found = [listing.find(name) for name in others]
        if sent:
            found.append(listing.find(sent) or listing.marked("\\Sent"))
        return tuple(dict.fromkeys(folder.name for folder in found if folder is not None and folder.can_be_opened))

    def fileno(self) -> int:
        """For a selector: readable when the server has said something."""
        assert self._line is not None
        return self._line.fileno()

    @property
    def has_others(self) -> bool:
        return bool(self._others)

    def idle(self) -> bool:
        """Enters IDLE, unless mail has come before; True when there is something to hear from `done` already.

        A server that refuses has no IDLE from now on, whatever it said before; `done` then looks instead.
        """
        with self._session.mapped("entering IDLE"):
            # some servers tell during IDLE only what happens after its beginning
            _, told = self._session.client.noop()
            self._came = self._grew(told)
            self._imap.untagged_responses.clear()
            if self._came:
                return True
            # imapclient's own idle() fails when the server says something before it agrees
            self._tag = self._imap._command("IDLE")
            while self._imap._get_response() is not None:
                if self._imap.tagged_commands[self._tag]:
                    del self._imap.tagged_commands[self._tag]
                    self._tag, self.can_idle = None, False
                    return True
            # what has been read together with the continuation lies where no selector sees it
            return "EXISTS" in self._imap.untagged_responses or bool(self._imap.has_more())

    def done(self) -> bool:
        """Leaves IDLE; True when mail has come. This is also the proof that the server is there."""
        if self._tag is None:
            return self._came or self.look()
        with self._session.mapped("listening"):
            came_before = bool(self._imap.untagged_responses.get("EXISTS"))
            self._session.client._idle_tag, self._tag = self._tag, None
            self._imap.begin()
            _, responses = self._session.client.idle_done()
            # imaplib keeps a copy of every response until somebody asks for it
            self._imap.untagged_responses.clear()
        return self._grew(responses) or came_before

    def look(self) -> bool:
        """For servers without IDLE: opens the folder anew; True when it has changed since."""
        before, self._seen[self._name] = self._seen[self._name], self._select()
        return before != self._seen[self._name]

    def glance(self) -> bool:
        """True when one of the other folders has changed since the last time; not to be called during IDLE."""
        before = dict(self._seen)
        self._seen |= {other: self._status(other) for other in self._others}
        return any(self._seen[other] not in (None, before[other]) for other in self._others)

    def close(self) -> None:
        """Without a goodbye, which the server might take long to answer; nothing is half done."""
        self.hang_up()
        self._session.__exit__(ConnectionAbortedError, None, None)

    def hang_up(self) -> None:
        """From any thread: whatever waits on the line ends now."""
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    @property
    def _imap(self) -> Any:
        """imaplib's connection below imapclient, whose IDLE is not enough."""
        return self._session.client._imap

    def _select(self) -> Fingerprint:
        status = self._session.select(self._name, readonly=True)
        self._imap.untagged_responses.clear()
        self._exists = status.exists
        return status.uidvalidity, status.uidnext, status.exists

    def _status(self, folder: str) -> Fingerprint | None:
        """None for a folder that has gone."""
        try:
            with self._session.mapped(f"asking for folder {folder!r}"):
                wire, items = self._session.wire(folder), ["UIDVALIDITY", "UIDNEXT", "MESSAGES"]
                answer = self._session.client.folder_status(wire, items)
        except MailServerRefused:
            return None
        return int(answer.get(b"UIDVALIDITY", 0)), int(answer.get(b"UIDNEXT", 0)), int(answer.get(b"MESSAGES", 0))

    def _grew(self, responses: Iterable[Any]) -> bool:
        """Follows the number of messages (RFC 9051 section 7.4.1 and 7.5.1): flags that change are no mail."""
        grew = False
        for response in responses:
            match response:
                case (int(number), b"EXISTS", *_):
                    grew = grew or number > self._exists
                    self._exists = number
                case (int(_), b"EXPUNGE", *_):
                    self._exists -= 1
                case (b"VANISHED", *_):  # RFC 7162 section 3.2.10; how many went, the next EXISTS need not say
                    self._exists = 0
        return grew
