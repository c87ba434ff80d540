"""Mailstage in a process that can be killed: passes over the mailbox, with a person who decides, until it is quiet."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import tasks.workplace
from models.configuration import load_settings
from models.errors import MailstageError
from store.database import open_store
from tasks.workplace import Workplace
from tests.faults import points, road
from tests.faults.audit import is_quiet
from tests.faults.bugs import BUGS
from tests.faults.person import decide
from tests.faults.points import replace
from tests.faults.processes import Board

MOST_PASSES = 90
QUIET, RESTLESS = 0, 3
"""Exit status: nothing moves any more, or something still does after MOST_PASSES."""


@dataclass(frozen=True)
class Kill:
    """Where this process dies by its own hand: at a named point, or around a commit."""

    point: str = ""
    commit: int = 0
    after: bool = False


@dataclass(frozen=True)
class Job:
    """What a worker is told."""

    config: Path
    database: str
    seed: int
    board: Board
    kill: Kill | None = None
    bug: str = ""
    sweep: float = 10.0
    """Seconds by the trial's clock between the end of one pass and the start of the next."""


def work(job: Job, _pipe: int) -> int:
    """One process's life, from its start to quiet."""
    _redirect(job.config.parent / "worker.log")
    place = _open(job)
    if job.bug:
        BUGS[job.bug].plant()
    if job.kill is not None:
        _arm(job.kill, partial(points.die, job.board.strike))
    settled = False
    log = logging.getLogger("trial")
    for number in range(MOST_PASSES):
        whole = _pass(job, place)
        log.warning("pass %d %s", number, "ended" if whole else "broke off")
        job.board.count_pass()
        if not is_quiet(job.database):
            settled = False
        elif whole and settled:
            return QUIET
        else:
            settled = whole  # a further pass reads our own copies in Sent, and must change nothing else
            continue
        job.board.forward(job.sweep)
    return RESTLESS


def _pass(job: Job, place: Workplace) -> bool:
    """True when it came to its end; what stops one pass is for the next to mend."""
    try:
        asyncio.run(road.run(job.config))
        decide(place, job.seed)
    except MailstageError:
        logging.getLogger("trial").warning("a pass ended early", exc_info=True)
        return False
    return True


def _arm(kill: Kill, fatal: Callable[[], None]) -> None:
    if kill.point:
        points.arm(points.POINTS[kill.point], fatal)
    else:
        points.arm_commit(kill.commit, kill.after, fatal)


def _open(job: Job) -> Workplace:
    """Opened once a process and handed to every flow. The store's clock is the trial's, which leaps over waiting."""
    place = Workplace(load_settings(job.config), open_store(job.database, job.board.now))
    replace(tasks.workplace, "open_workplace", lambda _config=None: place)
    return place


def _redirect(log: Path) -> None:
    """What it says goes to a file of its trial."""
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(target, 1)
    os.dup2(target, 2)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(message)s", force=True)
