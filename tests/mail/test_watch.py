"""Watching: mail is noticed at once, a lost line is found and taken up again, and nothing spins meanwhile."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from mail.imap.backoff import BackOff
from mail.imap.watch import News, Timing, Watched, What, watch_folders
from mail.servers import EmbeddedServers
from models.secret import Secret
from models.settings import MailServer, Tls
from tests.dovecot import DovecotServer
from tests.faults.proxy import Proxy
from tests.faults.strikes import Deed, Moment, Side, Strike

USER = "support@example.com"
QUICK = Timing(probe=0.4, answer=0.5, poll=0.1, glance=0.2, breath=0.02, first_wait=0.05, longest_wait=0.4)
IDLING = rb"\+ idling\r\n"


class Heard:
    """What a watch says, with ways to wait for it."""

    def __init__(self, *watched: Watched, timing: Timing = QUICK, draw: Callable[[], float] = lambda: 1.0) -> None:
        self.news: list[News] = []
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(watch_folders(list(watched), self._hear, timing, draw))

    def _hear(self, news: News) -> None:
        self.news.append(news)
        self._changed.set()

    def count(self, what: What, mailbox: str = "") -> int:
        return sum(news.what is what and mailbox in ("", news.mailbox) for news in self.news)

    async def until(self, what: What, number: int = 1, seconds: float = 20.0, mailbox: str = "") -> News:
        """The `number`th news of this kind."""
        async with asyncio.timeout(seconds):
            while self.count(what, mailbox) < number:
                self._changed.clear()
                await self._changed.wait()
        if what is What.IDLE:
            await asyncio.sleep(0.3)  # pymap says that it idles a moment before it listens
        return [news for news in self.news if news.what is what and mailbox in ("", news.mailbox)][number - 1]

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
async def listen() -> AsyncIterator[Callable[..., Heard]]:
    heard: list[Heard] = []

    def start(*watched: Watched, **more: Any) -> Heard:
        heard.append(Heard(*watched, **more))
        return heard[-1]

    yield start
    for one in heard:
        await one.stop()


def raw(number: int) -> bytes:
    return f"Message-ID: <{number}@example.net>\r\nSubject: {number}\r\n\r\nHi\r\n".encode()


class Scripted:
    """An IMAP server whose IDLE is a coroutine of the test; it counts connections."""

    def __init__(self, idle: Callable[["Scripted"], Coroutine[Any, Any, None]], capability: str = "IDLE") -> None:
        self.idle, self.capability = idle, capability
        self.connections = 0
        self.commands: Counter[str] = Counter()

    def say(self, *lines: str) -> None:
        """All lines in one piece, as a server does that has them ready."""
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def hear(self) -> str:
        return (await self._reader.readline()).decode().strip()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.connections += 1
        self.say(f"* OK [CAPABILITY IMAP4rev1 {self.capability}] ready")
        try:
            while line := await self.hear():
                await self._answer(*line.split()[:2])
        except ConnectionError:
            return
        finally:
            writer.close()

    async def _answer(self, tag: str, command: str) -> None:
        self.commands[command.upper()] += 1
        match command.upper():
            case "CAPABILITY":
                self.say(f"* CAPABILITY IMAP4rev1 {self.capability}")
            case "LIST":
                self.say('* LIST () "/" INBOX')
            case "EXAMINE":
                self.say("* 3 EXISTS", "* OK [UIDVALIDITY 1] ok", "* OK [UIDNEXT 4] ok")
            case "IDLE":
                self.tag = tag
                await self.idle(self)
                return
        self.say(f"{tag} OK done")

    async def wait_for_done(self) -> None:
        assert await self.hear() == "DONE"
        self.say(f"{self.tag} OK idle is over")


@asynccontextmanager
async def scripted(server: Scripted) -> AsyncIterator[Watched]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    settings = MailServer(host="127.0.0.1", port=port, tls=Tls.NONE, user=USER, password=Secret(env="HOME"), timeout=5)
    yield Watched("support", settings, "INBOX")
    listener.close()


@pytest.fixture
def pymap() -> Iterator[EmbeddedServers]:
    with EmbeddedServers({USER: "secret"}) as servers:
        yield servers


async def test_mail_is_noticed_while_idle(pymap: EmbeddedServers, listen: Callable[..., Heard]) -> None:
    """Connected, idle, and each arrival told within moments."""
    heard = listen(Watched("support", pymap.imap(USER), "INBOX"), timing=replace(QUICK, probe=30.0))
    await heard.until(What.IDLE)
    for number in range(1, 4):
        await asyncio.to_thread(pymap.deliver, USER, raw(number))
        await heard.until(What.ARRIVED, number, seconds=5.0)
    assert [news.what for news in heard.news[:2]] == [What.CONNECTED, What.IDLE]


async def test_a_server_without_idle_is_looked_at(listen: Callable[..., Heard]) -> None:
    """Polling notices what has come since, and says that it polls."""

    async def never(_server: Scripted) -> None:
        raise AssertionError("IDLE was used")

    server = Scripted(never, capability="")
    original, mails = server.say, [3]

    def say(*lines: str) -> None:
        original(*(line.replace("* 3 EXISTS", f"* {mails[0]} EXISTS") for line in lines))

    server.say = say  # type: ignore[method-assign]
    async with scripted(server) as watched:
        heard = listen(watched)
        await heard.until(What.POLLING)
        mails[0] = 4
        await heard.until(What.ARRIVED)
        looks = server.commands["EXAMINE"]
        async with asyncio.timeout(10):
            while server.commands["EXAMINE"] < looks + 3:
                await asyncio.sleep(0.01)
        assert heard.count(What.ARRIVED) == 1


async def test_a_notice_in_the_same_piece_as_the_continuation_is_heard(listen: Callable[..., Heard]) -> None:
    """Mail that came between two stays in IDLE lies in a buffer where no selector sees it."""

    async def idle(server: Scripted) -> None:
        server.say("+ idling", "* 4 EXISTS") if server.commands["IDLE"] == 1 else server.say("+ idling")
        await server.wait_for_done()

    async with scripted(Scripted(idle)) as watched:
        heard = listen(watched, timing=replace(QUICK, probe=30.0))
        await heard.until(What.ARRIVED, seconds=5.0)


async def test_a_notice_before_the_continuation_is_heard(listen: Callable[..., Heard]) -> None:
    """A server may say something before it agrees to IDLE (RFC 9051 section 7)."""

    async def idle(server: Scripted) -> None:
        server.say("* 4 EXISTS", "+ idling") if server.commands["IDLE"] == 1 else server.say("+ idling")
        await server.wait_for_done()

    async with scripted(server := Scripted(idle)) as watched:
        heard = listen(watched, timing=replace(QUICK, probe=30.0))
        await heard.until(What.ARRIVED, seconds=5.0)
        assert server.connections == 1


async def test_flags_and_expunges_are_no_mail(listen: Callable[..., Heard]) -> None:
    """Labels that a pass writes come back as notices: they must not start another pass."""

    async def idle(server: Scripted) -> None:
        gone = ["* 1 EXPUNGE", "* 2 EXISTS"] if server.commands["IDLE"] == 1 else ["* 2 EXISTS"]
        server.say("+ idling", "* 2 FETCH (FLAGS (\\Seen mailstage-order))", *gone, "* OK still here")
        await server.wait_for_done()

    async with scripted(server := Scripted(idle)) as watched:
        heard = listen(watched)
        async with asyncio.timeout(10):
            while server.commands["IDLE"] < 4:
                await asyncio.sleep(0.01)
        assert heard.count(What.ARRIVED) == 0


async def test_a_line_that_comes_in_pieces_is_one_line(listen: Callable[..., Heard]) -> None:
    """imapclient's own idle_check takes half a line for a broken connection."""

    async def idle(server: Scripted) -> None:
        server.say("+ idling")
        if server.commands["IDLE"] == 1:
            for piece in ("* 4 EX", "IS", "TS\r", "\n"):
                server._writer.write(piece.encode())
                await server._writer.drain()
                await asyncio.sleep(0.03)
        await server.wait_for_done()

    async with scripted(server := Scripted(idle)) as watched:
        heard = listen(watched, timing=replace(QUICK, probe=30.0))
        await heard.until(What.ARRIVED, seconds=5.0)
        assert server.connections == 1


async def test_a_server_that_refuses_idle_is_polled(listen: Callable[..., Heard]) -> None:
    """It offers IDLE and says NO: the connection stays, and is looked at."""

    async def idle(server: Scripted) -> None:
        server.say(f"{server.tag} NO not here")

    async with scripted(server := Scripted(idle)) as watched:
        listen(watched)
        async with asyncio.timeout(10):
            while server.commands["EXAMINE"] < 4:
                await asyncio.sleep(0.01)
        assert server.connections == 1
        assert server.commands["IDLE"] == 1


async def test_a_server_that_hangs_up_at_once_is_not_stormed(listen: Callable[..., Heard]) -> None:
    """It takes each sign-in and closes: the waits grow all the same, since no spell was good."""

    async def idle(server: Scripted) -> None:
        server._writer.close()

    async with scripted(server := Scripted(idle)) as watched:
        heard = listen(watched, timing=replace(QUICK, first_wait=0.1, longest_wait=0.8))
        await heard.until(What.LOST, 5)
        assert [round(news.wait, 2) for news in heard.news if news.what is What.LOST] == [0.1, 0.2, 0.4, 0.8, 0.8]
        assert server.connections <= 6


async def test_the_end_of_the_stream_costs_no_time_of_the_processor(listen: Callable[..., Heard]) -> None:
    """A server that goes away for seconds leaves a process that sleeps."""

    async def idle(server: Scripted) -> None:
        server.say("+ idling")
        server._writer.close()

    async with scripted(server := Scripted(idle)) as watched:
        heard = listen(watched, timing=replace(QUICK, first_wait=3.0, longest_wait=3.0))
        await heard.until(What.LOST)
        begun = time.process_time()
        with pytest.raises(TimeoutError):
            await heard.until(What.LOST, 2, seconds=1.5)
        assert time.process_time() - begun < 0.3
        assert server.connections == 1


async def test_an_answer_that_nobody_foresaw_is_told_and_tried_again(listen: Callable[..., Heard]) -> None:
    """Garbage ends one connection, not the watch."""

    async def idle(server: Scripted) -> None:
        server.say("+ idling", "* ((((", "\x00\xff {99999999999}", f"{server.tag} WHAT")
        await server.hear()

    async with scripted(Scripted(idle)) as watched:
        heard = listen(watched)
        lost = await heard.until(What.LOST, 2)
        assert lost.why
        assert "\n" not in lost.why


async def test_one_dead_server_keeps_no_other_waiting(pymap: EmbeddedServers, listen: Callable[..., Heard]) -> None:
    """Thirty mailboxes on a server that takes connections and says nothing; mail elsewhere is noticed at once."""

    async def mute(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    silent = await asyncio.start_server(mute, "127.0.0.1", 0)
    dead = MailServer(host="127.0.0.1", port=silent.sockets[0].getsockname()[1], tls=Tls.NONE, user=USER, timeout=3.0)
    watched = [Watched(f"dead-{n}", dead, "INBOX") for n in range(30)]
    heard = listen(*watched, Watched("support", pymap.imap(USER), "INBOX"), timing=replace(QUICK, probe=30.0))
    await heard.until(What.IDLE, mailbox="support", seconds=2.5)
    await asyncio.to_thread(pymap.deliver, USER, raw(1))
    await heard.until(What.ARRIVED, mailbox="support", seconds=2.0)
    assert heard.count(What.LOST) == 0
    silent.close()


async def test_a_refused_sign_in_is_not_tried_often(pymap: EmbeddedServers, listen: Callable[..., Heard]) -> None:
    """A wrong password that is tried again and again locks the account."""
    wrong = pymap.imap(USER).model_copy(update={"password": Secret(env="HOME")})
    heard = listen(Watched("support", wrong, "INBOX"), draw=lambda: 0.0)
    lost = await heard.until(What.LOST)
    assert lost.wait >= 10
    assert "password" in lost.why


def test_the_waits_double_up_to_a_bound_and_are_drawn_below_it() -> None:
    """Full jitter; a good spell starts the count anew, a short one does not."""
    now = 0.0
    back_off = BackOff(first=1.0, longest=45.0, good_spell=60.0, draw=lambda: 1.0, clock=lambda: now)
    assert [back_off.fails() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 45, 45]
    back_off.works()
    now += 59
    assert back_off.fails() == 45
    back_off.works()
    now += 61
    assert back_off.fails() == 1
    back_off.draw = lambda: 0.0
    assert back_off.fails() == back_off.least > 0
    assert [back_off.fails() for _ in range(2_000)][-1] <= 45


@pytest.fixture
def dovecot() -> Iterator[DovecotServer]:
    with DovecotServer([USER, *(f"u{n}" for n in range(50))]) as server:
        yield server


@pytest.mark.dovecot
@pytest.mark.parametrize("tls", [Tls.NONE, Tls.TLS])
async def test_dovecot_killed_and_started_again_is_found(
    dovecot: DovecotServer, listen: Callable[..., Heard], tls: Tls
) -> None:
    """`kill -9`: told at once, tried a bounded number of times, taken up again; what came meanwhile is asked about."""
    heard = listen(Watched("support", dovecot.imap(USER, tls), "INBOX"), timing=replace(QUICK, probe=30.0))
    await heard.until(What.IDLE)
    await asyncio.to_thread(dovecot.kill)
    lost = await heard.until(What.LOST, seconds=5.0)
    assert "closed the connection" in lost.why
    begun = time.process_time()
    await heard.until(What.LOST, 5)
    assert time.process_time() - begun < 1.0
    await asyncio.to_thread(dovecot.start)
    await heard.until(What.CONNECTED, 2)
    await asyncio.to_thread(dovecot.deliver, USER, raw(1))
    await heard.until(What.ARRIVED, seconds=5.0)


@pytest.mark.dovecot
async def test_a_half_open_connection_is_found(dovecot: DovecotServer, listen: Callable[..., Heard]) -> None:
    """Nothing more comes through and nobody says so: the probe finds out within its time, and a new line serves."""
    strike = Strike(Deed.HOLE, Moment(Side.TO_CLIENT, IDLING))
    async with Proxy(dovecot.port, [strike], lambda _strike: None) as proxy:
        server = dovecot.imap(USER, Tls.NONE).model_copy(update={"port": proxy.port})
        heard = listen(Watched("support", server, "INBOX"))
        await heard.until(What.IDLE)
        begun = time.monotonic()
        lost = await heard.until(What.LOST, seconds=10.0)
        assert time.monotonic() - begun < 5
        assert "did not answer" in lost.why
        await heard.until(What.CONNECTED, 2)
        await asyncio.to_thread(dovecot.deliver, USER, raw(1))
        await heard.until(What.ARRIVED, seconds=5.0)
    assert Timing().probe + Timing().answer < 90


@pytest.mark.dovecot
async def test_dovecot_byte_by_byte(dovecot: DovecotServer, listen: Callable[..., Heard]) -> None:
    """A slow line is slow, not broken."""
    async with Proxy(dovecot.port, [Strike(Deed.SPLIT)], lambda _strike: None) as proxy:
        server = dovecot.imap(USER, Tls.NONE).model_copy(update={"port": proxy.port})
        heard = listen(Watched("support", server, "INBOX"), timing=replace(QUICK, answer=5.0))
        await heard.until(What.IDLE)
        await asyncio.to_thread(dovecot.deliver, USER, raw(1))
        await heard.until(What.ARRIVED, seconds=10.0)
        assert heard.count(What.LOST) == 0


@pytest.mark.dovecot
async def test_sent_is_looked_at_too(dovecot: DovecotServer, listen: Callable[..., Heard]) -> None:
    """A colleague answers from a mail client: that is noticed over the same connection."""
    heard = listen(Watched("support", dovecot.imap(USER), "INBOX", sent="Sent"))
    await heard.until(What.IDLE)
    await asyncio.to_thread(dovecot.deliver, USER, raw(1), "Sent")
    await heard.until(What.ARRIVED)


@pytest.mark.dovecot
async def test_fifty_mailboxes_cost_little(dovecot: DovecotServer, listen: Callable[..., Heard]) -> None:
    """All on one loop: a second of the whole watch takes a few hundredths of a second of one core, and mail in any
    of them is noticed."""
    watched = [Watched(f"u{n}", dovecot.imap(f"u{n}", Tls.NONE), "INBOX") for n in range(50)]
    heard = listen(*watched, timing=Timing(probe=5.0))
    await heard.until(What.IDLE, 50, seconds=60.0)
    begun, since = time.process_time(), time.monotonic()
    with pytest.raises(TimeoutError):
        await heard.until(What.LOST, seconds=6.0)
    assert (time.process_time() - begun) / (time.monotonic() - since) < 0.1
    await asyncio.to_thread(dovecot.deliver, "u37", raw(1))
    arrived = await heard.until(What.ARRIVED, seconds=5.0)
    assert arrived.mailbox == "u37"
