"""What happens to one mailbox while it is watched: fetched at once, carried along the road, its replies sent.

Fetching needs no flow, so it waits neither for Prefect nor for a pass that is busy with a large model. The pass is the
flow that `mailstage run` runs. Beside a long one, new mail is sorted and approved replies are sent in flows of their
own; claims in the store keep them apart.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from cli.engine import forget_dead_prefect
from cli.flow_thread import FlowThread
from cli.lane import Lane
from cli.status import Event
from models.errors import MailstageError
from store.cursors import troubles
from tasks.fetch import fetch_mail
from tasks.progress import log, watched_by
from tasks.stop import StopSign
from tasks.workplace import Workplace

Flow = Callable[..., Coroutine[Any, Any, Any]]
LONG_PASS = 2.0
"""Seconds after which new mail is sorted beside a pass instead of after it."""
SETTLE = 0.1
"""Seconds in which further notices of a burst may join the first."""


class Passes:
    """The lanes of one mailbox. `say` is told what comes of a run; `every`: seconds between passes without a notice."""

    def __init__(
        self,
        place: Workplace,
        mailbox: str,
        config: str,
        flows: FlowThread,
        sign: StopSign,
        slots: asyncio.Semaphore,
        say: Callable[..., None],
        every: float,
    ) -> None:
        self.place, self.mailbox, self.config = place, mailbox, config
        self._flows, self._sign, self._slots, self._say = flows, sign, slots, say
        self._fetching = Lane(self._fetch, self._failed, settle=SETTLE)
        self._passing = Lane(self._pass, self._failed, every)
        self._sorting = Lane(self._sort_beside, self._failed)
        self._delivering = Lane(self._deliver, self._failed)
        self._folders = place.mailbox(mailbox).inbound
        self._unread: list[str] = []

    async def run(self) -> None:
        """Until cancelled."""
        lanes = (self._fetching, self._passing, self._sorting, self._delivering)
        await asyncio.gather(*(lane.run() for lane in lanes))

    def mail_may_have_come(self) -> None:
        self._fetching.ask()

    def server_is_back(self) -> None:
        """What has failed need not wait any longer."""
        self._fetching.recovered()
        self._passing.recovered()

    def something_was_decided(self) -> None:
        self._passing.ask()

    def work_was_left(self) -> None:
        self._passing.ask()

    def replies_are_due(self) -> None:
        self._delivering.ask()

    async def _fetch(self) -> None:
        with self._sign.obeyed():
            fetched = await asyncio.to_thread(fetch_mail, self.place, self.mailbox)
        if fetched.new:
            self._tell("new", new=fetched.new)
        self._tell_of_folders()
        self._passing.ask()
        if self._passing.busy:
            self._sorting.ask()

    def _tell_of_folders(self) -> None:
        """Each trouble once, and the end of all of them."""
        known, self._unread = self._unread, troubles(self.place.store, self.mailbox, self._folders)
        for why in self._unread:
            if why not in known:
                self._tell("unread", why=why)
        if known and not self._unread:
            self._tell("unread")

    async def _pass(self) -> None:
        from flows.pipeline import pipeline

        async with self._slots:
            steps, waiting, seconds = await self._carry(pipeline)
        paused = not self.place.may_act(self.mailbox)
        self._tell("pass", sent=steps["sending"], waiting=waiting, seconds=seconds, paused=paused)

    async def _sort_beside(self) -> None:
        from flows.categorize import categorize

        await asyncio.sleep(LONG_PASS)
        if self._passing.busy:
            await self._carry(categorize)

    async def _deliver(self) -> None:
        from flows.deliver import deliver

        _, sent, seconds = await self._carry(deliver)
        self._tell("delivered", sent=sent, seconds=seconds)

    async def _carry(self, flow: Flow) -> tuple[Counter[str], int, float]:
        """How far each step came, what the flow returned, and seconds."""
        steps: Counter[str] = Counter()

        def note(_mailbox: str, step: str, done: int, _total: int) -> None:
            steps[step] = max(steps[step], done)

        forget_dead_prefect()
        begun = time.monotonic()
        with watched_by(note), self._sign.obeyed():
            returned = await self._flows.run(flow, self.mailbox, self.config)
        return steps, int(returned), time.monotonic() - begun

    def _failed(self, error: Exception, wait: float) -> None:
        if isinstance(error, MailstageError):
            why = str(error)
        else:
            log.error("mailbox=%s step=watching", self.mailbox, exc_info=error)
            why = f"of an error that nobody foresaw ({type(error).__name__}); the log says more"
        self._tell("failed", wait=wait, why=why)

    def _tell(self, event: Event, **more: Any) -> None:
        self._say(event, self.mailbox, **more)
