"""The append-only log of every decision; the database itself refuses to change it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from models.record import Record
from store.database import Store
from store.tables import audit


class AuditEntry(Record):
    at: datetime
    actor: str
    action: str
    mailbox: str
    subject: str
    detail: dict[str, Any]


def record(
    connection: Connection, now: datetime, actor: str, action: str, mailbox: str, subject: str, **detail: Any
) -> None:
    """Adds one entry. `subject` is what it is about: `case 12`, `review 3`, `mailbox`."""
    row = {"at": now, "actor": actor, "action": action, "mailbox": mailbox, "subject": subject, "detail": detail}
    connection.execute(insert(audit).values(row))


def entries(store: Store, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
    """The newest entries first."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if subject:
        query = query.where(audit.c.subject == subject)
    with store.read() as connection:
        rows = connection.execute(query).mappings()
        return [AuditEntry(**{key: row[key] for key in AuditEntry.model_fields}) for row in rows]


def entries_about(store: Store, subjects: Sequence[str], limit: int = 200) -> list[AuditEntry]:
    """The newest entries first about any of several subjects: the cases of one conversation, say."""
    query = select(audit).where(audit.c.subject.in_(subjects)).order_by(audit.c.id.desc()).limit(limit)
    with store.read() as connection:
        rows = connection.execute(query).mappings()
        return [AuditEntry(**{key: row[key] for key in AuditEntry.model_fields}) for row in rows]


def record_once(store: Store, actor: str, action: str, subject: str) -> bool:
    """Adds an entry unless there is one about the same subject; False when there is. Spends a one-time link."""
    with store.write() as connection:
        if connection.execute(select(audit.c.id).where(audit.c.subject == subject)).first():
            return False
        record(connection, store.clock(), actor, action, "", subject)
        return True
