"""The way into quarantine and out of it: somebody is asked to look, or the mail could be read after all."""

import hashlib
import zlib

from sqlalchemy import Connection, update

from models.case import Case, Stage
from models.message import Message
from models.record import canonical_hash
from models.review import ReviewKind
from store import audit
from store.cases import move_in
from store.database import Store
from store.reviews import open_review, withdraw
from store.tables import messages


def ask_about(connection: Connection, store: Store, case: Case) -> None:
    """A quarantined mail stands in the queue, so that somebody looks at it in a mail client or has it read again."""
    shown = canonical_hash([case.id, case.message_id])
    open_review(connection, store, case, ReviewKind.ACTION, shown, {"why": case.reason})


def release_mail(store: Store, case: Case, message: Message, raw: bytes) -> Case:
    """Keeps what could now be read, closes the question about it, and lets the case begin anew."""
    values = {
        "record": message.model_dump_json(exclude_defaults=True),
        "raw": zlib.compress(raw, 1),
        "raw_hash": hashlib.sha256(raw).hexdigest(),
        "message_id": message.message_id[:500],
    }
    with store.write() as connection:
        connection.execute(update(messages).where(messages.c.id == case.message_id).values(values))
        withdraw(connection, store, case.id, "it could be read after all")
        audit.record(connection, store.clock(), "mailstage", "read again", case.mailbox, f"case {case.id}")
        return move_in(connection, store, case, Stage.RECEIVED, "read again")
