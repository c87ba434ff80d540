"""One mail, parsed once. Everything later reads this record and never the raw bytes again."""

import re
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from models.record import Record

_QUOTE_MARK = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)
_FORWARDED_HEAD = re.compile(r"(?:^[ \t*]*[^\n:]{1,40}:[^\n]*(?:\n|\Z)){2,}", re.MULTILINE)


class Kind(StrEnum):
    """What sort of sender wrote it; only `human` mail is ever answered (RFC 3834 section 2)."""

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    FEEDBACK_REPORT = "feedback_report"
    """A complaint about our mail, or a wish for no more of it (RFC 5965)."""
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
    """The media type that the mail states."""
    holds: str = ""
    """The media type that the bytes prove, where it is another."""
    size: int
    text: str = ""


class BounceRecipient(Record):
    """One recipient of a delivery report (RFC 3464): `status` as 5.1.1 (RFC 3463), `reply_code` as 550 (RFC 5321).

    Where the report states no status, it is the one that its words mean; a reply code is only ever quoted.
    """

    address: str = ""
    status: str = ""
    reply_code: str = ""
    permanent: bool = False
    """True when trying again cannot help: a failure of class 5, not a delay."""
    diagnostic: str = ""
    """What the mail systems said, in their words."""


class Bounce(Record):
    recipients: tuple[BounceRecipient, ...] = ()
    original_message_id: str = ""
    """Of the mail that came back, with its brackets; empty when the report does not name it."""


UNSEEN_TEXT = "The message holds text that its reader cannot see."
UNSEEN_CHARACTERS = "The message holds text in characters that nobody can see."
STYLE_NOT_FOLLOWED = "A style may hide text in a way that was not followed: the reader may have seen less."


class Authentication(StrEnum):
    """Whether the domain in From vouches for the message (DMARC's relaxed alignment, RFC 7489 section 3.1)."""

    PASS = "pass"
    FAIL = "fail"
    NONE = "none"
    """Nobody whom we trust has said anything."""
    TEMPERROR = "temperror"
    """It could not be found out for now."""


class SenderTrust(Record):
    """What is known about the claim in From. `warnings` are sentences for the reviewer."""

    reply_to_differs: bool = False
    warnings: tuple[str, ...] = ()
    authenticated: Authentication = Authentication.NONE
    details: tuple[str, ...] = ()
    """What that rests on, as `dkim=pass example.com`."""

    @property
    def is_doubtful(self) -> bool:
        """Whether it may pretend to be somebody; odd styles alone are the habit of many mail programs."""
        return bool(set(self.warnings) - {STYLE_NOT_FOLLOWED})

    @property
    def hides_text(self) -> bool:
        """More than every newsletter hides: the preview line that stands before everything else is no warning."""
        return not {UNSEEN_TEXT, UNSEEN_CHARACTERS}.isdisjoint(self.warnings)


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
    forwarded: str = ""
    """Mail that the sender passes on, its header on top. `reply_text` is then the note above it; without a note, the
    words of the forwarded mail."""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    language: str = "und"
    """ISO 639-1 of what the sender newly wrote, and how probable it is; "und" (ISO 639-2) where nothing tells."""
    language_probability: float = Field(default=0.0, ge=0, le=1)
    kind: Kind = Kind.HUMAN
    kind_reason: str = ""
    bounce: Bounce | None = None
    trust: SenderTrust = SenderTrust()
    hidden_text: str = ""
    defects: tuple[str, ...] = ()

    @property
    def request(self) -> str:
        """All that wants an answer: what the sender newly wrote, and below it the words of the mail they pass on."""
        if not self.forwarded:
            return self.reply_text
        passed_on = _QUOTE_MARK.sub("", self.forwarded)
        head = _FORWARDED_HEAD.search(passed_on)
        return f"{self.reply_text}\n\n{passed_on[head.end() if head else 0 :].strip()}".strip()


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
    email_id: str = ""
    """What the server calls this message whatever folder it lies in (Gmail's X-GM-MSGID, EMAILID of RFC 8474)."""

    def has_flag(self, name: str) -> bool:
        """Flags know no case (RFC 9051 section 2.3.2)."""
        return name.lower() in (flag.lower() for flag in self.flags)
