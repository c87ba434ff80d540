"""One inbound message's journey: its stages, and the only moves between them."""

from datetime import datetime
from enum import StrEnum

from models.record import Record


class Stage(StrEnum):
    RECEIVED = "received"
    AWAITING_CATEGORY = "awaiting_category"
    CATEGORIZED = "categorized"
    DRAFTED = "drafted"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    FILED = "filed"
    SKIPPED = "skipped"
    ESCALATED = "escalated"
    QUARANTINED = "quarantined"
    UNKNOWN = "unknown"


S = Stage

LEGAL_MOVES: dict[Stage, frozenset[Stage]] = {
    S.RECEIVED: frozenset({S.CATEGORIZED, S.AWAITING_CATEGORY, S.SKIPPED, S.ESCALATED, S.QUARANTINED, S.FILED}),
    S.AWAITING_CATEGORY: frozenset({S.CATEGORIZED, S.SKIPPED, S.ESCALATED, S.FILED}),
    S.CATEGORIZED: frozenset({S.DRAFTED, S.FILED, S.ESCALATED, S.QUARANTINED}),
    S.DRAFTED: frozenset({S.AWAITING_APPROVAL, S.APPROVED, S.ESCALATED, S.FILED}),
    # sent at once when a person has sent the reply from a mail client
    S.AWAITING_APPROVAL: frozenset({S.APPROVED, S.CATEGORIZED, S.ESCALATED, S.FILED, S.SENT}),
    # back to waiting when the kill switch, or a demotion, comes between approval and sending
    S.APPROVED: frozenset({S.SENDING, S.AWAITING_APPROVAL, S.ESCALATED, S.SENT}),
    # back to approved when the server answers 4xx or the line breaks before the final dot
    S.SENDING: frozenset({S.SENT, S.APPROVED, S.ESCALATED, S.UNKNOWN}),
    S.UNKNOWN: frozenset({S.SENT, S.ESCALATED, S.APPROVED}),
    S.SENT: frozenset(),
    # a person may always take a case back onto the road; so does mail that comes back into its folder
    S.FILED: frozenset({S.CATEGORIZED, S.ESCALATED, S.RECEIVED, S.QUARANTINED}),
    S.SKIPPED: frozenset({S.RECEIVED}),
    S.ESCALATED: frozenset({S.APPROVED, S.CATEGORIZED, S.FILED}),
    S.QUARANTINED: frozenset({S.RECEIVED, S.FILED}),
}
"""From each stage, where a case may go next. `escalated → approved` is a reply written by a person,
`unknown → approved` a person's explicit resend."""


class Case(Record):
    """A row of the store's `cases`. `version` grows by one with each move."""

    id: int
    mailbox: str
    message_id: int
    """Row id of the message, not its Message-ID."""
    conversation_id: int
    stage: Stage
    version: int
    reason: str = ""
    """Why it stands where it stands, as a sentence for a person."""
    category: str | None = None
    arrived: datetime
    updated: datetime
