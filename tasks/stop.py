"""How a run is asked to end: at the next point where nothing is half done.

A context variable, for the reason that `tasks/progress.py` gives. A step may be left anywhere but on the wire, since
whatever dies is taken up by the next run; a reply on its way must hear the server's answer, or nobody knows of it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopped(Exception):
    """The run was asked to end, and ends here with nothing half done."""


class StopSign:
    """Shared by everything that runs in its `obeyed` block, in whatever thread."""

    def __init__(self) -> None:
        self._asked = False
        self._on_the_wire = 0
        self._changed = threading.Condition()

    def ask(self) -> None:
        self._asked = True

    @property
    def asked(self) -> bool:
        return self._asked

    def wait_for_the_wire(self, seconds: float) -> bool:
        """Waits until no reply is on its way; False when one still is after `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._on_the_wire == 0, seconds)

    @contextmanager
    def obeyed(self) -> Iterator[None]:
        token = _sign.set(self)
        try:
            yield
        finally:
            _sign.reset(token)

    def count(self, difference: int) -> None:
        with self._changed:
            self._on_the_wire += difference
            self._changed.notify_all()


_sign: ContextVar[StopSign | None] = ContextVar("stop", default=None)


def stop_if_asked() -> None:
    """For points where nothing is half done. Raises Stopped."""
    sign = _sign.get()
    if sign is not None and sign.asked:
        raise Stopped("the run was asked to end")


@contextmanager
def on_the_wire() -> Iterator[None]:
    """Around the one thing that must come to its end."""
    sign = _sign.get()
    if sign is None:
        yield
        return
    sign.count(+1)
    try:
        yield
    finally:
        sign.count(-1)
