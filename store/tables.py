"""The tables, as SQLAlchemy Core sees them; `migrations/` builds the same in a database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import DateTime, TypeDecorator

metadata = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in and out, UTC in the database (SQLite knows no zones)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def _id() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


cursors = Table(
    "cursors",
    metadata,
    Column("mailbox", String(100), primary_key=True),
    Column("folder", String(500), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("modseq", BigInteger, nullable=False, server_default="0"),
    Column("trouble", Text, nullable=False, server_default=""),
)

backfills = Table(
    "backfills",
    metadata,
    Column("mailbox", String(100), primary_key=True),
    Column("folder", String(500), primary_key=True),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("drafts", Boolean, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    # the newest first: everything with a UID below this is still to do
    Column("below", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("sorted", BigInteger, nullable=False),
    Column("unsure", BigInteger, nullable=False, server_default="0"),
    Column("started", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Column("finished", UtcDateTime),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    Column("mailbox", String(100), nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_key", String(500), nullable=False),
    Column("status", String(30), nullable=False),
    Column("participants", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("opened", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Index("conversations_by_subject", "mailbox", "subject_key"),
    Index("conversations_by_status", "status", "updated"),
)

thread_ids = Table(
    "thread_ids",
    metadata,
    Column("mailbox", String(100), primary_key=True),
    Column("message_id", String(500), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    Column("mailbox", String(100), nullable=False),
    Column("folder", String(500), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("raw_hash", String(64), nullable=False),
    Column("message_id", String(500), nullable=False),
    Column("in_reply_to", String(500), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("ours", Boolean, nullable=False),
    Column("arrived", UtcDateTime, nullable=False),
    Column("record", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    # what the server calls it in whatever folder, and what others did to it there; see `store/presence.py`
    Column("email_id", String(100), nullable=False, server_default=""),
    Column("answered", Boolean, nullable=False, server_default=false()),
    Column("absence", String(10)),
    UniqueConstraint("mailbox", "folder", "uidvalidity", "uid", name="messages_key"),
    Index("messages_by_email_id", "mailbox", "email_id"),
    Index("messages_by_absence", "mailbox", "absence"),
    Index("messages_by_hash", "mailbox", "raw_hash"),
    Index("messages_by_message_id", "mailbox", "message_id"),
    Index("messages_by_in_reply_to", "mailbox", "in_reply_to"),
    Index("messages_by_conversation", "conversation_id"),
)

cases = Table(
    "cases",
    metadata,
    _id(),
    Column("mailbox", String(100), nullable=False),
    Column("message_id", ForeignKey("messages.id"), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("stage", String(30), nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("category", String(50)),
    Column("claim", String(40)),
    Column("claimed_until", UtcDateTime),
    Column("label", String(50), nullable=False),
    # where it stood when its mail left the folder, and the version it got by that: so it can be taken up again
    Column("left_stage", String(30)),
    Column("left_version", Integer),
    Column("arrived", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Index("cases_by_stage", "mailbox", "stage", "id"),
    Index("cases_by_conversation", "conversation_id"),
    Index("cases_to_label", "mailbox", "id", sqlite_where=text("label LIKE '+%'")),
)

classifications = Table(
    "classifications",
    metadata,
    _id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("category", String(50)),
    Column("probability", Float, nullable=False),
    Column("decided_by", String(20), nullable=False),
    # what the answer took: processor time, and US dollars
    Column("milliseconds", Float, nullable=False, server_default="0"),
    Column("cost", Float, nullable=False, server_default="0"),
    Column("record", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Index("classifications_by_case", "case_id"),
)

drafts = Table(
    "drafts",
    metadata,
    _id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("shown_hash", String(64), nullable=False),
    Column("provider", String(100), nullable=False),
    Column("cost", Float, nullable=False),
    Column("record", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Index("drafts_by_case", "case_id"),
)

reviews = Table(
    "reviews",
    metadata,
    _id(),
    Column("mailbox", String(100), nullable=False),
    Column("case_id", ForeignKey("cases.id")),
    Column("kind", String(20), nullable=False),
    Column("shown_hash", String(64), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("outcome", String(20)),
    Column("decided_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("edit", Text),
    Column("created", UtcDateTime, nullable=False),
    Column("decided", UtcDateTime),
    # when it counts as asked, see `store/turn.py`; and the mails of one wording that it belongs to
    Column("turn", UtcDateTime),
    Column("campaign", BigInteger),
    Index("reviews_waiting", "outcome", "mailbox", "id"),
    Index("reviews_by_campaign", "campaign"),
    Index("reviews_by_case", "case_id"),
    # one open question for a case, whatever two runs think
    Index(
        "reviews_one_open",
        "case_id",
        unique=True,
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    ),
)

# one wording of a mailbox's mail, by the fingerprint of the first mail that bore it
campaigns = Table(
    "campaigns",
    metadata,
    _id(),
    Column("mailbox", String(100), nullable=False),
    Column("fingerprint", String(512), nullable=False),
    Column("seen", UtcDateTime, nullable=False),
)

campaign_bands = Table(
    "campaign_bands",
    metadata,
    Column("mailbox", String(100), primary_key=True),
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("campaign", ForeignKey("campaigns.id"), primary_key=True),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    # promise D: one reply for a case; promise A: none without its approval
    Column("case_id", ForeignKey("cases.id"), nullable=False, unique=True),
    Column("review_id", ForeignKey("reviews.id"), nullable=False, unique=True),
    Column("mailbox", String(100), nullable=False),
    Column("message_id", String(500), nullable=False, unique=True),
    Column("envelope_from", String(320), nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("approved_hash", String(64), nullable=False),
    Column("by_policy", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("token", String(40)),
    Column("lease_until", UtcDateTime),
    Column("transmitting", Boolean, nullable=False, server_default=false()),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt", UtcDateTime),
    Column("next_attempt", UtcDateTime),
    Column("error", Text, nullable=False),
    Column("filed", Boolean, nullable=False, server_default=false()),
    # what the answered mail said, so that a robot which says the same again is recognised
    Column("fingerprint", String(64), nullable=False, server_default=""),
    Column("created", UtcDateTime, nullable=False),
    Column("sent", UtcDateTime),
    Index("outbox_by_state", "mailbox", "state", "id"),
    Index("outbox_by_fingerprint", "fingerprint", "created"),
)

recipients = Table(
    "recipients",
    metadata,
    _id(),
    Column("outbox_id", ForeignKey("outbox.id"), nullable=False),
    Column("address", String(320), nullable=False),
    Column("state", String(20), nullable=False),
    Column("code", Integer),
    Column("status", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime),
    UniqueConstraint("outbox_id", "address", name="recipients_key"),
    Index("recipients_by_address", "address", "outbox_id"),
)

placed_drafts = Table(
    "placed_drafts",
    metadata,
    _id(),
    Column("mailbox", String(100), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    # one copy in Drafts for a question, ever: one that a person deletes is not put back
    Column("review_id", ForeignKey("reviews.id"), nullable=False, unique=True),
    Column("message_id", String(500), nullable=False),
    Column("state", String(20), nullable=False),
    Column("lease_until", UtcDateTime),
    Column("created", UtcDateTime, nullable=False),
    Index("placed_drafts_by_case", "case_id"),
    Index("placed_drafts_by_state", "mailbox", "state"),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("mailbox", String(100), primary_key=True),
    Column("phase", Integer, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("changed_by", String(200), nullable=False),
    Column("changed_at", UtcDateTime),
    Column("phase_since", UtcDateTime),
    Column("reason", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(50), nullable=False),
    Column("mailbox", String(100), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("audit_by_subject", "subject"),
)

instance = Table("instance", metadata, Column("id", String(36), primary_key=True))
