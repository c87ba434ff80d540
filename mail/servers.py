"""A real IMAP and a real SMTP server inside this process, for the demo and the tests.

pymap keeps the mailboxes in memory; aiosmtpd takes mail and puts it into the inbox of a local recipient.
Both run on one event loop in a thread of their own, on free ports of the loopback interface.
"""

import asyncio
import logging
import os
import ssl
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from mail.certificate import write_self_signed
from models.settings import MailServer, Secret, Tls

_T = TypeVar("_T")
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class WireMail:
    """One message as it went over the wire by SMTP."""

    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes
    user: str
    """Who had signed in; empty for nobody."""


class EmbeddedServers:
    """`with EmbeddedServers({"support@example.com": "secret"}) as servers:` runs both until the block ends.

    `users` maps address to password. While it runs, each password also stands in the environment, so
    that `imap(user)` and `smtp(user)` are complete settings.
    """

    def __init__(self, users: Mapping[str, str], tls: Tls = Tls.NONE) -> None:
        self.users = {address.lower(): password for address, password in users.items()}
        self.tls = tls
        self.wire: list[WireMail] = []
        self.ca_file: Path | None = None
        self._ports: tuple[int, int] = (0, 0)
        self._loop = asyncio.new_event_loop()
        self._stack = ExitStack()
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._stop = asyncio.Event()
        self._mailboxes: Any = None

    def __enter__(self) -> Self:
        if self.tls is not Tls.NONE:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="mailstage-")))
            self.ca_file, self._key_file = write_self_signed(folder)
        for address, password in self.users.items():
            os.environ[_variable(address)] = password
        thread = threading.Thread(target=self._run, name="embedded-mail-servers", daemon=True)
        thread.start()
        self._stack.callback(self._end, thread)
        self._started.wait(START_SECONDS)
        if self._failure is not None or not self._started.is_set():
            self._stack.close()
            raise RuntimeError("the embedded mail servers did not start") from self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def imap(self, user: str, timeout: float = 10.0) -> MailServer:
        return self._settings(self._ports[0], user, timeout)

    def smtp(self, user: str, timeout: float = 10.0) -> MailServer:
        return self._settings(self._ports[1], user, timeout)

    def deliver(self, user: str, raw: bytes, arrived: datetime | None = None, folder: str = "INBOX") -> None:
        """Puts a message straight into a folder of `user`, without the detour over a protocol."""
        self._call(self._append(user, raw, arrived, folder))

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Raw messages in a folder of `user`, oldest first. Raises KeyError for an unknown folder."""
        return self._call(self._contents(user, folder))

    def _settings(self, port: int, user: str, timeout: float) -> MailServer:
        user = user.lower()
        password = Secret(env=_variable(user))
        return MailServer(
            host="127.0.0.1",
            port=port,
            tls=self.tls,
            user=user,
            password=password,
            ca_file=self.ca_file,
            timeout=timeout,
        )

    def _end(self, thread: threading.Thread) -> None:
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._stop.set)
        thread.join(START_SECONDS)
        for address in self.users:
            os.environ.pop(_variable(address), None)

    def _call(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(START_SECONDS)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._started.set()
            self._loop.close()

    async def _serve(self) -> None:
        imap = await _start_imap(self)
        smtp = await _start_smtp(self)
        self._ports = (imap.sockets[0].getsockname()[1], smtp.sockets[0].getsockname()[1])
        self._started.set()
        await self._stop.wait()
        for server in (imap, smtp):
            server.close()
        own = asyncio.current_task()
        for task in asyncio.all_tasks() - {own}:
            task.cancel()
        await asyncio.gather(*(asyncio.all_tasks() - {own}), return_exceptions=True)

    def server_context(self) -> ssl.SSLContext | None:
        if self.ca_file is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.ca_file, self._key_file)
        return context

    async def _mailbox(self, user: str, folder: str) -> Any:
        return await (await _mailbox_set(self._mailboxes, user.lower())).get_mailbox(folder)

    async def _append(self, user: str, raw: bytes, arrived: datetime | None, folder: str = "INBOX") -> None:
        from pymap.parsing.message import AppendMessage

        mailbox = await self._mailbox(user, folder)
        await mailbox.append(AppendMessage(raw, arrived or datetime.now(UTC), frozenset()), recent=True)

    async def _contents(self, user: str, folder: str) -> list[bytes]:
        from pymap.parsing.specials import FetchRequirement

        mailbox = await self._mailbox(user, folder)
        loaded = [await message.load_content(FetchRequirement.CONTENT) async for message in mailbox.messages()]
        return [bytes(content.get_body(binary=True)) for content in loaded]


async def _start_imap(servers: EmbeddedServers) -> asyncio.Server:
    from argparse import Namespace

    from proxyprotocol.reader import ProxyProtocolReader
    from pymap.backend.dict import DictBackend
    from pymap.imap import IMAPServer
    from pymap.user import UserMetadata
    from pysasl.hashing import Cleartext

    context = servers.server_context()
    arguments = Namespace(
        host="127.0.0.1", port=0, debug=False, cert=None, key=None, tls=servers.tls is Tls.STARTTLS,
        proxy_protocol=None, passlib_cfg=None, demo_data=False, demo_user="", demo_password="",
    )  # fmt: skip
    backend, config = await DictBackend.init(
        arguments, hash_context=Cleartext(), ssl_context=context, reject_dnsbl=False, invalid_user_sleep=0.0
    )
    config.apply_context()
    for address, password in servers.users.items():
        backend.login.users_dict[address] = UserMetadata(config, address, password=password)
    servers._mailboxes = backend.login
    for address in servers.users:
        await (await _mailbox_set(backend.login, address)).add_mailbox("Sent")
    answer = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
    return await asyncio.start_server(
        answer, host="127.0.0.1", port=0, ssl=context if servers.tls is Tls.TLS else None, limit=2**20
    )


async def _mailbox_set(login: Any, user: str) -> Any:
    from pymap.backend.dict import Identity

    if user not in login.users_dict:
        raise KeyError(user)
    async with Identity(user, login, None, frozenset()).new_session() as session:
        return session.mailbox_set


async def _start_smtp(servers: EmbeddedServers) -> asyncio.Server:
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

    # aiosmtpd warns of a deprecation of its own at each sign-in
    logging.getLogger("mail.log").setLevel(logging.ERROR)

    def authenticate(*arguments: Any) -> Any:
        given = arguments[-1]
        known = isinstance(given, LoginPassword) and servers.users.get(given.login.decode()) == given.password.decode()
        return AuthResult(success=known, handled=known, auth_data=given.login.decode() if known else None)

    context = servers.server_context()
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(
            _Delivery(servers),
            authenticator=authenticate,
            auth_require_tls=False,
            tls_context=context if servers.tls is Tls.STARTTLS else None,
            hostname="localhost",
            loop=loop,
        ),
        host="127.0.0.1",
        port=0,
        ssl=context if servers.tls is Tls.TLS else None,
    )


class _Delivery:
    """aiosmtpd's handler: notes each message and puts it into the inboxes of local recipients."""

    def __init__(self, servers: EmbeddedServers) -> None:
        self._servers = servers

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        raw = bytes(envelope.content)
        recipients = tuple(envelope.rcpt_tos)
        for recipient in recipients:
            if recipient.lower() in self._servers.users:
                await self._servers._append(recipient, raw, None)
        self._servers.wire.append(WireMail(envelope.mail_from or "", recipients, raw, str(session.auth_data or "")))
        return "250 OK"


def _variable(address: str) -> str:
    return "MAILSTAGE_PASSWORD_" + "".join(c if c.isalnum() else "_" for c in address).upper()
