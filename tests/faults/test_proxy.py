"""The proxy breaks a line exactly where it was told to, and only there."""

import asyncio
from contextlib import suppress

from tests.faults.proxy import Proxy
from tests.faults.strikes import AfterBytes, Deed, Moment, Side, Strike

WORDS = b"one\r\ntwo\r\nthree\r\n"


class Echo:
    """A server that remembers what reached it, and says it back."""

    def __init__(self) -> None:
        self.heard = bytearray()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1000):
                self.heard += data
                writer.write(data)
        writer.close()


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Says its words, hangs up, and returns what it heard until the end or the break."""
    writer.write(WORDS)
    writer.write_eof()
    heard = b""
    try:
        while data := await asyncio.wait_for(reader.read(1000), timeout=1.0):
            heard += data
    except (ConnectionError, TimeoutError):
        heard += b"!"
    writer.close()
    return heard


async def through(*strikes: Strike, times: int = 1) -> tuple[list[bytes], bytes, int]:
    """What the client heard on each connection, what the server heard in all, how often the proxy struck."""
    echo = Echo()
    struck: list[Strike] = []
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[1], strikes, struck.append) as proxy:
        heard = [await talk(*await asyncio.open_connection("127.0.0.1", proxy.port)) for _ in range(times)]
    server.close()
    return heard, bytes(echo.heard), len(struck)


async def test_without_a_strike_every_byte_comes_through() -> None:
    """Both ways, and the end of the stream as well."""
    assert await through() == ([WORDS], WORDS, 0)


async def test_a_cut_lets_through_exactly_what_came_before_it() -> None:
    """By count of bytes, and by the moment; a line is never passed on half when its start is awaited."""
    _, server, struck = await through(Strike(Deed.CUT, AfterBytes(Side.TO_SERVER, 7)))
    assert (server, struck) == (WORDS[:7], 1)
    _, server, _ = await through(Strike(Deed.CUT, Moment(Side.TO_SERVER, rb"^two\r\n")))
    assert server == b"one\r\ntwo\r\n"
    _, server, _ = await through(Strike(Deed.CUT, Moment(Side.TO_SERVER, rb"^two", before=True)))
    assert server == b"one\r\n"


async def test_a_strike_is_done_so_many_times_and_never_again() -> None:
    """Two connections are refused, the third comes about."""
    heard, server, struck = await through(Strike(Deed.REFUSE, times=2), times=3)
    assert [piece.rstrip(b"!") for piece in heard] == [b"", b"", WORDS]
    assert (server, struck) == (WORDS, 2)


async def test_one_bit_is_flipped_and_nothing_else() -> None:
    """Corruption changes a single byte, at its place."""
    _, server, _ = await through(Strike(Deed.CORRUPT, AfterBytes(Side.TO_SERVER, 4)))
    assert [at for at, (was, now) in enumerate(zip(WORDS, server, strict=True)) if was != now] == [4]


async def test_single_bytes_and_late_pieces_add_up_to_the_same() -> None:
    """Splitting and delaying lose nothing."""
    for deed in (Deed.SPLIT, Deed.DELAY):
        heard, server, _ = await through(Strike(deed, AfterBytes(Side.TO_SERVER, 1), seconds=0.01))
        assert (heard, server) == ([WORDS], WORDS)


async def test_a_half_open_line_says_nothing_until_the_client_gives_up() -> None:
    """Nobody is told that it is dead; the listener hears of its beginning and its end."""
    strike = Strike(Deed.HOLE, Moment(Side.TO_CLIENT, rb"^one\r\n"))
    struck: list[Strike] = []
    server = await asyncio.start_server(Echo(), "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[1], [strike], struck.append) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(WORDS)
        assert await reader.readline() == b"one\r\n"
        silence = asyncio.create_task(reader.read(1))
        done, _ = await asyncio.wait([silence], timeout=0.1)
        assert not done
        assert struck == [strike]
        writer.close()
        silence.cancel()
    server.close()
    assert struck == [strike, strike]
