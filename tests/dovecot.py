"""A real Dovecot on free ports with a configuration of its own, for tests marked `dovecot`.

Runs as any user; as root it drops to an unprivileged one, which Dovecot insists on.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from imapclient import IMAPClient

from mail.certificate import write_self_signed
from models.settings import MailServer, Secret, Tls
from tests.dovecot_configuration import CONFIGURATION, INTROSPECTION, OAUTH2, SHARED

START_SECONDS = 20.0
BINARY = shutil.which("dovecot") or "/usr/sbin/dovecot"


class DovecotServer:
    """`with DovecotServer(["support@example.com"]) as server:` runs Dovecot until the block ends.

    Each user's password also stands in the environment, so `imap(user)` is a complete setting. `capability` is all
    that the server offers then; with `shared`, users may open their folders to each other (ACL), listed or not;
    `introspection` is where to ask whether an access token is good (RFC 7662).
    """

    def __init__(
        self,
        users: Sequence[str],
        separator: str = "/",
        prefix: str = "",
        capability: str = "",
        shared: str = "",
        introspection: str = "",
    ) -> None:
        self.users = {user: f"secret-of-{user}" for user in users}
        self.separator = separator
        self.prefix = prefix
        self.introspection = introspection
        self.capability = capability
        self.shared = shared
        self.port = _free_port()
        self.tls_port = _free_port()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dovecot-")))
            self.ca_file, key_file = write_self_signed(self.folder)
            configuration = self._configure(key_file)
            for user in self.users:
                os.environ[_variable(user)] = self.users[user]
                stack.callback(os.environ.pop, _variable(user), None)
            self._command = [BINARY, "-F", "-c", str(configuration)]
            stack.callback(lambda: _stop(self._process))
            self.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def start(self) -> None:
        """Starts it, also again after `kill`, on the same ports and with the same mail."""
        self._process = subprocess.Popen(self._command, start_new_session=True)
        self._wait(self._process)

    def kill(self) -> None:
        """`kill -9` of the whole process group: no goodbye on any connection."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        (self.folder / "run" / "master.pid").unlink(missing_ok=True)

    def user(self, name: str) -> str:
        """The password of `name`."""
        return self.users[name]

    def imap(self, user: str, tls: Tls = Tls.TLS, timeout: float = 20.0) -> MailServer:
        return MailServer(
            host="127.0.0.1",
            port=self.tls_port if tls is Tls.TLS else self.port,
            tls=tls,
            user=user,
            password=Secret(env=_variable(user)),
            ca_file=self.ca_file,
            timeout=timeout,
        )

    def deliver(self, user: str, raw: bytes | Sequence[bytes], folder: str = "INBOX") -> None:
        """Appends one message, or many over one connection in a few commands (RFC 3502)."""
        raws = [raw] if isinstance(raw, bytes) else list(raw)
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=START_SECONDS) as client:
            client.login(user, self.users[user])
            for start in range(0, len(raws), 200):
                client.multiappend(folder, raws[start : start + 200])

    @contextmanager
    def client(self, user: str, folder: str = "") -> Iterator[IMAPClient]:
        """A colleague's mail client, signed in, with `folder` open where one is named."""
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=START_SECONDS) as client:
            client.login(user, self.users[user])
            if folder:
                client.select_folder(folder)
            yield client

    def log(self) -> str:
        return (self.folder / "dovecot.log").read_text(errors="replace")

    def _configure(self, key_file: Path) -> Path:
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        group = _group_name(owner.pw_gid)
        (self.folder / "users").write_text("".join(f"{user}:{password}\n" for user, password in self.users.items()))
        (self.folder / "mail").mkdir()
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            for path in (self.folder / "mail", self.folder / "users"):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        configuration = self.folder / "dovecot.conf"
        (self.folder / "oauth2.conf").write_text(INTROSPECTION.format(url=self.introspection))
        template = CONFIGURATION + (OAUTH2 if self.introspection else "")
        configuration.write_text(
            template.format(
                folder=self.folder,
                run=self.folder / "run",
                owner=owner.pw_name,
                group=group,
                cert=self.ca_file,
                key=key_file,
                port=self.port,
                tls_port=self.tls_port,
                separator=self.separator,
                prefix=self.prefix,
                extra=self._extra(),
            )
        )
        return configuration

    def _extra(self) -> str:
        offered = f"imap_capability = {self.capability}\n" if self.capability else ""
        if not self.shared:
            return offered
        return offered + SHARED.format(folder=self.folder, separator=self.separator, listed=self.shared)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as line:
                    line.settimeout(1.0)
                    if line.recv(16).startswith(b"* OK"):
                        return
            except OSError:
                _pause(process)
        raise RuntimeError(f"Dovecot did not start: {self.log()[-2000:]}")


def _pause(process: subprocess.Popen[bytes]) -> None:
    """A moment in which the process may end, which it should not."""
    try:
        process.wait(timeout=0.05)
    except subprocess.TimeoutExpired:
        return


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _group_name(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


def _variable(user: str) -> str:
    return "DOVECOT_PASSWORD_" + "".join(c if c.isalnum() else "_" for c in user).upper()
