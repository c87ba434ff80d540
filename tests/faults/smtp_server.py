"""A real SMTP server in a process of its own, which keeps on disk what it accepted before it says so.

It can be told to refuse, to hang up, to be slow, or to die, at each step of the conversation. What lies in its folder
is the truth about what went over the wire; the audit reads it from there.
"""

import asyncio
import email.policy
import json
import os
import signal
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from enum import StrEnum
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.faults.processes import Board


class Step(StrEnum):
    """Where in the conversation an order takes effect."""

    GREETING = "greeting"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


class Whim(StrEnum):
    """What the server does other than answering with a code."""

    HANG_UP = "hang up"
    STORE_AND_HANG_UP = "store and hang up"
    DIE = "die"
    STORE_AND_DIE = "store and die"
    STORE_AND_BE_SLOW = "store and be slow"


@dataclass(frozen=True)
class Order:
    """What to do at a step instead of accepting: an answer such as `451 4.3.0 busy`, or a whim. Done `times` times."""

    step: Step
    answer: str | Whim
    times: int = 1


@dataclass(frozen=True)
class Accepted:
    """One message that the server took responsibility for."""

    recipients: tuple[str, ...]
    raw: bytes
    path: Path

    @property
    def in_reply_to(self) -> str:
        return str(self._headers.get("In-Reply-To", ""))

    @property
    def message_id(self) -> str:
        return str(self._headers.get("Message-ID", ""))

    @property
    def _headers(self) -> Any:
        return BytesHeaderParser(policy=email.policy.compat32).parsebytes(self.raw)


def accepted(folder: Path) -> list[Accepted]:
    """Everything accepted, in order: an envelope is written last, so a message without one was never accepted."""
    envelopes = sorted(folder.glob("*.json"))
    return [
        Accepted(tuple(json.loads(path.read_bytes())), path.with_suffix(".eml").read_bytes(), path)
        for path in envelopes
    ]


@dataclass(frozen=True)
class Shop:
    """All that a server process needs: where it stores, where it listens, what it was told."""

    folder: Path
    port: int
    board: Board
    orders: Sequence[Order]
    slow_seconds: float
    certificate: tuple[Path, Path] | None = None


def serve(shop: Shop, pipe: int) -> int:
    """Runs until killed; writes its port into the pipe once it listens."""
    asyncio.run(_serve(shop, pipe))
    return 0


async def _serve(shop: Shop, pipe: int) -> None:
    context = None
    if shop.certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*shop.certificate)
    loop = asyncio.get_running_loop()
    counter = Counter(shop)
    server = await loop.create_server(
        lambda: _Smtp(counter, hostname="localhost", loop=loop), "127.0.0.1", shop.port, ssl=context
    )
    os.write(pipe, str(server.sockets[0].getsockname()[1]).encode())
    await server.serve_forever()


class Counter:
    """Takes mail over the counter: storing, and the orders that are left."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._left = {order: order.times - _done(shop.folder, order) for order in shop.orders}

    def order(self, step: Step) -> Order | None:
        """The order that is due now. It is counted before it is done, on disk, since it may end this process."""
        due = next((order for order, left in self._left.items() if order.step is step and left > 0), None)
        if due is not None:
            self._left[due] -= 1
            with (self.shop.folder / "orders").open("a") as note:
                note.write(f"{_name(due)}\n")
            self.shop.board.strike()
        return due

    def store(self, recipients: Sequence[str], raw: bytes) -> None:
        number = len(list(self.shop.folder.glob("*.json"))) + 1
        message = self.shop.folder / f"{number:04d}.eml"
        _write(message, raw)
        _write(message.with_suffix(".json"), json.dumps(list(recipients)).encode())


class _Smtp(SMTP):
    """aiosmtpd with a hook at each step."""

    def __init__(self, counter: Counter, **options: Any) -> None:
        self.counter = counter
        super().__init__(self, **options)

    async def _handle_client(self) -> None:
        due = self.counter.order(Step.GREETING)
        if due is None:
            await super()._handle_client()
        elif answer := self._obey(due):
            await self.push(answer)
            self._writer.close()

    async def smtp_DATA(self, arg: str) -> None:
        due = self.counter.order(Step.DATA)
        if due is None:
            await super().smtp_DATA(arg)
        elif answer := self._obey(due):
            await self.push(answer)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:
        due = self.counter.order(Step.MAIL)
        if due is not None:
            return self._obey(due)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        due = self.counter.order(Step.RCPT)
        if due is not None:
            return self._obey(due)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        due = self.counter.order(Step.DOT)
        if due is None or due.answer in (Whim.STORE_AND_HANG_UP, Whim.STORE_AND_DIE, Whim.STORE_AND_BE_SLOW):
            self.counter.store(envelope.rcpt_tos, bytes(envelope.content))
        if due is None:
            return "250 OK"
        if due.answer is Whim.STORE_AND_BE_SLOW:
            await asyncio.sleep(self.counter.shop.slow_seconds)
            self.counter.shop.board.strike()
            return "250 OK at last"
        return self._obey(due)

    def _obey(self, order: Order) -> str:
        """The answer to give; where there is none, the connection or the whole server ends here."""
        if not isinstance(order.answer, Whim):
            return order.answer
        if order.answer in (Whim.DIE, Whim.STORE_AND_DIE):
            os.kill(os.getpid(), signal.SIGKILL)
        self._writer.transport.abort()
        raise ConnectionResetError("told to hang up")


def _name(order: Order) -> str:
    return f"{order.step} {order.answer}"


def _done(folder: Path, order: Order) -> int:
    note = folder / "orders"
    return note.read_text().splitlines().count(_name(order)) if note.exists() else 0


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.rename(path)
