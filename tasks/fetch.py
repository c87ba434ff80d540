"""Brings new mail from the server into the store, and what others did to mail that is known.

Sent is read before the inbox, so that mail which a colleague has answered by hand is seen as answered. The cursor moves
in the same transaction as the batch: a run that dies is repeated from the last whole batch. A folder that cannot be
read does not keep the others from it. What arrived long before a mailbox starts is left to `mailstage backfill`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mail.imap.session import FolderStatus, ImapSession
from mail.readers import Readers
from models.case import Stage
from models.errors import MailServerRefused
from store.adopted import adopt_sent
from store.arrivals import save_batch
from store.cursors import Cursor, get_cursor, set_trouble
from store.presence import awaited, note_news, settle_absent
from store.rollout import ensure
from tasks.arrive import arrival_of
from tasks.progress import log, report
from tasks.receive import receiver_of
from tasks.workplace import Workplace

THREAD_DAYS = 30
"""Mail of so many days before a mailbox starts is read all the same, for the conversations that are going on."""


@dataclass(frozen=True)
class Fetched:
    """How many messages were new, and how many of those could not be read."""

    new: int = 0
    quarantined: int = 0

    def __add__(self, other: "Fetched") -> "Fetched":
        return Fetched(self.new + other.new, self.quarantined + other.quarantined)


def fetch_mail(place: Workplace, mailbox: str) -> Fetched:
    """Reads what is new in Sent and in every folder that mail arrives in. Raises MailError when the server cannot be
    reached, or when no folder could be read; a single one is told by `store.cursors.troubles`."""
    box = place.mailbox(mailbox)
    ensure(place.store, mailbox, box.phase)
    with ImapSession(box.imap, mailbox, place.settings.limits) as session:
        read_sent(place, mailbox, session)
        folders = _readable(place, mailbox, session, box.inbound)
        fetched = Fetched()
        for folder in folders.values():
            fetched += _fetch_folder(place, mailbox, session, folder, list(folders.values()), ours=False)
    if settled := settle_absent(place.store, mailbox, list(folders.values())):
        log.info("mailbox=%s step=settling done=%d", mailbox, settled)
    return fetched


def read_sent(place: Workplace, mailbox: str, session: ImapSession) -> None:
    """What people have sent from their mail clients, and the questions that it settles."""
    sent = session.sent_folder(place.mailbox(mailbox).sent)
    _fetch_folder(place, mailbox, session, sent, [sent], ours=True)
    adopt_sent(place.store, mailbox)


def _readable(place: Workplace, mailbox: str, session: ImapSession, wanted: Sequence[str]) -> dict[str, str]:
    """Each folder with the server's name for it. One that was renamed or deleted, or that may not be opened, is noted
    and left out; when none is left, that is raised."""
    found: dict[str, str] = {}
    refused: list[MailServerRefused] = []
    for name in wanted:
        trouble = ""
        try:
            found[name] = session.resolve(name)
            session.select(found[name], readonly=True)
        except MailServerRefused as error:
            log.warning("mailbox=%s step=fetching error=%s", mailbox, error)
            found.pop(name, None)
            refused.append(error)
            trouble = str(error)
        set_trouble(place.store, mailbox, name, trouble)
    if not found:
        raise refused[0]
    return found


def _fetch_folder(
    place: Workplace, mailbox: str, session: ImapSession, folder: str, folders: Sequence[str], *, ours: bool
) -> Fetched:
    status = session.select(folder, readonly=True)
    cursor = get_cursor(place.store, mailbox, folder) or _start(place, mailbox, session, folder, status)
    known = cursor is not None and cursor.uidvalidity == status.uidvalidity
    last = cursor.last_uid if cursor and known else 0
    fetched, receiver = Fetched(), receiver_of(place, mailbox)
    seen, total = 0, max(0, min(status.exists, status.uidnext - 1 - last))
    batches = session.fetch_since(folder, last, place.settings.limits.batch, status)
    with Readers(place.settings.limits, receiver, total) as readers:
        for batch, read in readers.ahead(batches, lambda mails: [mail.raw for mail in mails]):
            arrivals = [
                arrival_of(place, mailbox, mail, ours, receiver, message)
                for mail, message in zip(batch, read, strict=True)
            ]
            at = Cursor(status.uidvalidity, batch[-1].uid)
            saved = save_batch(place.store, arrivals, mailbox, folder, at, folders)
            fetched += Fetched(saved.new, saved.stages.get(Stage.QUARANTINED, 0))
            seen += len(batch)
            report(mailbox, "reading Sent" if ours else "fetching", seen, max(total, seen))
    if not ours:
        since = replace(cursor, last_uid=last) if cursor and known else Cursor(status.uidvalidity, 0)
        _look_around(place, mailbox, session, folder, status, since)
    return fetched


def _start(place: Workplace, mailbox: str, session: ImapSession, folder: str, status: FolderStatus) -> Cursor | None:
    """Where reading begins in a folder that was never read: at its first mail, or shortly before the mailbox starts."""
    since = place.mailbox(mailbox).since
    if since is None or status.uidnext == 0:
        return None
    first = session.first_uid(folder, since - timedelta(days=THREAD_DAYS), status)
    start = Cursor(status.uidvalidity, first - 1)
    save_batch(place.store, [], mailbox, folder, start)
    return start


def _look_around(
    place: Workplace, mailbox: str, session: ImapSession, folder: str, status: FolderStatus, since: Cursor
) -> None:
    """What others did here to mail that somebody waits for; what has just been fetched came with its flags."""
    if status.modseq and status.modseq == since.modseq and session.tells_vanished:
        return  # nothing at all has happened here
    waited_for = awaited(place.store, mailbox, folder)
    uids = [mail.uid for mail in waited_for if mail.uidvalidity == status.uidvalidity and mail.uid <= since.last_uid]
    news = session.changes(status, uids, since.modseq)
    note_news(place.store, mailbox, folder, status.uidvalidity, news.flags, news.gone, status.modseq)
