"""Whether the promises held: read off the servers and the database themselves, not asked of the code under test.

IMAP through the standard library, the wire from the SMTP server's own folder, the store in plain SQL.
"""

import hashlib
import imaplib
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from tests.faults.smtp_server import Accepted, accepted

FOLDERS = ("INBOX", "Sent")
MOVING = """
    SELECT (SELECT count(*) FROM cases WHERE stage IN ('received', 'categorized', 'drafted', 'approved', 'sending'))
         + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'claimed') OR (state = 'sent' AND NOT filed))
"""
APPROVED = """
    SELECT outbox.message_id, outbox.approved_hash, outbox.state, reviews.outcome FROM outbox
    JOIN reviews ON reviews.id = outbox.review_id AND reviews.case_id = outbox.case_id
"""
REACHED = """
    SELECT outbox.message_id, recipients.address, recipients.state FROM recipients
    JOIN outbox ON outbox.id = recipients.outbox_id
"""
UNANSWERED = """
    SELECT cases.id, cases.stage FROM cases LEFT JOIN outbox ON outbox.case_id = cases.id
    WHERE cases.stage IN ('approved', 'sending', 'sent', 'unknown') AND outbox.id IS NULL
"""
UNASKED = """
    SELECT id FROM cases WHERE stage = 'unknown' AND NOT EXISTS
        (SELECT 1 FROM reviews WHERE reviews.case_id = cases.id AND reviews.outcome IS NULL)
"""


@dataclass(frozen=True)
class Account:
    """Where the audit reads a mailbox: the server itself, past any proxy."""

    port: int
    user: str
    password: str


@dataclass
class Verdict:
    """What was found amiss, one sentence each, and how many replies wait for a person who finds out."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unapproved: list[str] = field(default_factory=list)
    unknown: int = 0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.unapproved)


@dataclass(frozen=True)
class Place:
    """Where a mail lies on its server."""

    folder: str
    uidvalidity: int
    uid: int


def is_quiet(database: str) -> bool:
    """Nothing is on the move any more."""
    with _opened(database) as connection:
        return connection.execute(text(MOVING)).scalar() == 0


def audit(account: Account, database: str, wire_folder: Path) -> Verdict:
    verdict = Verdict()
    on_server = read_account(account)
    wire = accepted(wire_folder)
    with _opened(database) as connection:
        _rows(verdict, connection, on_server)
        _wire(verdict, connection, wire)
        _unknown(verdict, connection)
        _copies(verdict, connection, on_server, wire)
    return verdict


def _rows(verdict: Verdict, connection: Connection, on_server: dict[Place, bytes]) -> None:
    """Promise L: every mail on the server in exactly one row with its hash, and one case if it came in."""
    rows: Counter[Place] = Counter()
    query = (
        "SELECT messages.*, (SELECT count(*) FROM cases WHERE cases.message_id = messages.id) AS cases FROM messages"
    )
    for row in connection.execute(text(query)).mappings():
        place = Place(row["folder"], row["uidvalidity"], row["uid"])
        rows[place] += 1
        if place not in on_server:
            verdict.lost.append(f"{place} stands in the store and not on the server")
        elif hashlib.sha256(on_server[place]).hexdigest() != row["raw_hash"]:
            verdict.lost.append(f"{place} was stored with other bytes")
        if row["cases"] != (0 if row["ours"] else 1):
            verdict.lost.append(f"{place} has {row['cases']} cases")
    verdict.lost += [f"{place} has no row" for place in on_server if rows[place] == 0]
    verdict.duplicated += [f"{place} has {number} rows" for place, number in rows.items() if number > 1]


def _wire(verdict: Verdict, connection: Connection, wire: list[Accepted]) -> None:
    """Promises D and A, and that what counts as sent was."""
    reached = Counter((mail.in_reply_to, recipient) for mail in wire for recipient in mail.recipients)
    verdict.duplicated += [
        f"{to} got {number} replies to {what}" for (what, to), number in reached.items() if number > 1
    ]
    approvals = connection.execute(text(APPROVED)).all()
    allowed = {row.approved_hash for row in approvals if row.outcome in ("approved", "edited")} & _witnessed(connection)
    for mail in wire:
        if hashlib.sha256(mail.raw).hexdigest() not in allowed:
            verdict.unapproved.append(f"{mail.message_id} has no approval of its bytes ({mail.path})")
    truth = {(mail.message_id, recipient) for mail in wire for recipient in mail.recipients}
    for row in connection.execute(text(REACHED)):
        sent = (row.message_id, row.address) in truth
        if row.state == "accepted" and not sent:
            verdict.lost.append(f"the reply {row.message_id} counts as sent and never was")
        if row.state not in ("accepted", "unknown") and sent:
            verdict.lost.append(f"the reply {row.message_id} was sent and counts as {row.state}")
    verdict.lost += [f"case {row.id} is {row.stage} without a reply" for row in connection.execute(text(UNANSWERED))]


def _witnessed(connection: Connection) -> set[str]:
    """Hashes of approved bytes as the append-only log has them, from the moment of the approval."""
    query = "SELECT detail FROM audit WHERE action LIKE '%approved' OR action LIKE '%edited'"
    details = [value if isinstance(value, dict) else json.loads(value) for (value,) in connection.execute(text(query))]
    return {detail["raw_hash"] for detail in details if "raw_hash" in detail}


def _unknown(verdict: Verdict, connection: Connection) -> None:
    """A reply of which nobody knows must stand before a person."""
    verdict.lost += [f"nobody is asked about case {row.id}" for row in connection.execute(text(UNASKED))]
    verdict.unknown = int(connection.execute(text("SELECT count(*) FROM cases WHERE stage = 'unknown'")).scalar_one())


def _copies(verdict: Verdict, connection: Connection, on_server: dict[Place, bytes], wire: list[Accepted]) -> None:
    """At most one copy in Sent, and one of each reply that surely left."""
    copies = Counter(_message_id(raw) for place, raw in on_server.items() if place.folder == "Sent")
    verdict.duplicated += [f"{name} lies {number} times in Sent" for name, number in copies.items() if number > 1]
    sent = {row.message_id for row in connection.execute(text(APPROVED)) if row.state == "sent"}
    ids = {mail.message_id for mail in wire}
    verdict.lost += [f"{name} was sent and has no copy in Sent" for name in sorted((sent & ids) - copies.keys())]


def read_account(account: Account) -> dict[Place, bytes]:
    """Every mail of the folders that count."""
    client = imaplib.IMAP4("127.0.0.1", account.port, timeout=20.0)
    client.login(account.user, account.password)
    found = dict(mail for folder in FOLDERS for mail in _folder(client, folder))
    client.logout()
    return found


def _folder(client: imaplib.IMAP4, folder: str) -> Iterator[tuple[Place, bytes]]:
    kind, (number,) = client.select(folder, readonly=True)
    if kind != "OK" or not int(number or 0):
        return
    validity = int(client.response("UIDVALIDITY")[1][0])
    _, answers = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
    for answer in answers:
        if isinstance(answer, tuple) and (uid := re.search(rb"UID (\d+)", answer[0])):
            yield Place(folder, validity, int(uid[1])), answer[1]


def _message_id(raw: bytes) -> str:
    return str(BytesHeaderParser().parsebytes(raw).get("Message-ID", ""))


@contextmanager
def _opened(database: str) -> Iterator[Connection]:
    engine = create_engine(database, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
