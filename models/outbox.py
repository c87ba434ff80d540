"""A reply on its way out, and how far it has come."""

from datetime import datetime
from enum import StrEnum

from models.record import Record


class OutboxState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class OutboxItem(Record):
    """A row of the store's `outbox`: at most one for each case (promise D).

    `approved_hash` is the SHA-256 of the bytes that were approved (promise A); `token` fences a claim.
    """

    id: int
    case_id: int
    mailbox: str
    message_id: str
    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes
    approved_hash: str
    state: OutboxState
    token: str | None = None
    transmitting: bool = False
    """Set just before the SMTP transaction: a claim that dies later may have been delivered."""
    attempts: int = 0
    next_attempt: datetime | None = None
    error: str = ""
    filed: bool = False
