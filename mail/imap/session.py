"""One signed-in IMAP connection: fetch in bounded batches, see what others changed, write labels back, file mail.

The front door to `fetching`, `changes` and `writing`; every operation has a time-out and ends in our own errors.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

from mail.imap import changes, fetching, writing
from mail.imap.changes import Changes
from mail.imap.line import FolderStatus, ImapLine
from mail.imap.uids import uid_windows
from models.message import FetchedMail

__all__ = ["Changes", "FolderStatus", "ImapSession"]


class ImapSession(ImapLine):
    """`with ImapSession(server, mailbox="support") as session:` signs in, and out at the end.

    Every method raises MailServerUnreachable, or MailServerRefused when the server says no. Folders are named as the
    server names them; `resolve`, `special_folder` and `existing_folder` find out how.
    """

    def fetch_since(
        self, folder: str, last_uid: int, batch: int = 250, status: FolderStatus | None = None
    ) -> Iterator[list[FetchedMail]]:
        """Messages with a UID above `last_uid`, ascending, at most `batch` or BATCH_BYTES at a time.

        One above `limits.message_bytes` comes as its first HEAD_BYTES with a TRUNCATED_HEADER on top,
        one that the server cannot deliver as an UNFETCHED_HEADER alone: reading either raises UnreadableMessage.
        `status` is what a `select` just before has said.
        """
        status = status or self.select(folder, readonly=True)
        for uids in fetching.uids_above(self, status, last_uid):
            for start in range(0, len(uids), batch):
                yield from fetching.fetch(self, folder, uids[start : start + batch], status.uidvalidity)

    def fetch(self, folder: str, uids: Sequence[int], uidvalidity: int) -> Iterator[list[FetchedMail]]:
        """These messages, in the same form; MailServerRefused when the folder has another UIDVALIDITY by now."""
        yield from fetching.fetch(self, folder, uids, uidvalidity)

    def uids_between(
        self, folder: str, since: date, until: date | None, below: int, status: FolderStatus
    ) -> Iterator[list[int]]:
        """UIDs below `below` of mail that arrived from `since` on and before `until`, the newest first, by windows.

        Days as the server counts them: SEARCH disregards its time zone (RFC 9051 section 6.4.4).
        """
        self.reopen(folder, status.uidvalidity)
        days: list[object] = ["SINCE", since] if until is None else ["SINCE", since, "BEFORE", until]
        for window in uid_windows(1, below - 1, downwards=True):
            if found := fetching.search(self, ["UID", window, *days]):
                yield sorted(found, reverse=True)

    def uids_bearing(self, folder: str, keyword: str) -> list[int]:
        """UIDs of the messages that bear an IMAP keyword, the newest first."""
        self.open(folder, writable=False)
        return sorted(fetching.search(self, ["KEYWORD", keyword]), reverse=True)

    def first_uid(self, folder: str, since: date, status: FolderStatus) -> int:
        """The lowest UID of mail that arrived from `since` on; the next one to come when there is none."""
        found = [min(uids) for uids in self.uids_between(folder, since, None, status.uidnext, status)]
        return min(found, default=status.uidnext)

    def next_uid(self, status: FolderStatus) -> int:
        """The UID that the next mail of the open folder will have, or a lower one than that but above all there are."""
        return status.uidnext or max(fetching.search(self, ["UID", "*"]), default=0) + 1

    def changes(self, status: FolderStatus, uids: Sequence[int], modseq: int) -> Changes:
        """What others did to `uids` in the folder that was just selected, since `modseq` (0: whatever there is)."""
        return changes.changes_since(self, status, uids, modseq)

    def add_keywords(self, folder: str, uids_by_keyword: Mapping[str, Sequence[int]]) -> None:
        """Sets each keyword on its messages with one STORE (a few when there are thousands of UIDs)."""
        self.open(folder, writable=True)
        writing.add_keywords(self, uids_by_keyword)

    def add_gmail_labels(self, folder: str, uids_by_label: Mapping[str, Sequence[int]]) -> None:
        """Sets each of Gmail's labels in the same way; a label that is missing is made."""
        self.open(folder, writable=True)
        writing.add_gmail_labels(self, uids_by_label)

    def answered(self, folder: str, uids: Sequence[int]) -> None:
        """Marks the messages as \\Answered."""
        self.add_keywords(folder, {"\\Answered": uids})

    def copy_to_folder(self, folder: str, uids_by_folder: Mapping[str, Sequence[int]]) -> None:
        """Copies messages into folders, which are made when missing; `/` becomes the server's delimiter.

        A message of somebody else's shared folder is copied to a folder beside it, where they see it.
        """
        if any(uids_by_folder.values()):
            writing.copy(self, folder, uids_by_folder)

    def append(self, folder: str, raw: bytes, flags: Sequence[str] = (), at: datetime | None = None) -> int | None:
        """Puts a message into a folder as it is named on the server; its UID where the server tells (RFC 4315)."""
        return writing.append(self, folder, raw, flags, at)

    def append_sent(self, folder: str, raw: bytes, date: datetime) -> None:
        """Files a copy of a sent message as read; `date` is aware. The folder is made when missing."""
        self.append(self.existing_folder(folder), raw, ["\\Seen"], date)

    def delete(self, folder: str, uid: int) -> None:
        """Removes one message; a server that cannot expunge one alone (RFC 4315) may only mark it as deleted."""
        self.open(folder, writable=True)
        writing.delete(self, uid)

    def find_message_id(self, folder: str, message_id: str) -> int | None:
        """UID of the newest message with this Message-ID, or None; None also when the folder is missing."""
        if folder not in self.folders():
            return None
        self.select(folder, readonly=True)
        return max(writing.by_message_id(self, message_id), default=None)

    def absent(self, folder: str, message_ids: Collection[str]) -> frozenset[str]:
        """Those Message-IDs that no message in the folder bears."""
        self.select(folder, readonly=True)
        return frozenset(one for one in message_ids if not writing.by_message_id(self, one))

    def holds(self, folder: str, wanted: str, message_id: str, size: int) -> bool:
        """Whether `copy_to_folder(folder, {wanted: …})` has copied this very mail before; `size` in bytes."""
        found = self.listing().find(self.listing().beside(folder, wanted))
        if found is None or not found.can_be_opened:
            return False
        self.open(found.name, writable=False)
        return writing.holds(self, message_id, size)

    def sent_folder(self, configured: str) -> str:
        r"""The folder of sent mail: as configured if it is there, else the one that the server marks as \Sent; when
        there is neither, the configured one is made."""
        found = self.listing().find(configured)
        return found.name if found and found.can_be_opened else self.special_folder("\\Sent", configured)

    def special_folder(self, role: str, fallback: str) -> str:
        r"""The folder that the server marks with `role` (`\Drafts`, RFC 6154), else `fallback`, made when missing."""
        marked = self.listing().marked(role)
        return marked.name if marked and marked.can_be_opened else self.existing_folder(fallback)

    def folders(self) -> list[str]:
        """Names of all folders that can be opened."""
        return [folder.name for folder in self.listing().folders if folder.can_be_opened]
