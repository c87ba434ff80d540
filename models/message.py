"""One mail, parsed once. Everything later reads this record and never the raw bytes again."""

from datetime import datetime
from enum import StrEnum

from models.record import Record


class Kind(StrEnum):
    """What sort of sender wrote it; only `human` mail is ever answered (RFC 3834 section 2)."""

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    LIST = "list"
    BULK = "bulk"
    NOTIFICATION = "notification"
    CALENDAR = "calendar"


class Address(Record):
    """A mailbox as in RFC 5322 section 3.4; `address` is lower case, `name` is decoded."""

    name: str = ""
    address: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


class Attachment(Record):
    """A part that is not the text of the mail. `text` is what could be read out of it, if anything."""

    name: str
    type: str
    size: int
    text: str = ""


class BounceRecipient(Record):
    """One recipient of a delivery report (RFC 3464): `status` as 5.1.1, `reply_code` as 550."""

    address: str = ""
    status: str = ""
    reply_code: str = ""


class Bounce(Record):
    recipients: tuple[BounceRecipient, ...] = ()


class SenderTrust(Record):
    """What is known about the claim in From. `warnings` are sentences for the reviewer."""

    reply_to_differs: bool = False
    warnings: tuple[str, ...] = ()


class Message(Record):
    """A parsed mail. `text` is all of it, `reply_text` only what the sender newly wrote."""

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    sender: Address = Address()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    reply_text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    language: str = "und"
    kind: Kind = Kind.HUMAN
    kind_reason: str = ""
    bounce: Bounce | None = None
    trust: SenderTrust = SenderTrust()
    hidden_text: str = ""
    defects: tuple[str, ...] = ()


class FetchedMail(Record):
    """Raw bytes as they lie in an IMAP folder, keyed as the promise L wants it.

    `flags` are IMAP flags and keywords, `arrived` is INTERNALDATE (RFC 9051 section 2.3.3).
    """

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    raw: bytes
    flags: tuple[str, ...] = ()
    arrived: datetime | None = None
