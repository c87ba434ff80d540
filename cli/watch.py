"""`mailstage watch`: listens to every mailbox, looks into the store, and sets off what is due; ends in order.

A notice only makes things sooner: a pass starts by itself every few minutes too.
"""

import asyncio
import math
import os
import signal
import sys
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.engine import greet_prefect, load_prefect, stop_prefect
from cli.flow_thread import FlowThread
from cli.lane import Lane
from cli.passes import Passes
from cli.status import Event, Say, StatusLine
from mail.imap.watch import News, Timing, Watched, What, watch_folders
from models.errors import MailstageError
from store.due import abandoned, decided_since, newest_entry, replies_due
from store.rollout import EVERYTHING
from tasks.progress import log
from tasks.stop import StopSign
from tasks.workplace import Workplace

MOST_EARS = 4
"""Connections of one mailbox: servers allow ten or so for one user, and passes need some too."""


@dataclass(frozen=True)
class Rhythm:
    """In seconds. `every`: a pass without any notice; `store`: looks for decisions and replies that are due."""

    every: float = 300.0
    store: float = 2.0
    same_replies: float = 60.0
    """Replies that a delivery left behind (over the day's number, say) are not tried again before."""
    repair: float = 15.0
    """Between passes for what a dead run has left behind; one pass is enough unless a server is down."""
    upkeep: float = 3600.0
    farewell: float = 5.0
    wire: float = 90.0
    """The longest that a reply may be waited for that is on its way when the process is asked to end."""
    passes_at_once: int = 4
    listening: Timing = field(default_factory=Timing)


class Watch:
    """Runs until `stop` is called. To be made on a running loop."""

    def __init__(
        self, place: Workplace, config: Path | None, mailboxes: Sequence[str], say: Say, rhythm: Rhythm | None = None
    ) -> None:
        self.place, self.config, self.rhythm = place, str(config or ""), rhythm or Rhythm()
        self._say = say
        self._sign = StopSign()
        self._flows = FlowThread()
        self._ended = asyncio.Event()
        slots = asyncio.Semaphore(self.rhythm.passes_at_once)
        self._passes = {
            name: Passes(place, name, self.config, self._flows, self._sign, slots, self.say, self.rhythm.every)
            for name in mailboxes
        }
        self._tried: dict[str, tuple[frozenset[int], float]] = {}
        self._repaired: dict[str, float] = {}

    def stop(self) -> None:
        self._sign.ask()
        self._ended.set()

    async def run(self) -> None:
        with self._flows:
            self.say("starting", why=f"for {', '.join(self._passes)}")
            upkeep = Lane(self._upkeep, self._upkeep_failed, self.rhythm.upkeep)
            ears = watch_folders(self._folders(), self._hear, self.rhythm.listening)
            works = [ears, self._attend(), self._warm_up(), upkeep.run(), *(box.run() for box in self._passes.values())]
            await self._until_stopped(works)
        self.say("stopped")

    async def _until_stopped(self, works: Sequence[Coroutine[Any, Any, None]]) -> None:
        tasks = [asyncio.create_task(work) for work in works]
        broken = asyncio.gather(*tasks)
        ended = asyncio.create_task(self._ended.wait())
        await asyncio.wait((asyncio.ensure_future(broken), ended), return_when=asyncio.FIRST_COMPLETED)
        self._sign.ask()
        ended.cancel()
        broken.cancel()
        # steps end at their next stop and nobody waits for them, but for a reply on its way
        with suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(self.rhythm.farewell):
                await broken
        if not await asyncio.to_thread(self._sign.wait_for_the_wire, self.rhythm.wire):
            log.warning("step=stopping error=a reply is still on its way; the next run asks whether it was sent")

    async def _warm_up(self) -> None:
        """Prefect's temporary server takes long to start, and should be there when the first mail comes."""
        await self._flows.run(greet_prefect)

    def _folders(self) -> list[Watched]:
        """One connection for each of the first folders of a mailbox; the first also glances at all others."""
        found = []
        for name in self._passes:
            box = self.place.mailbox(name)
            near, far = box.inbound[:MOST_EARS], box.inbound[MOST_EARS:]
            found.append(Watched(name, box.imap, near[0], far, box.sent))
            found += [Watched(name, box.imap, folder) for folder in near[1:]]
        return found

    def _hear(self, news: News) -> None:
        box = self._passes[news.mailbox]
        match news.what:
            case What.LOST:
                self.say("reconnecting", news.mailbox, folder=news.folder, wait=news.wait, why=news.why)
            case What.IDLE | What.POLLING:
                self.say("idle" if news.what is What.IDLE else "polling", news.mailbox, folder=news.folder)
            case What.CONNECTED:
                self.say("connected", news.mailbox, folder=news.folder)
                box.server_is_back()
                box.mail_may_have_come()
            case What.ARRIVED:
                box.mail_may_have_come()

    async def _attend(self) -> None:
        """Looks into the store for what people, or time, have made due."""
        entry: int | None = None
        while True:
            try:
                entry = await self._look_into_store(entry)
            except MailstageError as error:  # a pass will tell it; this look is repeated anyway
                log.warning("step=attending error=%s", error)
            await asyncio.sleep(self.rhythm.store)

    async def _look_into_store(self, entry: int | None) -> int:
        """Returns the newest entry of the audit log, to go on from."""
        store = self.place.store
        if entry is None:
            return await asyncio.to_thread(newest_entry, store)
        newest, decided = await asyncio.to_thread(decided_since, store, entry)
        for name, box in self._passes.items():
            if name in decided or EVERYTHING in decided:
                box.something_was_decided()
        for name, replies in (await asyncio.to_thread(replies_due, store, list(self._passes))).items():
            if self._worth_trying(name, replies) and await asyncio.to_thread(self.place.may_act, name):
                self._passes[name].replies_are_due()
        for name in await asyncio.to_thread(abandoned, store, list(self._passes)):
            late = time.monotonic() - self._repaired.get(name, -math.inf) >= self.rhythm.repair
            if late and await asyncio.to_thread(self.place.may_act, name):
                self._repaired[name] = time.monotonic()
                self._passes[name].work_was_left()
        return newest

    def _worth_trying(self, mailbox: str, replies: frozenset[int]) -> bool:
        tried, at = self._tried.get(mailbox, (frozenset(), 0.0))
        now = time.monotonic()
        if replies <= tried and now - at < self.rhythm.same_replies:
            return False
        self._tried[mailbox] = (replies, now)
        return True

    async def _upkeep(self) -> None:
        from flows.upkeep import upkeep

        await self._flows.run(upkeep, self.config)

    def _upkeep_failed(self, error: Exception, wait: float) -> None:
        log.warning("step=upkeep again_in=%.0f error=%s", wait, error)

    def say(self, event: Event, mailbox: str = "", **more: Any) -> None:
        self._say(StatusLine(at=self.place.store.clock(), event=event, mailbox=mailbox, **more))


def watch_until_interrupted(
    place: Workplace, config: Path | None, mailboxes: Sequence[str], say: Say, rhythm: Rhythm
) -> None:
    """Runs until Ctrl-C or SIGTERM, then leaves within seconds, whatever a step of a flow is busy with."""
    load_prefect()

    async def run() -> None:
        watch = Watch(place, config, mailboxes, say, rhythm)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, watch.stop)
        await watch.run()
        stop_prefect()
        sys.stdout.flush()
        sys.stderr.flush()
        # a thread that waits for a model, or for a dead server, would hold the interpreter for minutes
        os._exit(0)

    asyncio.run(run())
