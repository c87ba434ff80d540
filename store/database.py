"""Opens the database, brings it up to date, and hands out transactions.

A writing transaction starts with BEGIN IMMEDIATE on SQLite, so two writers queue instead of failing half-way;
`synchronous=FULL` because a claim that is lost in a power cut could become a second reply.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, func, inspect, make_url, select, text

from models.errors import StoreUnavailable
from store import tables

HEAD = "0005"
"""The newest migration; a test keeps it equal to what stands in `migrations/versions`."""

BUSY_SECONDS = 20.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Store:
    """An open database. `clock` gives aware datetimes; tests pass their own."""

    engine: Engine
    clock: Callable[[], datetime] = field(default=utc_now)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One writing transaction, committed at the end, rolled back on any error."""
        with _clear_errors(), self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with _clear_errors(), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    @property
    def instance(self) -> str:
        """A UUID made with the database, so that two installations never derive the same Message-ID."""
        with self.read() as connection:
            return str(connection.execute(select(tables.instance.c.id)).scalar_one())


def alone(connection: Connection, mailbox: str) -> None:
    """One run alone writes down what the server says of a mailbox: of two that read the same folder, both would find
    the same mail unknown."""
    one_at_a_time(connection, f"mail of {mailbox}")


def one_at_a_time(connection: Connection, what: str) -> None:
    """Until the transaction ends, no other of the same name goes on. SQLite has but one writer anyway."""
    if connection.dialect.name == "postgresql":
        key = func.hashtextextended(what, 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def open_store(url: str, clock: Callable[[], datetime] = utc_now) -> Store:
    """Opens (and creates or migrates) the database at a SQLAlchemy URL. Raises StoreUnavailable."""
    parsed = make_url(url)
    with _clear_errors():
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            file = Path(parsed.database)
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)  # mail is for nobody else on this machine
        engine = _engine(url)
        _migrate(engine)
    return Store(engine, clock)


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={int(BUSY_SECONDS * 1000)}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    if _version(engine) == HEAD:
        return
    # alembic is imported only when there is something to do: it costs a quarter of a second
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.DatabaseError, OSError) as error:
        if isinstance(error, exc.IntegrityError):
            raise
        raise StoreUnavailable(_explanation(error)) from error


def _explanation(error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error).splitlines()[0]
    if "full" in said or "No space left" in said:
        return f"the database cannot be written ({said}): free some disk space, then run again; nothing was lost"
    if "locked" in said:
        return f"the database stayed locked for {BUSY_SECONDS:.0f} s: another program holds it; run again"
    if "readonly" in said or "Permission" in said:
        return f"the database cannot be written ({said}): check the owner of the data folder"
    return f"the database does not work ({said}): check `database` and `data` in mailstage.toml"
