"""Processes that can be killed at any moment and started anew in milliseconds: forks of a warm one.

A child keeps no descriptor of its parent but the pipe whose end tells of its death. A descriptor that lived on in a
sibling would keep a dead process's connections open, and its death would go unseen.
"""

import asyncio
import ctypes
import mmap
import os
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

KILLED = -signal.SIGKILL
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux: no trial outlives the command that runs it."""
_BOARD = struct.Struct("ddqq")


class Board:
    """What all processes of a trial share: a clock that can be moved on, and when the last fault struck.

    Waiting for a lease or a back-off would make a trial last minutes; moving the clock on proves the same.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _BOARD.size)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._read()[0])

    def forward(self, seconds: float) -> None:
        ahead, struck, strikes, passes = self._read()
        self._write(ahead + seconds, struck, strikes, passes)

    def strike(self) -> None:
        """A fault struck now; the last one counts as the fault's end."""
        ahead, _, strikes, passes = self._read()
        self._write(ahead, self.now().timestamp(), strikes + 1, passes)

    def count_pass(self) -> None:
        ahead, struck, strikes, passes = self._read()
        self._write(ahead, struck, strikes, passes + 1)

    @property
    def strikes(self) -> int:
        return int(self._read()[2])

    @property
    def passes(self) -> int:
        return int(self._read()[3])

    def since_last_strike(self) -> float:
        """Seconds by the trial's clock; 0 when nothing struck."""
        struck = self._read()[1]
        return self.now().timestamp() - struck if struck else 0.0

    def _read(self) -> tuple[float, float, int, int]:
        return _BOARD.unpack(self._memory[: _BOARD.size])

    def _write(self, ahead: float, struck: float, strikes: int, passes: int) -> None:
        self._memory[: _BOARD.size] = _BOARD.pack(ahead, struck, strikes, passes)


@dataclass
class Child:
    """A forked process; `ended` becomes its exit status, negative for the signal that ended it."""

    pid: int
    ended: asyncio.Future[int]
    said: bytearray = field(default_factory=bytearray)
    """What it wrote into its pipe so far."""
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it has written something, or has ended."""

    def kill(self) -> None:
        """`kill -9`, unless it has ended already."""
        if not self.ended.done():
            os.kill(self.pid, signal.SIGKILL)


def fork(work: Callable[[int], int]) -> Child:
    """Starts a child that runs `work(pipe)` and exits with what it returns. Needs a running event loop."""
    listening, speaking = os.pipe()
    pid = os.fork()
    if pid == 0:
        become(work, speaking)
    os.close(speaking)
    loop = asyncio.get_running_loop()
    child = Child(pid, loop.create_future())
    loop.add_reader(listening, _listen, child, listening)
    return child


def become(work: Callable[[int], int], speaking: int) -> None:
    """The child's whole life: nothing of the parent's (clean-up, buffers, event loop) may run in it."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        os.closerange(3, speaking)
        os.closerange(speaking + 1, 1024)
        status = work(speaking)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _listen(child: Child, pipe: int) -> None:
    said = os.read(pipe, 65536)
    child.said += said
    child.heard.set()
    if said:
        return
    asyncio.get_running_loop().remove_reader(pipe)
    os.close(pipe)
    _, status = os.waitpid(child.pid, 0)
    child.ended.set_result(os.waitstatus_to_exitcode(status))
