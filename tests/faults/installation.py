"""One installation for one trial: a settings file, a folder, and a database that stands ready to be copied."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from cli.example import EXAMPLES
from models.settings import MailServer
from store.database import open_store
from tests.company import EXAMPLE

MAILBOX = "support"
ADDRESS = EXAMPLE.mailboxes[MAILBOX].address


def install(
    folder: Path,
    data: Path,
    imap: MailServer,
    smtp: MailServer,
    *,
    phase: int,
    database: str = "",
    labels: str = "auto",
) -> Path:
    """Writes `mailstage.toml` into `folder`, with what was learned in `data`; returns where the file lies."""
    document: Any = tomlkit.parse((EXAMPLES / "mailstage.toml").read_text(encoding="utf-8")).unwrap()
    own = folder / "data"
    own.mkdir(exist_ok=True)
    for learned in ("model", "knowledge"):
        (own / learned).symlink_to(data / learned, target_is_directory=True)
    document["knowledge"] = [str((EXAMPLES / "knowledge").resolve())]
    document["database"] = database
    box = {"phase": phase, "labels": labels}
    servers = {"imap": imap, "smtp": smtp}
    lines = {name: server.model_dump(mode="json", exclude_defaults=True) for name, server in servers.items()}
    document["mailboxes"] = {MAILBOX: document["mailboxes"][MAILBOX] | lines | box}
    config = folder / "mailstage.toml"
    config.write_text(tomlkit.dumps(document), encoding="utf-8")
    return config


@dataclass(frozen=True)
class Databases:
    """Empty databases of the newest shape, made by copying: SQLite files, or databases of a PostgreSQL server."""

    template: Path
    postgres: str = ""
    """SQLAlchemy URL of a server's maintenance database; empty for SQLite."""

    def prepare(self) -> None:
        open_store(self._url("mailstage_template") if self.postgres else f"sqlite:///{self.template}").close()

    def copy(self, folder: Path, name: str) -> str:
        """The URL of a fresh one."""
        if self.postgres:
            self._run(f"CREATE DATABASE {name} TEMPLATE mailstage_template")
            return self._url(name)
        file = folder / "mailstage.db"
        shutil.copyfile(self.template, file)
        return f"sqlite:///{file}"

    def drop(self, name: str) -> None:
        if self.postgres:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def create_template(self) -> None:
        if self.postgres:
            self._run("CREATE DATABASE mailstage_template")
        self.prepare()

    def _url(self, name: str) -> str:
        from sqlalchemy import make_url

        return make_url(self.postgres).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        from sqlalchemy import create_engine, text
        from sqlalchemy.pool import NullPool

        engine = create_engine(self.postgres, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))
