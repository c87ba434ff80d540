"""A TCP proxy that breaks a line at a chosen byte, or at a chosen moment of the protocol.

It knows bytes alone: a moment of SMTP or IMAP is a pattern in the stream. What it does is decided before it starts,
so the same strikes on the same conversation end the same way.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.faults.strikes import Deed, Moment, Side, Strike

CHUNK = 65_536
SPLIT_BYTES = 3_000
"""How much of a stream is split into single bytes; the rest would only cost time."""


Listener = Callable[[Strike], None]


class Proxy:
    """`async with Proxy(port, strikes, listener) as proxy:` listens on `proxy.port` of the loopback interface.

    `listener` is told of each strike at its beginning, and again when a deed that lasts has ended.
    """

    def __init__(self, target: int, strikes: Sequence[Strike], listener: Listener) -> None:
        self.target = target
        self.listener = listener
        self._left = {strike: strike.times for strike in strikes}
        self._lines: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def due(self) -> list[Strike]:
        """The strikes that still have a connection to strike."""
        return [strike for strike, left in self._left.items() if left > 0]

    def strike(self, strike: Strike) -> None:
        self._left[strike] -= 1
        self.listener(strike)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        try:
            with suppress(asyncio.CancelledError):  # the end of the proxy is the end of its lines
                await self._connect(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            reset(writer)
        finally:
            self._lines.discard(task)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusals = [strike for strike in self.due() if strike.deed is Deed.REFUSE]
        if refusals:
            self.strike(refusals[0])
            reset(writer)
            return
        line = Line(self, reader, writer, *await asyncio.open_connection("127.0.0.1", self.target))
        await line.run()


class Line:
    """One connection through the proxy: two streams, and whether it has been broken."""

    def __init__(
        self,
        proxy: Proxy,
        from_client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        self.proxy = proxy
        self.ends = {Side.TO_SERVER: (from_client, to_server), Side.TO_CLIENT: (from_server, to_client)}
        self.holed: Strike | None = None
        self.broken = False
        for writer in (to_client, to_server):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def run(self) -> None:
        try:
            await asyncio.gather(*(Stream(self, side).pump() for side in Side))
        finally:
            if self.holed is not None:
                self.proxy.listener(self.holed)
            for _, writer in self.ends.values():
                writer.close()

    def close(self, *, hard: bool = False) -> None:
        """Ends both directions; `hard` resets the client's."""
        self.broken = True
        if hard:
            reset(self.ends[Side.TO_CLIENT][1])
        for _, writer in self.ends.values():
            writer.close()


class Stream:
    """One direction of a line. Text behind the last line end is held back while a moment is awaited in it."""

    def __init__(self, line: Line, side: Side) -> None:
        self.line = line
        self.side = side
        self.reader, self.writer = line.ends[side]
        self.seen = bytearray()
        self.sent = 0
        self.done: set[Strike] = set()
        """What has been done to this very stream: at most once each."""

    async def pump(self) -> None:
        """Until this direction ends; its end is passed on, and what was held back before it."""
        with suppress(OSError):
            while data := await self.reader.read(CHUNK):
                self.seen += data
                await self._strike()
                if self.line.holed is None and not self.line.broken:
                    await self._send(len(self.seen) if not self._awaited() else self.seen.rfind(b"\n") + 1)
            if self.line.holed is None and not self.writer.is_closing():
                await self._send(len(self.seen))
                self.writer.write_eof()
        # a client that gives up is what ends a half-open connection
        if self.line.holed is not None and self.side is Side.TO_SERVER:
            self.line.close()

    def _mine(self) -> list[Strike]:
        due = [strike for strike in self.line.proxy.due() if strike.at.side is self.side]
        return [strike for strike in due if strike not in self.done and strike.deed is not Deed.REFUSE]

    def _awaited(self) -> bool:
        return any(isinstance(strike.at, Moment) for strike in self._mine())

    async def _strike(self) -> None:
        for strike in self._mine():
            place = strike.at.find(bytes(self.seen))
            if place is None or self.line.broken or self.line.holed:
                continue
            self.done.add(strike)
            await self._send(place)
            await self._do(strike)

    async def _do(self, strike: Strike) -> None:
        if strike.deed is Deed.CORRUPT and self.sent >= len(self.seen):
            self.done.discard(strike)  # the byte has not come yet
            return
        self.line.proxy.strike(strike)
        match strike.deed:
            case Deed.CUT | Deed.RESET | Deed.KILL:
                self.line.close(hard=strike.deed is Deed.RESET)
            case Deed.HOLE:
                self.line.holed = strike
            case Deed.STALL:
                await asyncio.sleep(strike.seconds)
                self.line.proxy.listener(strike)
            case Deed.CORRUPT:
                self.seen[self.sent] ^= 0x10

    async def _send(self, until: int) -> None:
        """Passes on what lies before `until`, late or in single bytes where that is the deed."""
        piece = bytes(self.seen[self.sent : until])
        self.sent = max(self.sent, until)
        deeds = {strike.deed: strike for strike in self.done}
        if late := deeds.get(Deed.DELAY):
            await asyncio.sleep(late.seconds)
        whole = SPLIT_BYTES if Deed.SPLIT in deeds else 0
        for byte in piece[:whole]:
            if self.writer.is_closing():
                raise ConnectionResetError("one end has gone")
            self.writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        self.writer.write(piece[whole:])
        await self.writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """Closes with RST instead of FIN: what lies in the buffers is lost."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
