"""Which conversation a mail belongs to.

A header can claim anything, so a mail joins a conversation only when its sender already takes part in it: a stranger
who guesses a Message-ID must not read somebody else's thread in our reply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, Text, cast, insert, select, update

from models.case import Stage
from models.conversation import Conversation, ConversationStatus, Turn
from models.errors import NotFound
from models.message import Address, Message
from store.database import Store
from store.tables import cases, conversations, messages, thread_ids

SUBJECT_WINDOW = timedelta(days=60)
"""A reply that lost its References joins by subject only within this time."""


@dataclass(frozen=True)
class Thread:
    """How a mail says where it belongs: parents (nearest first) and, for replies, the base subject (RFC 5256)."""

    parents: tuple[str, ...] = ()
    subject_key: str = ""
    is_reply: bool = False


def join_conversation(
    connection: Connection, mailbox: str, message: Message, thread: Thread, ours: bool, at: datetime
) -> int:
    """The id of the conversation that the mail joins or opens; its links, people and status are brought up to date."""
    found = _by_links(connection, mailbox, message, thread, ours) or _by_subject(
        connection, mailbox, message, thread, ours, at
    )
    conversation = found["id"] if found else _open(connection, mailbox, message, thread, ours, at)
    if found:
        _touch(connection, found, message, ours, at)
    _remember_links(connection, mailbox, message, thread, conversation)
    return conversation


def _people(message: Message) -> list[Address]:
    return [person for person in (message.sender, *message.to, *message.cc) if person.address]


def _takes_part(row: RowMapping, message: Message, ours: bool) -> bool:
    known = {person["address"] for person in row["participants"]}
    return ours or message.sender.address in known


def _by_links(connection: Connection, mailbox: str, message: Message, thread: Thread, ours: bool) -> RowMapping | None:
    ids = [i[:500] for i in (*thread.parents, message.message_id) if i]
    if not ids:
        return None
    query = (
        select(conversations)
        .join(thread_ids, thread_ids.c.conversation_id == conversations.c.id)
        .where(thread_ids.c.mailbox == mailbox, thread_ids.c.message_id.in_(ids))
        .order_by(conversations.c.id)
    )
    rows = connection.execute(query).mappings().all()
    return next((row for row in rows if _takes_part(row, message, ours)), None)


def _by_subject(
    connection: Connection, mailbox: str, message: Message, thread: Thread, ours: bool, at: datetime
) -> RowMapping | None:
    if thread.parents or not thread.is_reply or not thread.subject_key:
        return None
    query = (
        select(conversations)
        .where(conversations.c.mailbox == mailbox, conversations.c.subject_key == thread.subject_key[:500])
        .where(conversations.c.updated > at - SUBJECT_WINDOW)
        .order_by(conversations.c.updated.desc())
        .limit(50)
    )
    people = {person.address for person in _people(message)}
    for row in connection.execute(query).mappings():
        others = {person["address"] for person in row["participants"]}
        if _takes_part(row, message, ours) and people & others:
            return row
    return None


def _status(ours: bool) -> ConversationStatus:
    return ConversationStatus.WAITING_ON_CUSTOMER if ours else ConversationStatus.WAITING_ON_US


def _open(connection: Connection, mailbox: str, message: Message, thread: Thread, ours: bool, at: datetime) -> int:
    row = {
        "mailbox": mailbox,
        "subject": message.subject,
        "subject_key": thread.subject_key[:500],
        "status": _status(ours),
        "participants": [person.model_dump() for person in _people(message)],
        "facts": {},
        "opened": at,
        "updated": at,
    }
    key: int = connection.execute(insert(conversations).values(row).returning(conversations.c.id)).scalar_one()
    return key


def _touch(connection: Connection, row: RowMapping, message: Message, ours: bool, at: datetime) -> None:
    known = {person["address"] for person in row["participants"]}
    newcomers = [person.model_dump() for person in _people(message) if person.address not in known]
    values = {"participants": row["participants"] + newcomers, "updated": max(at, row["updated"])}
    kept_by_a_person = row["status"] == ConversationStatus.ESCALATED and not ours
    if at >= row["updated"] and not kept_by_a_person:
        values["status"] = _status(ours)
    connection.execute(update(conversations).where(conversations.c.id == row["id"]).values(values))


def _remember_links(connection: Connection, mailbox: str, message: Message, thread: Thread, conversation: int) -> None:
    ids = {i[:500] for i in (message.message_id, *thread.parents) if i}
    if not ids:
        return
    here = thread_ids.c.mailbox == mailbox, thread_ids.c.conversation_id == conversation
    known = set(connection.execute(select(thread_ids.c.message_id).where(*here)).scalars())
    rows = [{"mailbox": mailbox, "message_id": i, "conversation_id": conversation} for i in sorted(ids - known)]
    if rows:
        connection.execute(insert(thread_ids), rows)


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


def get_turns(store: Store, conversation_id: int, before: int | None = None) -> list[Turn]:
    """The messages in order of arrival; with `before`, only those up to that message's row id."""
    query = select(messages.c.record, messages.c.ours, messages.c.arrived, messages.c.id).where(
        messages.c.conversation_id == conversation_id
    )
    with store.read() as connection:
        if before is not None:
            at = connection.execute(select(messages.c.arrived).where(messages.c.id == before)).scalar_one()
            query = query.where(~_after(at, before))
        rows = connection.execute(query.order_by(messages.c.arrived, messages.c.id)).all()
    return [Turn(message=Message.model_validate_json(row.record), ours=row.ours, at=row.arrived) for row in rows]


def set_facts(store: Store, conversation_id: int, facts: dict[str, str]) -> None:
    with store.write() as connection:
        where = conversations.c.id == conversation_id
        connection.execute(update(conversations).where(where).values(facts=facts))


def set_status(connection: Connection, conversation_ids: Sequence[int], status: ConversationStatus) -> None:
    where = conversations.c.id.in_(conversation_ids)
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


def newer_message(connection: Connection, case_id: int) -> int | None:
    """Row id of a later word in the same conversation, ours or a person's; None when the case is the last.

    Automatic and unreadable mail does not count: a vacation notice must not silence the question before it.
    """
    own = connection.execute(
        select(messages.c.id, messages.c.arrived, messages.c.conversation_id)
        .join(cases, cases.c.message_id == messages.c.id)
        .where(cases.c.id == case_id)
    ).one()
    idle = [Stage.SKIPPED, Stage.QUARANTINED]
    query = (
        select(messages.c.id)
        .outerjoin(cases, cases.c.message_id == messages.c.id)
        .where(messages.c.conversation_id == own.conversation_id)
        .where(_after(own.arrived, own.id))
        .where(messages.c.ours | cases.c.stage.not_in(idle))
        .order_by(messages.c.arrived.desc(), messages.c.id.desc())
    )
    return connection.execute(query.limit(1)).scalar()
