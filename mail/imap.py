"""One signed-in IMAP connection: fetch by UID in bounded batches, write labels back, file sent mail.

A class, since a connection has state; every operation has a time-out and ends in our own errors.
"""

import imaplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from mail.connection import place
from mail.imap_connection import connect, imap_errors
from mail.reading import TRUNCATED_HEADER, UNFETCHED_HEADER
from mail.uids import uid_sets
from models.errors import MailServerRefused, MailServerUnreachable
from models.message import FetchedMail
from models.settings import Limits, MailServer

BATCH_BYTES = 32_000_000
"""Bytes of mail held in memory at once."""
HEAD_BYTES = 65_536
"""What is fetched of a message that is too large to fetch whole."""


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """What SELECT says of a folder. `uidnext` is 0 where the server does not tell."""

    uidvalidity: int
    uidnext: int
    keywords_allowed: bool
    exists: int


class ImapSession:
    """`with ImapSession(server, mailbox="support") as session:` signs in, and out at the end.

    Every method raises MailServerUnreachable, or MailServerRefused when the server says no.
    """

    def __init__(self, server: MailServer, mailbox: str = "", limits: Limits | None = None) -> None:
        self.server = server
        self.mailbox = mailbox
        self.limits = limits or Limits()
        self._connected: Any = None
        self._selected: tuple[str, bool] | None = None
        self._uidvalidity = 0

    def __enter__(self) -> Self:
        """Connects and signs in. Raises also MailLoginFailed and ConfigurationError."""
        with self._mapped("signing in"):
            self._connected = connect(self.server)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._connected = self._connected, None
        if client is None:
            return
        # a failed goodbye loses nothing: every command before it was confirmed
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout() if kind is None else client.shutdown()

    def select(self, folder: str, readonly: bool = False) -> FolderStatus:
        """Opens `folder` anew and says what is in it."""
        self._selected = None
        with self._mapped(f"opening folder {folder!r}"):
            answer = self._client.select_folder(folder, readonly=readonly)
        self._selected = (folder, readonly)
        self._uidvalidity = int(answer.get(b"UIDVALIDITY", 0))
        return FolderStatus(
            uidvalidity=self._uidvalidity,
            uidnext=int(answer.get(b"UIDNEXT", 0)),
            keywords_allowed=b"\\*" in answer.get(b"PERMANENTFLAGS", ()),
            exists=int(answer.get(b"EXISTS", 0)),
        )

    def fetch_since(self, folder: str, last_uid: int, batch: int = 250) -> Iterator[list[FetchedMail]]:
        """Messages with a UID above `last_uid`, ascending, at most `batch` or BATCH_BYTES at a time.

        One above `limits.message_bytes` comes as its first HEAD_BYTES with a TRUNCATED_HEADER on top,
        one that the server cannot deliver as an UNFETCHED_HEADER alone: reading either raises UnreadableMessage.
        """
        status = self.select(folder, readonly=True)
        if status.exists == 0 or 0 < status.uidnext <= last_uid + 1:
            return
        with self._mapped("searching"):
            # `n:*` always names the last message, even when its UID is below n (RFC 9051 section 6.4.4)
            uids = sorted(uid for uid in self._client.search(["UID", f"{last_uid + 1}:*"]) if uid > last_uid)
        for start in range(0, len(uids), batch):
            for group in self._groups(folder, uids[start : start + batch], status.uidvalidity):
                if fetched := self._fetch(folder, group, status.uidvalidity):
                    yield fetched

    def add_keywords(self, folder: str, uids_by_keyword: Mapping[str, Sequence[int]]) -> None:
        """Sets each keyword on its messages with one STORE (a few when there are thousands of UIDs)."""
        self._open(folder, writable=True)
        for keyword, uids in uids_by_keyword.items():
            with self._mapped(f"setting keyword {keyword!r}"):
                for uid_set in uid_sets(uids):
                    self._client.add_flags(uid_set, [keyword], silent=True)

    def answered(self, folder: str, uids: Sequence[int]) -> None:
        """Marks the messages as \\Answered."""
        self.add_keywords(folder, {"\\Answered": uids})

    def copy_to_folder(self, folder: str, uids_by_folder: Mapping[str, Sequence[int]]) -> None:
        """Copies messages into folders, which are made when missing; `/` becomes the server's delimiter."""
        if not any(uids_by_folder.values()):
            return
        self._open(folder, writable=False)
        names = {wanted: self._existing_folder(wanted) for wanted, uids in uids_by_folder.items() if uids}
        for wanted, name in names.items():
            with self._mapped(f"copying into folder {name!r}"):
                for uid_set in uid_sets(uids_by_folder[wanted]):
                    self._client.copy(uid_set, name)

    def append_sent(self, folder: str, raw: bytes, date: datetime) -> None:
        """Files a copy of a sent message as read; `date` is aware. The folder is made when missing."""
        name = self._existing_folder(folder)
        with self._mapped(f"filing into folder {name!r}"):
            self._client.append(name, raw, flags=(b"\\Seen",), msg_time=date)

    def find_message_id(self, folder: str, message_id: str) -> int | None:
        """UID of the newest message with this Message-ID, or None; None also when the folder is missing."""
        if folder not in self.folders():
            return None
        self.select(folder, readonly=True)
        wanted = "".join(c for c in message_id if c.isprintable() and c not in '"\\')
        with self._mapped("searching"):
            found = self._client.search(["HEADER", "Message-ID", wanted])
        return max(found, default=None)

    def sent_folder(self, configured: str) -> str:
        r"""The folder of sent mail: as configured if it is there (also under INBOX), else the one that the server marks
        as \Sent (RFC 6154); when there is neither, the configured one is made."""
        with self._mapped("listing folders"):
            listed = self._client.list_folders()
        names = {name: {flag.lower() for flag in flags} for flags, _, name in listed}
        delimiter = next((mark.decode("ascii", "replace") for _, mark, _ in listed if mark), "/")
        for wanted in (configured, f"INBOX{delimiter}{configured}"):
            if wanted in names:
                return wanted
        marked = next((name for name, flags in names.items() if b"\\sent" in flags), None)
        return marked or self._existing_folder(configured)

    def folders(self) -> list[str]:
        """Names of all folders that can be opened."""
        with self._mapped("listing folders"):
            listed = self._client.list_folders()
        return [name for flags, _, name in listed if b"\\noselect" not in {flag.lower() for flag in flags}]

    @property
    def _client(self) -> Any:
        """The live connection (imapclient has no types)."""
        if self._connected is None:
            raise MailServerUnreachable(f"no connection to {place(self.server)}: use the session in a with block")
        return self._connected

    def _mapped(self, doing: str) -> AbstractContextManager[None]:
        return imap_errors(self.server, doing)

    def _open(self, folder: str, writable: bool) -> None:
        if self._selected is None or self._selected[0] != folder or (writable and self._selected[1]):
            self.select(folder, readonly=not writable)

    def _reopen(self, folder: str, uidvalidity: int) -> None:
        """Makes sure that UIDs still mean the messages they meant when the fetch began."""
        self._open(folder, writable=False)
        if self._uidvalidity != uidvalidity:
            raise MailServerRefused(f"{place(self.server)} renumbered folder {folder!r} meanwhile: run again")

    def _existing_folder(self, wanted: str) -> str:
        """The server's name of a folder, made and subscribed if it is missing."""
        with self._mapped("listing folders"):
            listed = self._client.list_folders()
        delimiter = next((mark.decode("ascii", "replace") for _, mark, _ in listed if mark), "/")
        name = wanted.replace("/", delimiter)
        names = {listed_name for _, _, listed_name in listed}
        prefixed = f"INBOX{delimiter}{name}"
        if name in names or prefixed in names:
            return name if name in names else prefixed
        with self._mapped(f"making folder {name!r}"):
            try:
                self._client.create_folder(name)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                # servers whose folders all live under INBOX (Courier, older Cyrus)
                name = prefixed
                self._client.create_folder(name)
            self._client.subscribe_folder(name)
        return name

    def _groups(self, folder: str, uids: list[int], uidvalidity: int) -> Iterator[list[tuple[int, int]]]:
        """(UID, size) in groups of BATCH_BYTES at most; messages gone meanwhile are left out."""
        self._reopen(folder, uidvalidity)
        with self._mapped("asking for sizes"):
            answer = self._client.fetch(uids, ["RFC822.SIZE"])
        group: list[tuple[int, int]] = []
        total = 0
        for uid in sorted(answer):
            size = int(answer[uid].get(b"RFC822.SIZE", 0))
            if group and total + size > BATCH_BYTES:
                yield group
                group, total = [], 0
            group.append((uid, size))
            total += min(size, self.limits.message_bytes)
        if group:
            yield group

    def _fetch(self, folder: str, group: list[tuple[int, int]], uidvalidity: int) -> list[FetchedMail]:
        self._reopen(folder, uidvalidity)
        whole = [uid for uid, size in group if size <= self.limits.message_bytes]
        answers = self._bodies(whole, "BODY.PEEK[]")
        too_large = [uid for uid, size in group if size > self.limits.message_bytes]
        answers |= self._bodies(too_large, f"BODY.PEEK[]<0.{HEAD_BYTES}>")
        sizes = dict(group)
        return [
            self._mail(folder, uidvalidity, uid, answers[uid], sizes[uid] if uid in too_large else None)
            for uid in sorted(answers)
        ]

    def _bodies(self, uids: list[int], item: str) -> dict[int, Any]:
        """FETCH answers by UID. When the server fails on a batch, each message is asked for alone."""
        if not uids:
            return {}
        try:
            with self._mapped("fetching"):
                return dict(self._client.fetch(uids, [item, "FLAGS", "INTERNALDATE"]))
        except MailServerRefused as error:
            if len(uids) == 1:
                reason = str(error).encode("utf-8", "replace")
                return {uids[0]: {b"BODY[]": UNFETCHED_HEADER + b" " + reason + b"\r\n\r\n"}}
        return {uid: answer for one in uids for uid, answer in self._bodies([one], item).items()}

    def _mail(self, folder: str, uidvalidity: int, uid: int, answer: dict[bytes, Any], size: int | None) -> FetchedMail:
        arrived: datetime | None = answer.get(b"INTERNALDATE")
        raw = answer.get(b"BODY[]") or answer.get(b"BODY[]<0>") or b""
        if size is not None:
            raw = TRUNCATED_HEADER + b" %d\r\n" % size + raw
        return FetchedMail(
            mailbox=self.mailbox,
            folder=folder,
            uidvalidity=uidvalidity,
            uid=uid,
            raw=raw,
            flags=tuple(flag.decode("utf-8", "replace") for flag in answer.get(b"FLAGS", ())),
            arrived=arrived.astimezone(UTC) if arrived else None,
        )
