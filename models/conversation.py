"""The thread a message belongs to, and whose turn it is."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from models.message import Address, Kind, Message
from models.record import Record


class ConversationStatus(StrEnum):
    OPEN = "open"
    WAITING_ON_US = "waiting_on_us"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Conversation(Record):
    """`facts` are required fields already known: `{"serial_number": "K1-0047391"}`."""

    id: int
    mailbox: str
    subject: str
    status: ConversationStatus
    participants: tuple[Address, ...] = ()
    facts: dict[str, str] = Field(default_factory=dict)
    opened: datetime
    updated: datetime


class Turn(Record):
    """One message of a conversation, in order; `ours` when the team (or Mailstage) wrote it."""

    message: Message
    ours: bool
    at: datetime

    @property
    def by_person(self) -> bool:
        """Whether we or a customer wrote it: a bounce or a notice of absence stands in the thread for neither."""
        return self.ours or self.message.kind is Kind.HUMAN
