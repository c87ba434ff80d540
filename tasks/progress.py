"""How a step says how far it is, to whoever watches.

A context variable and not a parameter, because Prefect would store a parameter; asyncio and its threads carry it along.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tasks.stop import stop_if_asked

Reporter = Callable[[str, str, int, int], None]
"""Called with mailbox, step, done, total; total is 0 while it is not known."""

log = logging.getLogger("mailstage")
_reporter: ContextVar[Reporter | None] = ContextVar("reporter", default=None)


def report(mailbox: str, step: str, done: int, total: int = 0) -> None:
    """One batch is done: to the reporter when somebody watches, and as one log line.

    Between two batches nothing is half done: here a run that was asked to end raises Stopped.
    """
    log.info("mailbox=%s step=%s done=%d total=%d", mailbox, step, done, total)
    if (reporter := _reporter.get()) is not None:
        reporter(mailbox, step, done, total)
    stop_if_asked()


@contextmanager
def watched_by(reporter: Reporter) -> Iterator[None]:
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)
