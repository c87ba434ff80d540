"""What a mail off the server is to us: read, threaded, and the stage that its case starts in. Pure; no I/O."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from mail.reading import read_message
from mail.threads import base_subject, parent_ids
from mail.trust.judging import NOBODY, Receiver
from models.case import Stage
from models.errors import UnreadableMessage
from models.message import FetchedMail, Message
from store.fresh import Arrival
from store.threading import Thread
from tasks.progress import log
from tasks.workplace import Workplace

MOST_PARENTS = 50
"""Ancestors that are looked up, the nearest first; a hostile References header may name thousands."""


def arrival_of(
    place: Workplace,
    mailbox: str,
    fetched: FetchedMail,
    ours: bool,
    receiver: Receiver = NOBODY,
    read: Message | UnreadableMessage | None = None,
) -> Arrival:
    """A fetched mail with the stage that its case starts in; what cannot be read is quarantined. `read` is the mail as
    one of `mail.readers` has read it for this `receiver`."""
    try:
        if isinstance(read, UnreadableMessage):
            raise read
        message = read or read_message(fetched.raw, place.settings.limits, receiver)
    except UnreadableMessage as error:
        return _unreadable(fetched, ours, str(error))
    except Exception as error:  # one mail must never keep those behind it from being read
        log.exception("mailbox=%s folder=%s uid=%d step=reading", mailbox, fetched.folder, fetched.uid)
        return _unreadable(fetched, ours, f"it could not be read ({type(error).__name__}): look at it in a mail client")
    if ours:
        # what somebody else has written may lie in Sent too, moved or filed there, and is no answer of ours
        by_us = message.sender.address in place.settings.own_addresses
        return Arrival(fetched, message, _thread(message) if by_us else Thread(apart=True), True, None)
    if message.sender.address in place.settings.own_addresses:
        # not trusted to be ours: anybody can write our address into From, so it joins no conversation
        return Arrival(fetched, message, Thread(), False, Stage.SKIPPED, "sent from one of our own addresses")
    if too_old := _before_start(place, mailbox, fetched):
        return Arrival(fetched, message, _thread(message), False, Stage.FILED, too_old)
    # a doubtful sender may look like somebody in a conversation, so it opens one of its own
    return Arrival(fetched, message, Thread() if message.trust.is_doubtful else _thread(message))


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
    return f"arrived before {since}, where this mailbox starts" if fetched.arrived < start_of(place, since) else ""


def start_of(place: Workplace, day: date) -> datetime:
    """Midnight where the company is, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(place.settings.company.time_zone)).astimezone(UTC)
