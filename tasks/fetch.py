"""Brings new mail from the server into the store.

Sent is read before the inbox, so that mail which a colleague has answered by hand is seen as answered. The cursor moves
in the same transaction as the batch: a run that dies is repeated from the last whole batch.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from mail.imap import ImapSession
from mail.reading import read_message
from mail.threads import base_subject, parent_ids
from models.case import Stage
from models.errors import UnreadableMessage
from models.message import FetchedMail, Message
from store.arrivals import Arrival, Cursor, get_cursor, save_batch
from store.rollout import ensure
from store.threading import Thread
from tasks.progress import log, report
from tasks.workplace import Workplace

MOST_PARENTS = 50
"""Ancestors that are looked up, the nearest first; a hostile References header may name thousands."""


@dataclass(frozen=True)
class Fetched:
    """How many messages were new, and how many of those could not be read."""

    new: int = 0
    quarantined: int = 0


def fetch_mail(place: Workplace, mailbox: str) -> Fetched:
    """Reads what is new in Sent and the inbox. Raises MailError when the server cannot be reached or refuses."""
    box = place.mailbox(mailbox)
    ensure(place.store, mailbox, box.phase)
    with ImapSession(box.imap, mailbox, place.settings.limits) as session:
        _fetch_folder(place, mailbox, session, session.sent_folder(box.sent), ours=True)
        return _fetch_folder(place, mailbox, session, box.inbox, ours=False)


def _fetch_folder(place: Workplace, mailbox: str, session: ImapSession, folder: str, *, ours: bool) -> Fetched:
    status = session.select(folder, readonly=True)
    cursor = get_cursor(place.store, mailbox, folder)
    last = cursor.last_uid if cursor and cursor.uidvalidity == status.uidvalidity else 0
    new = quarantined = seen = 0
    total = max(0, min(status.exists, status.uidnext - 1 - last))
    for batch in session.fetch_since(folder, last, place.settings.limits.batch):
        arrivals = [arrival_of(place, mailbox, fetched, ours) for fetched in batch]
        cursor = Cursor(status.uidvalidity, batch[-1].uid)
        saved = save_batch(place.store, arrivals, mailbox, folder, cursor)
        new += saved.new
        quarantined += saved.stages.get(Stage.QUARANTINED, 0)
        seen += len(batch)
        report(mailbox, "reading Sent" if ours else "fetching", seen, max(total, seen))
    return Fetched(new, quarantined)


def arrival_of(place: Workplace, mailbox: str, fetched: FetchedMail, ours: bool) -> Arrival:
    """A fetched mail with the stage that its case starts in; what cannot be read is quarantined."""
    try:
        message = read_message(fetched.raw, place.settings.limits)
    except UnreadableMessage as error:
        return _unreadable(fetched, ours, str(error))
    except Exception as error:  # one mail must never keep those behind it from being read
        log.exception("mailbox=%s folder=%s uid=%d step=reading", mailbox, fetched.folder, fetched.uid)
        return _unreadable(fetched, ours, f"it could not be read ({type(error).__name__}): look at it in a mail client")
    if ours:
        return Arrival(fetched, message, _thread(message), True, None)
    if message.sender.address in place.settings.own_addresses:
        # not trusted to be ours: anybody can write our address into From, so it joins no conversation
        return Arrival(fetched, message, Thread(), False, Stage.SKIPPED, "sent from one of our own addresses")
    if too_old := _before_start(place, mailbox, fetched):
        return Arrival(fetched, message, _thread(message), False, Stage.FILED, too_old)
    # a doubtful sender may look like somebody in a conversation, so it opens one of its own
    return Arrival(fetched, message, Thread() if message.trust.warnings else _thread(message))


def _unreadable(fetched: FetchedMail, ours: bool, why: str) -> Arrival:
    blank = Message(subject="(unreadable mail)", defects=(why,))
    return Arrival(fetched, blank, Thread(), ours, None if ours else Stage.QUARANTINED, why)


def _thread(message: Message) -> Thread:
    key = base_subject(message.subject)
    return Thread(parent_ids(message)[:MOST_PARENTS], key.casefold(), key.strip() != message.subject.strip())


def _before_start(place: Workplace, mailbox: str, fetched: FetchedMail) -> str:
    since = place.mailbox(mailbox).since
    if since is None or fetched.arrived is None:
        return ""
    start = datetime.combine(since, time.min, ZoneInfo(place.settings.company.time_zone))
    return f"arrived before {since}, where this mailbox starts" if fetched.arrived < start.astimezone(UTC) else ""
