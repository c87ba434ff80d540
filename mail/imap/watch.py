"""Watches many folders on one event loop and says when mail has come; it never fetches any.

Waiting costs no thread: only connecting, and the short exchange that each notice and each probe brings, run in one.
A silent line is probed (DONE and IDLE anew) well before 90 s are over, which also renews IDLE long before the 29
minutes of RFC 2177. Whatever fails is told, waited for and tried again; only cancelling ends it.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from mail.imap.backoff import BackOff
from mail.imap.ear import Ear
from models.errors import ConfigurationError, MailError, MailLoginFailed
from models.settings import MailServer

Result = TypeVar("Result")
LEAST_LOGIN_WAIT = 10.0
log = logging.getLogger("mailstage")


class What(StrEnum):
    CONNECTED = "connected"
    """Something may have come while nobody listened."""
    IDLE = "idle"
    POLLING = "polling"
    """Idle, on a server without IDLE."""
    ARRIVED = "arrived"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class News:
    """`wait`: seconds until the next try, after `LOST`; `why`: one sentence."""

    mailbox: str
    folder: str
    what: What
    wait: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder to listen to; `others` of the same mailbox, and `sent`, are looked at between two stays in IDLE."""

    mailbox: str
    server: MailServer
    folder: str
    others: tuple[str, ...] = ()
    sent: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """In seconds. A line that is gone is found after `probe` + `answer` at the latest."""

    probe: float = 55.0
    answer: float = 20.0
    poll: float = 30.0
    glance: float = 30.0
    """Least time between two looks at the other folders."""
    breath: float = 0.25
    """Least time between two exchanges: a server that chatters, or a burst of mail, must not keep us busy."""
    first_wait: float = 1.0
    longest_wait: float = 45.0
    longest_wait_for_login: float = 300.0
    """A refused sign-in is not worth many tries, and too many lock the account."""
    good_spell: float = 60.0


async def watch_folders(
    folders: list[Watched],
    tell: Callable[[News], None],
    timing: Timing | None = None,
    draw: Callable[[], float] = random.random,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Runs until cancelled. `tell` is called on the event loop and must not block."""
    timing = timing or Timing()
    # one thread for each folder at most, so that dead servers never keep the others waiting; most of them rest
    with _Threads(len(folders)) as threads:
        async with asyncio.TaskGroup() as tasks:
            for folder in folders:
                tasks.create_task(_Watcher(folder, tell, timing, threads, draw, clock).run())


class _Threads:
    """Threads for blocking calls, left behind at the end: a call that still blocks keeps nobody from leaving."""

    def __init__(self, number: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=max(1, number), thread_name_prefix="watch")

    def __enter__(self) -> "_Threads":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)


class _Watcher:
    def __init__(
        self,
        watched: Watched,
        tell: Callable[[News], None],
        timing: Timing,
        threads: _Threads,
        draw: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self.watched = watched
        self.timing = timing
        self.clock = clock
        self._tell = tell
        self._run = threads.run
        self._back_off = BackOff(timing.first_wait, timing.longest_wait, timing.good_spell, draw=draw, clock=clock)
        longest = timing.longest_wait_for_login
        self._login_back_off = BackOff(2 * LEAST_LOGIN_WAIT, longest, 0.0, min(LEAST_LOGIN_WAIT, longest), draw, clock)
        self._glanced = clock()

    async def run(self) -> None:
        while True:
            asked = self.watched
            ear = Ear(asked.server, asked.folder, asked.others, asked.sent, self.timing.answer)
            try:
                await self._listen(ear)
            except (MailError, ConfigurationError) as error:
                hopeless = isinstance(error, MailLoginFailed | ConfigurationError)
                wait = (self._login_back_off if hopeless else self._back_off).fails()
                self._say(What.LOST, wait, str(error))
            except Exception as error:  # an answer that nobody foresaw must not end the watch over the others
                log.exception("mailbox=%s folder=%s step=watching", self.watched.mailbox, self.watched.folder)
                wait = self._back_off.fails()
                self._say(What.LOST, wait, f"an answer of the server could not be read ({type(error).__name__})")
            finally:
                ear.close()
            await asyncio.sleep(wait)

    async def _listen(self, ear: Ear) -> None:
        await self._run(ear.open)
        self._login_back_off.works()
        self._back_off.works()
        self._glanced = self.clock()
        self._say(What.CONNECTED)
        self._say(What.IDLE if ear.can_idle else What.POLLING)
        while True:
            begun = self.clock()
            if await (self._hear(ear) if ear.can_idle else self._poll(ear)):
                self._say(What.ARRIVED)
            if ear.has_others and begun - self._glanced >= self.timing.glance:
                self._glanced = begun
                if await self._run(ear.glance):
                    self._say(What.ARRIVED)
            if (rest := begun + self.timing.breath - self.clock()) > 0:
                await asyncio.sleep(rest)

    async def _hear(self, ear: Ear) -> bool:
        """One stay in IDLE: until the server says something, or is silent for too long."""
        if not await self._run(ear.idle):
            await _readable(ear.fileno(), self.timing.probe)
        return await self._run(ear.done)

    async def _poll(self, ear: Ear) -> bool:
        await asyncio.sleep(self.timing.poll)
        return await self._run(ear.look)

    def _say(self, what: What, wait: float = 0.0, why: str = "") -> None:
        self._tell(News(self.watched.mailbox, self.watched.folder, what, wait, why))


async def _readable(line: int, seconds: float) -> None:
    """Returns when the file descriptor has something to read, or after `seconds`."""
    loop, something = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(line, something.set)
    try:
        async with asyncio.timeout(seconds):
            await something.wait()
    except TimeoutError:
        return
    finally:
        loop.remove_reader(line)
