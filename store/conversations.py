"""Conversations: finding and reading them, whose turn it is, and what a later word does to an earlier question."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Text, and_, cast, exists, or_, select, update

from models.case import Stage
from models.conversation import Conversation, ConversationStatus, Turn
from models.errors import NotFound
from models.message import Message
from store.database import Store
from store.tables import cases, conversations, messages


def conversation_of(row: RowMapping) -> Conversation:
    return Conversation(**{name: row[name] for name in Conversation.model_fields})


def get_conversation(store: Store, conversation_id: int) -> Conversation:
    """Raises NotFound."""
    with store.read() as connection:
        query = select(conversations).where(conversations.c.id == conversation_id)
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"there is no conversation {conversation_id}")
    return conversation_of(row)


def find_conversations(
    store: Store,
    mailbox: str | None = None,
    status: ConversationStatus | None = None,
    limit: int = 100,
    offset: int = 0,
    words: str = "",
) -> list[Conversation]:
    """The latest first; `words` is looked for in the subject and in the addresses of those who take part."""
    query = select(conversations).order_by(conversations.c.updated.desc()).limit(limit).offset(offset)
    if mailbox:
        query = query.where(conversations.c.mailbox == mailbox)
    if status:
        query = query.where(conversations.c.status == status)
    if words:
        people = cast(conversations.c.participants, Text)
        query = query.where(
            conversations.c.subject.icontains(words, autoescape=True) | people.icontains(words, autoescape=True)
        )
    with store.read() as connection:
        return [conversation_of(row) for row in connection.execute(query).mappings()]


def get_turns(store: Store, conversation_id: int, before: int | None = None, limit: int = 20) -> list[Turn]:
    """The last `limit` messages in order of arrival; with `before`, only those up to that message's row id.

    Without bounces: anybody can forge one that joins a conversation, and its words are nobody's who takes part.
    """
    query = select(messages.c.record, messages.c.ours, messages.c.arrived, messages.c.id).where(
        messages.c.conversation_id == conversation_id, ~_is_bounce(), ~is_copy()
    )
    with store.read() as connection:
        if before is not None:
            at = connection.execute(select(messages.c.arrived).where(messages.c.id == before)).scalar_one()
            query = query.where(~_after(at, before))
        latest = query.order_by(messages.c.arrived.desc(), messages.c.id.desc()).limit(limit)
        rows = connection.execute(latest).all()[::-1]
    return [Turn(message=Message.model_validate_json(row.record), ours=row.ours, at=row.arrived) for row in rows]


def set_facts(store: Store, conversation_id: int, facts: dict[str, str]) -> None:
    with store.write() as connection:
        where = conversations.c.id == conversation_id
        connection.execute(update(conversations).where(where).values(facts=facts))


def set_status(connection: Connection, conversation_ids: Sequence[int], status: ConversationStatus) -> None:
    """Says whose turn it is. A conversation with an escalated case stays with its person."""
    held = select(cases.c.conversation_id).where(
        cases.c.conversation_id.in_(conversation_ids), cases.c.stage == Stage.ESCALATED
    )
    where: ColumnElement[bool] = conversations.c.id.in_(conversation_ids)
    if status is not ConversationStatus.ESCALATED:
        where = and_(where, conversations.c.id.not_in(held))
    connection.execute(update(conversations).where(where).values(status=status))


def close_silent(store: Store, mailbox: str, before: datetime) -> int:
    """Closes conversations that have waited on the customer since `before`; returns how many."""
    where = (
        (conversations.c.mailbox == mailbox)
        & (conversations.c.status == ConversationStatus.WAITING_ON_CUSTOMER)
        & (conversations.c.updated < before)
    )
    with store.write() as connection:
        return connection.execute(update(conversations).where(where).values(status=ConversationStatus.CLOSED)).rowcount


def _after(arrived: datetime, row_id: int) -> ColumnElement[bool]:
    """Mail of the same second is told apart by its row."""
    later, same = messages.c.arrived > arrived, messages.c.arrived == arrived
    return later | (same & (messages.c.id > row_id))


def _replies_to(message_id: str) -> ColumnElement[bool]:
    return and_(messages.c.ours, messages.c.in_reply_to == message_id, messages.c.in_reply_to != "")


def is_copy() -> ColumnElement[bool]:
    """Whether the very same mail is in the conversation already, from another folder: it is one word, not two.

    By its bytes, or by the id that its server gives it in every folder (a mail under two labels of Gmail).
    """
    first = messages.alias("first")
    here = and_(*(first.c[name] == messages.c[name] for name in ("conversation_id", "ours")))
    same_id = and_(messages.c.email_id != "", *(first.c[name] == messages.c[name] for name in ("mailbox", "email_id")))
    same = or_(first.c.raw_hash == messages.c.raw_hash, same_id)
    return exists(select(first.c.id).where(here, same, first.c.id < messages.c.id))


def _is_bounce() -> ColumnElement[bool]:
    """By the field of its record. Within a text the quotation marks have a backslash before them."""
    return messages.c.record.contains('"bounce":{', autoescape=True)


def newer_message(connection: Connection, case_id: int) -> int | None:
    """Row id of a later word in the same conversation; None when the case is the last.

    A mail of ours counts only when it replies to this very mail: what went out between two mails of the customer
    answers the first alone. Automatic and unreadable mail does not count: a vacation notice silences no question, nor
    does a bounce that is not sorted yet.
    """
    own = connection.execute(
        select(messages.c.id, messages.c.arrived, messages.c.conversation_id, messages.c.message_id)
        .join(cases, cases.c.message_id == messages.c.id)
        .where(cases.c.id == case_id)
    ).one()
    idle = [Stage.SKIPPED, Stage.QUARANTINED]
    query = (
        select(messages.c.id)
        .outerjoin(cases, cases.c.message_id == messages.c.id)
        .where(messages.c.conversation_id == own.conversation_id)
        .where(_after(own.arrived, own.id))
        .where(_replies_to(own.message_id) | (cases.c.stage.not_in(idle) & ~_is_bounce()))
        .order_by(messages.c.arrived.desc(), messages.c.id.desc())
    )
    return connection.execute(query.limit(1)).scalar()
