"""What a person must decide, and what they decided."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from models.record import Record

EVERY_MAILBOX = "*"
"""The mailbox that a question about the model bears: one model sorts the mail of all."""


class ReviewKind(StrEnum):
    CATEGORY = "category"
    DRAFT = "draft"
    ACTION = "action"
    PROMOTION = "promotion"
    MODEL = "model"


class Outcome(StrEnum):
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    EXPIRED = "expired"


DECIDED = (Outcome.APPROVED, Outcome.EDITED, Outcome.REJECTED)
"""What people answer; a question that has expired was answered by nobody."""


class Review(Record):
    """A row of the store's `reviews`; `outcome` is None while it waits."""

    id: int
    mailbox: str
    case_id: int | None = None
    kind: ReviewKind
    shown_hash: str
    """Hash of exactly what is shown; a decision must name it, so nobody approves what has changed."""
    payload: dict[str, Any] = Field(default_factory=dict)
    outcome: Outcome | None = None
    decided_by: str = ""
    reason: str = ""
    edit: str | None = None
    created: datetime
    decided: datetime | None = None
    turn: datetime | None = None
    """When it counts as asked, see `store/turn.py`."""
    campaign: int | None = None
    """Equal for mails of one wording, which are decided together."""

    @property
    def whose(self) -> str:
        """The mailbox as a person calls it."""
        return "all mailboxes" if self.mailbox == EVERY_MAILBOX else self.mailbox


class Decision(Record):
    """A person's (or the policy's) answer to a review.

    `category` answers a category review; `body` is the edited text of a draft.
    """

    review_id: int
    outcome: Outcome
    decided_by: str
    shown_hash: str
    reason: str = ""
    category: str | None = None
    body: str | None = None


class Outgoing(Record):
    """The final bytes of an approved reply and its envelope (RFC 5321 section 2.3.1)."""

    message_id: str
    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes
    fingerprint: str = ""
    """What the answered mail said, as one number: a robot says the same again (`mail/kinds/loops.py`)."""

    @property
    def raw_hash(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()
