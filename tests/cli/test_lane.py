"""One job at a time: nothing that is asked for is missed, and nothing is done more often than it must."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest

from cli.lane import Lane
from mail.imap.backoff import BackOff
from models.errors import MailServerUnreachable


class Job:
    """Counts its runs; each waits for the gate."""

    def __init__(self, failures: int = 0) -> None:
        self.runs = 0
        self.failures = failures
        self.errors: list[tuple[Exception, float]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> None:
        self.runs += 1
        await self.gate.wait()
        if self.runs <= self.failures:
            raise MailServerUnreachable("down")

    def failed(self, error: Exception, wait: float) -> None:
        self.errors.append((error, wait))

    async def reaches(self, runs: int) -> None:
        async with asyncio.timeout(10):
            while self.runs < runs:
                await asyncio.sleep(0)


@pytest.fixture
async def start() -> AsyncIterator[Callable[[Lane], None]]:
    tasks: list[asyncio.Task[None]] = []
    yield lambda lane: tasks.append(asyncio.create_task(lane.run()))
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def rest() -> None:
    """Lets everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_hundred_requests_during_a_run_are_one_more_run(start: Callable[[Lane], None]) -> None:
    """The first starts it, the others come too late for it and share the next."""
    job = Job()
    lane = Lane(job, job.failed)
    start(lane)
    job.gate.clear()
    lane.ask()
    await job.reaches(1)
    for _ in range(100):
        lane.ask()
    job.gate.set()
    await job.reaches(2)
    await rest()
    assert job.runs == 2


async def test_it_runs_by_itself_when_nobody_asks(start: Callable[[Lane], None]) -> None:
    """A notice that was lost costs minutes, not the mail."""
    job = Job()
    start(Lane(job, job.failed, every=0.01))
    await job.reaches(3)


async def test_a_failure_is_told_and_tried_again(start: Callable[[Lane], None]) -> None:
    """Without a new request, after a wait that grows."""
    job = Job(failures=3)
    lane = Lane(job, job.failed, back_off=BackOff(first=0.01, draw=lambda: 1.0, least=0.0))
    start(lane)
    lane.ask()
    await job.reaches(4)
    assert [wait for _, wait in job.errors] == [0.01, 0.02, 0.04]


async def test_a_server_that_is_back_ends_the_wait(start: Callable[[Lane], None]) -> None:
    """Nobody waits out three quarters of a minute for a server that answers again."""
    job = Job(failures=1)
    lane = Lane(job, job.failed, back_off=BackOff(first=600.0, longest=600.0, draw=lambda: 1.0))
    start(lane)
    lane.ask()
    await job.reaches(1)
    await rest()
    lane.recovered()
    await job.reaches(2)
