"""A signed-in IMAP connection and what is open on it: the ground that fetching, watching and writing stand on.

Folder names go in as people write them; the wire form of each is known here alone.
"""

import imaplib
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from mail.connection import place
from mail.imap.bounded import ROOM
from mail.imap.connection import connect, imap_errors
from mail.imap.folders import FolderList, folder_list, on_the_wire, readable
from models.errors import MailServerRefused, MailServerUnreachable
from models.settings import Limits, MailServer


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """What SELECT says of a folder. `uidnext` is 0 where the server does not tell.

    `modseq` is HIGHESTMODSEQ (RFC 7162 section 3.1.2.1), 0 for a folder that keeps no such count.
    """

    uidvalidity: int
    uidnext: int
    keywords_allowed: bool
    exists: int
    modseq: int = 0


class ImapLine:
    """Signs in at the start of a `with` block and out at its end.

    Every method raises MailServerUnreachable, or MailServerRefused when the server says no.
    """

    def __init__(self, server: MailServer, mailbox: str = "", limits: Limits | None = None) -> None:
        self.server = server
        self.mailbox = mailbox
        self.limits = limits or Limits()
        self._connected: Any = None
        self._selected: tuple[str, bool] | None = None
        self._uidvalidity = 0
        self._listing: FolderList | None = None
        self.tells_vanished = False
        """Whether the server says which messages are gone since a MODSEQ (QRESYNC is enabled)."""

    def __enter__(self) -> Self:
        """Connects and signs in. Raises also MailLoginFailed and ConfigurationError."""
        with self.mapped("signing in"):
            self._connected = connect(self.server, 2 * self.limits.message_bytes + ROOM)
            self._connected.folder_encode = False
            self._enable()
        return self

    def _enable(self) -> None:
        """QRESYNC, which includes CONDSTORE (RFC 7162 section 3.2.3), or what there is of it."""
        offered = [name for name in ("QRESYNC", "CONDSTORE") if self.can(name)]
        if offered and self.can("ENABLE"):
            try:
                enabled = self.client.enable(offered[0])
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                return  # offered and refused: folders are compared without it
            self.tells_vanished = b"QRESYNC" in {name.upper() for name in enabled}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._connected = self._connected, None
        if client is None:
            return
        # a failed goodbye loses nothing: every command before it was confirmed
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout() if kind is None else client.shutdown()

    @property
    def client(self) -> Any:
        """The live connection (imapclient has no types)."""
        if self._connected is None:
            raise MailServerUnreachable(f"no connection to {place(self.server)}: use the session in a with block")
        return self._connected

    def mapped(self, doing: str) -> AbstractContextManager[None]:
        return imap_errors(self.server, doing)

    def can(self, capability: str) -> bool:
        return bool(self.client.has_capability(capability))

    @property
    def is_gmail(self) -> bool:
        """Gmail's own extension: labels, and ids that stay the same in every folder."""
        return self.can("X-GM-EXT-1")

    def select(self, folder: str, readonly: bool = False) -> FolderStatus:
        """Opens `folder` anew and says what is in it."""
        self._selected = None
        with self.mapped(f"opening folder {folder!r}"):
            answer = self.client.select_folder(self.wire(folder), readonly=readonly)
        self._selected = (folder, readonly)
        self._uidvalidity = int(answer.get(b"UIDVALIDITY", 0))
        return FolderStatus(
            uidvalidity=self._uidvalidity,
            uidnext=int(answer.get(b"UIDNEXT", 0)),
            keywords_allowed=b"\\*" in answer.get(b"PERMANENTFLAGS", ()),
            exists=int(answer.get(b"EXISTS", 0)),
            modseq=int(answer.get(b"HIGHESTMODSEQ", 0)),
        )

    def open(self, folder: str, writable: bool) -> None:
        if self._selected is None or self._selected[0] != folder or (writable and self._selected[1]):
            self.select(folder, readonly=not writable)

    def reopen(self, folder: str, uidvalidity: int) -> None:
        """Makes sure that UIDs still mean the messages they meant when the work began."""
        self.open(folder, writable=False)
        if self._uidvalidity != uidvalidity:
            raise MailServerRefused(f"{place(self.server)} renumbered folder {folder!r} meanwhile: run again")

    def wire(self, name: str) -> bytes:
        listed = self._listing.folders if self._listing else ()
        known = next((folder for folder in listed if folder.name == name), None)
        return known.wire if known else on_the_wire(name)

    def listing(self) -> FolderList:
        """All folders; asked for once, and again after one was made."""
        if self._listing is None:
            own, others = self._prefixes()
            with self.mapped("listing folders"):
                lines = list(self.client.list_folders())
                for prefix in others:  # not everything that belongs to others is listed unasked (RFC 2342 section 5)
                    lines += self.client.list_folders(pattern=prefix + b"*")
            self._listing = folder_list(lines, readable(own), [readable(prefix) for prefix in others])
        return self._listing

    def _prefixes(self) -> tuple[bytes, list[bytes]]:
        """How the names of our own folders begin, and those of everybody else's (RFC 2342)."""
        try:
            with self.mapped("asking for namespaces"):
                spaces = self.client.namespace() if self.can("NAMESPACE") else None
        except MailServerRefused:
            spaces = None  # a server whose answer nobody understands: what it lists has to do
        if spaces is None:
            return b"", []
        own = [prefix for prefix, _ in spaces.personal or ()]
        return next(iter(own), b""), [prefix for kind in spaces[1:] for prefix, _ in kind or ()]

    def resolve(self, wanted: str) -> str:
        """The server's name of the folder that a person calls `wanted`. Raises MailServerRefused naming those there."""
        found = self.listing().find(wanted)
        if found is not None and found.can_be_opened:
            return found.name
        try:  # a folder that others share may be opened without being listed
            with self.mapped(f"looking for folder {wanted!r}"):
                self.client.folder_status(self.wire(wanted), ["UIDVALIDITY"])
        except MailServerRefused as error:
            raise MailServerRefused(
                f"{place(self.server)} has no folder {wanted!r}, it has {self.listing().named()}: "
                "it may have been renamed, correct its name in mailstage.toml"
            ) from error
        return wanted

    def existing_folder(self, wanted: str) -> str:
        """The server's name of a folder, made and subscribed if it is missing."""
        found = self.listing().find(wanted)
        if found is not None and found.can_be_opened:
            return found.name
        name = self.listing().new_name(wanted)
        with self.mapped(f"making folder {name!r}"):
            try:
                self.client.create_folder(on_the_wire(name))
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                # servers without NAMESPACE whose folders all live under INBOX (older Courier, older Cyrus)
                name = f"INBOX{self.listing().delimiter}{name}"
                self.client.create_folder(on_the_wire(name))
            self.client.subscribe_folder(on_the_wire(name))
        self._listing = None
        return name
