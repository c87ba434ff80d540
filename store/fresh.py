"""A mail that is not stored yet: what its rows hold, and the stage that its case starts in."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from models.case import Stage
from models.classification import Classification
from models.message import FetchedMail, Message
from store.adopted import BY_HAND
from store.classifications import label_of
from store.database import Store
from store.elsewhere import DELETED
from store.presence import Absence
from store.tables import messages
from store.threading import KEY_CHARS, Thread


@dataclass(frozen=True)
class Arrival:
    """A fetched mail with what the caller made of it.

    `stage` is where its case starts (None: no case, for mail in Sent), `reason` says why. `sorted_as` is what it was
    taken for, when it was sorted before it is saved.
    """

    fetched: FetchedMail
    message: Message
    thread: Thread
    ours: bool = False
    stage: Stage | None = Stage.RECEIVED
    reason: str = ""
    sorted_as: Classification | None = None


NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Fresh:
    """A mail that is not stored yet; `is_copy` when the very same mail is, under another UID, in `conversation` (0: it
    came in this very batch)."""

    arrival: Arrival
    is_copy: bool = False
    conversation: int = 0
    at: datetime = NEVER

    def __post_init__(self) -> None:
        self.raw_hash = hashlib.sha256(self.arrival.fetched.raw).hexdigest()

    @property
    def keys(self) -> list[str]:
        """What a copy of it would have in common with it."""
        return [key for key in (self.raw_hash, self.arrival.fetched.email_id) if key]

    @property
    def is_deleted(self) -> bool:
        return self.arrival.fetched.has_flag("\\Deleted")


def message_row(new: Fresh, conversation: int) -> dict[str, Any]:
    """Its row in `messages`."""
    fetched, message, thread = new.arrival.fetched, new.arrival.message, new.arrival.thread
    return {
        "mailbox": fetched.mailbox,
        "folder": fetched.folder,
        "uidvalidity": fetched.uidvalidity,
        "uid": fetched.uid,
        "raw_hash": new.raw_hash,
        "message_id": message.message_id[:KEY_CHARS],
        "in_reply_to": (thread.parents[0] if thread.parents else "")[:KEY_CHARS],
        "conversation_id": conversation,
        "ours": new.arrival.ours,
        "arrived": new.at,
        "record": message.model_dump_json(exclude_defaults=True),
        "raw": zlib.compress(fetched.raw, 1),
        "email_id": fetched.email_id,
        "answered": fetched.has_flag("\\Answered"),
        "absence": Absence.DELETED if new.is_deleted else None,
    }


def first_stage(new: Fresh, answered: set[str]) -> tuple[Stage, str]:
    """Where its case starts and why; `answered` holds Message-IDs that a mail in Sent replies to."""
    arrival = new.arrival
    assert arrival.stage is not None
    if arrival.stage in (Stage.SKIPPED, Stage.QUARANTINED):
        return arrival.stage, arrival.reason
    if new.is_copy:
        return Stage.SKIPPED, "the very same mail came before"
    if arrival.stage is Stage.FILED:
        return arrival.stage, arrival.reason
    if arrival.message.message_id[:KEY_CHARS] in answered or arrival.fetched.has_flag("\\Answered"):
        return Stage.FILED, BY_HAND
    if new.is_deleted:
        return Stage.FILED, DELETED
    return arrival.stage, arrival.reason


def case_row(store: Store, new: Fresh, row_id: int, conversation: int, stage: Stage, reason: str) -> dict[str, Any]:
    """Its row in `cases`."""
    found = new.arrival.sorted_as if stage is not Stage.SKIPPED else None
    left = stage is Stage.FILED and reason == DELETED
    return {
        "mailbox": new.arrival.fetched.mailbox,
        "message_id": row_id,
        "conversation_id": conversation,
        "stage": stage,
        "version": 1,
        "reason": reason,
        "category": found.category if found and not found.abstained else None,
        "label": (label_of(found) if found else None) or "",
        "left_stage": new.arrival.stage if left else None,
        "left_version": 1 if left else None,
        "arrived": new.at,
        "updated": store.clock(),
    }


def answered_ids(connection: Connection, mailbox: str, message_ids: Sequence[str]) -> set[str]:
    """Those Message-IDs that one of our own mails, found in Sent, replies to."""
    ids = [message_id[:KEY_CHARS] for message_id in message_ids if message_id]
    query = select(messages.c.in_reply_to).where(
        messages.c.mailbox == mailbox, messages.c.in_reply_to.in_(ids), messages.c.ours
    )
    return set(connection.execute(query).scalars())
