"""A reply on its way out, and how far it has come with each of its recipients."""

from datetime import datetime
from enum import StrEnum

from models.record import Record


class OutboxState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class RecipientState(StrEnum):
    """What is known of one recipient; `accepted` and `refused` are final."""

    WAITING = "waiting"
    """Not tried yet, or told to come back later (4xx)."""
    ACCEPTED = "accepted"
    """The server took the reply for it: it is never sent there again (promise D)."""
    REFUSED = "refused"
    """The server will not take it (5xx), or has put it off for too long."""
    UNKNOWN = "unknown"
    """The line broke after the final dot (RFC 5321 section 4.5.3.2.6)."""


class RecipientResult(Record):
    """The server's last word about one recipient, in the terms of RFC 5321 section 4.2.

    `code` is the reply code (550), `status` the enhanced one (5.1.1, RFC 3463), `text` what else the server said.
    """

    address: str
    state: RecipientState = RecipientState.WAITING
    code: int | None = None
    status: str = ""
    text: str = ""
    at: datetime | None = None

    def __str__(self) -> str:
        said = " ".join(str(part) for part in (self.code, self.text) if part)
        return f"{self.address}: {said}" if said else self.address


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
    first_attempt: datetime | None = None
    next_attempt: datetime | None = None
    error: str = ""
    filed: bool = False
    results: tuple[RecipientResult, ...] = ()

    @property
    def pending(self) -> tuple[str, ...]:
        """Whom the next attempt is for."""
        return self.those(RecipientState.WAITING)

    def those(self, state: RecipientState) -> tuple[str, ...]:
        return tuple(result.address for result in self.results if result.state is state)
