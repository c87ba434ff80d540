"""Named lines of the road at which a process can be killed.

A point names a function and a moment of its call. It is armed in the doomed process alone, by wrapping that function
wherever it has been imported, so the code itself holds no trace of it and pays nothing for it.
"""

import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

ROOMS = ("models", "mail", "ml", "store", "tasks", "flows")


class When(Enum):
    BEFORE = auto()
    """On entry."""
    COMMIT = auto()
    """On entry of the commit that ends its transaction: all is written, nothing counts yet."""
    AFTER = auto()
    """On its return, before the caller learns of it."""
    YIELD = auto()
    """On its return with something in hand (a claim that won, a row that was found)."""


@dataclass(frozen=True)
class Point:
    """`function` is a dotted path within `module`."""

    module: str
    function: str
    when: When


def _points(module: str, function: str, name: str, *moments: When) -> dict[str, Point]:
    return {f"{name}, {moment.name.lower()}": Point(module, function, moment) for moment in moments}


W = When
POINTS: dict[str, Point] = {
    **_points("store.arrivals", "save_batch", "save what was fetched", W.BEFORE, W.COMMIT, W.AFTER),
    **_points("store.cases", "claim", "claim cases", W.YIELD),
    **_points("store.classifications", "save_categorized", "save categories", W.COMMIT, W.AFTER),
    **_points("store.labels", "labels_begun", "begin the labels", W.COMMIT, W.AFTER),
    **_points("store.labels", "labels_written", "note the labels", W.BEFORE, W.AFTER),
    **_points("store.drafts", "add_draft", "save a draft", W.COMMIT, W.AFTER),
    **_points("store.drafts", "hand_over", "hand over to a person", W.COMMIT, W.AFTER),
    **_points("store.drafts", "ask_approval", "ask for approval", W.COMMIT, W.AFTER),
    **_points("store.decisions", "approve_by_policy", "approve by policy", W.COMMIT, W.AFTER),
    **_points("store.decisions", "approve_reply", "approve by a person", W.COMMIT, W.AFTER),
    **_points("store.outbox", "claim_next", "claim a reply", W.COMMIT, W.YIELD),
    **_points("store.outbox", "begin_transmission", "begin the transmission", W.COMMIT, W.AFTER),
    **_points("mail.smtp.sending", "send", "send", W.BEFORE, W.AFTER),
    **_points("store.outcome", "record_results", "record the results", W.COMMIT, W.AFTER),
    **_points("store.outbox", "claim_filing", "claim the filing", W.COMMIT, W.YIELD),
    **_points("mail.imap.session", "ImapSession.append_sent", "file the copy", W.BEFORE, W.AFTER),
    **_points("mail.imap.session", "ImapSession.answered", "flag as answered", W.BEFORE, W.AFTER),
    **_points("store.outbox", "mark_filed", "note the copy", W.COMMIT, W.AFTER),
}


def arm(point: Point, fatal: Callable[[], None]) -> None:
    """Calls `fatal`, which does not return, when the point is passed."""
    owner, name = _owner(point)
    original = getattr(owner, name)

    @functools.wraps(original)
    def armed(*args: Any, **kwargs: Any) -> Any:
        if point.when is When.BEFORE:
            fatal()
        if point.when is When.COMMIT:
            with _before_commit(fatal):
                return original(*args, **kwargs)
        result = original(*args, **kwargs)
        if point.when is When.AFTER or (point.when is When.YIELD and result):
            fatal()
        return result

    replace(owner, name, armed)


def replace(owner: Any, name: str, substitute: Any) -> None:
    """Puts a substitute in the place of a function, also under the names by which other modules imported it."""
    original = getattr(owner, name)
    setattr(owner, name, substitute)
    for module in [module for key, module in sys.modules.items() if key.split(".")[0] in ROOMS]:
        for alias, value in list(vars(module).items()):
            if value is original:
                setattr(module, alias, substitute)


def arm_commit(nth: int, after: bool, fatal: Callable[[], None]) -> None:
    """Calls `fatal` just before, or just after, the `nth` commit of any transaction, whoever makes it."""
    from sqlalchemy.engine.default import DefaultDialect

    commit = DefaultDialect.do_commit
    left = [nth]

    def counted(self: Any, connection: Any) -> None:
        left[0] -= 1
        if left[0] == 0 and not after:
            fatal()
        commit(self, connection)  # type: ignore[no-untyped-call]
        if left[0] == 0:
            fatal()

    DefaultDialect.do_commit = counted  # type: ignore[method-assign]


def die(strike: Callable[[], None]) -> None:
    """`kill -9` of this very process."""
    strike()
    os.kill(os.getpid(), signal.SIGKILL)


def _owner(point: Point) -> tuple[Any, str]:
    *path, name = point.function.split(".")
    owner = functools.reduce(getattr, path, importlib.import_module(point.module))
    return owner, name


@contextmanager
def _before_commit(fatal: Callable[[], None]) -> Iterator[None]:
    """Within the block, the next commit is not reached."""
    from sqlalchemy.engine.default import DefaultDialect

    commit = DefaultDialect.do_commit
    DefaultDialect.do_commit = lambda _dialect, _connection: fatal()  # type: ignore[method-assign]
    try:
        yield
    finally:
        DefaultDialect.do_commit = commit  # type: ignore[method-assign]
