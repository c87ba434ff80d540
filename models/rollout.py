"""How far a mailbox may go, and the evidence on which it is let further."""

from datetime import datetime
from enum import IntEnum

from pydantic import Field

from models.record import Record


class Phase(IntEnum):
    CATEGORIZE = 1
    DRAFT = 2
    CONVERSE = 3


class MailboxState(Record):
    """The switch of one mailbox. `paused` stops every draft and every send at once; mail is still sorted."""

    mailbox: str
    phase: Phase = Phase.CATEGORIZE
    paused: bool = False
    changed_by: str = ""
    changed_at: datetime | None = None
    phase_since: datetime | None = None
    reason: str = ""


class Proportion(Record):
    """`successes` of `trials` with a 95% confidence interval (Wilson score, 1927)."""

    successes: int
    trials: int
    low: float = 0.0
    high: float = 1.0

    @property
    def value(self) -> float | None:
        return self.successes / self.trials if self.trials else None


class Evidence(Record):
    """What is known about a mailbox's quality; shown before a promotion."""

    mailbox: str
    reviewed: int
    category_accuracy: Proportion
    """Cases where the person who reviewed kept the category that the model had put first."""
    acceptance: Proportion
    """Decided drafts that went out unchanged."""
    open_incidents: int
    """Cases that stand escalated, quarantined or unknown."""
    needed: "Requirement"
    shortfalls: tuple[str, ...] = ()
    """One sentence a missing thing; empty when the evidence suffices."""

    @property
    def suffices(self) -> bool:
        return not self.shortfalls


class Requirement(Record):
    """What a promotion asks for; the lower ends of the intervals must reach these."""

    reviewed: int = Field(default=30, ge=0)
    category_accuracy: float = Field(default=0.85, ge=0, le=1)
    acceptance: float = Field(default=0.70, ge=0, le=1)
    open_incidents: int = Field(default=3, ge=0)


Evidence.model_rebuild()
