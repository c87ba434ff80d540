"""One job at a time: what is asked for while it runs is done once afterwards, and a failure is tried again.

So a hundred notices in a second cost one or two runs, and none of them is missed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from mail.imap.backoff import BackOff
from tasks.stop import Stopped


@dataclass
class Lane:
    """`job` runs when `ask` is called, and after `every` seconds without it (None: never by itself).

    `settle`: seconds between the first request and the run, in which others may join. `failed` is told each error and
    how long the lane waits after it.
    """

    job: Callable[[], Awaitable[None]]
    failed: Callable[[Exception, float], None]
    every: float | None = None
    settle: float = 0.0
    back_off: BackOff = field(default_factory=BackOff)
    busy: bool = False
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _recovered: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self) -> None:
        self._asked.set()

    def recovered(self) -> None:
        """What made the job fail has ended: the next try need not wait."""
        self._recovered.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await _event(self._asked, self.every)
            await asyncio.sleep(self.settle)
            # cleared before the job: what is asked for from here on may come too late for it
            self._asked.clear()
            self._recovered.clear()
            try:
                await self._do()
            except Stopped:
                return
            except Exception as error:  # whatever it was, the next run may do better, and the others must go on
                wait = self.back_off.fails()
                self.failed(error, wait)
                await _event(self._recovered, wait)
                self._asked.set()

    async def _do(self) -> None:
        self.busy = True
        try:
            await self.job()
        finally:
            self.busy = False
        self.back_off.works()


async def _event(event: asyncio.Event, seconds: float | None) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
