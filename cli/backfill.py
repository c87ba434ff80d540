"""`mailstage backfill`: its progress, how it is stopped, and what it says at the end."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from store.backfills import Backfill
from tasks.backfill import Wanted
from tasks.progress import Reporter, watched_by
from tasks.stop import Stopped, StopSign

LINE_SECONDS = 5.0
"""Between two plain lines about the same folder."""


@contextmanager
def stopped_by_ctrl_c(sign: StopSign) -> Iterator[None]:
    """The first Ctrl-C ends the run after its batch; a second one at once, which loses nothing either."""

    def stop(_number: int, _frame: object) -> None:
        sign.ask()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, stop)
    try:
        with sign.obeyed():
            yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def shown_progress() -> Iterator[None]:
    """A bar for each step with the time left on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        with watched_by(Lines(time.monotonic)):
            yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress, watched_by(_bars(progress)):
        yield


def _bars(progress: Progress) -> Reporter:
    bars: dict[str, TaskID] = {}

    def report(_mailbox: str, step: str, done: int, total: int) -> None:
        if step not in bars:
            bars[step] = progress.add_task(step, total=total or None, completed=done)
        progress.update(bars[step], completed=done, total=total or None)

    return report


@dataclass
class Lines:
    """Progress as plain lines on standard error: at most one in LINE_SECONDS for each step, and its last."""

    clock: Callable[[], float]
    begun: dict[str, tuple[float, int]] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)

    def __call__(self, mailbox: str, step: str, done: int, total: int) -> None:
        now = self.clock()
        start, first = self.begun.setdefault(step, (now, done))
        if now - self.told.get(step, -LINE_SECONDS) < LINE_SECONDS and done != total:
            return
        self.told[step] = now
        share = f" of {total} ({done / total:.0%})" if total else ""
        print(f"{mailbox}: {step} {done}{share}{_time_left(now - start, done - first, total - done)}", file=sys.stderr)


def _time_left(seconds: float, done: int, left: int) -> str:
    """From the pace of this run; nothing while there is none."""
    if done <= 0 or left <= 0 or seconds <= 0:
        return ""
    return f", about {duration(seconds * left / done)} left"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def run_backfill(mailbox: str, wanted: Wanted, config: str) -> bool:
    """Runs the flow under a bar; False when Ctrl-C has stopped it."""
    from cli.engine import run_flow
    from flows.backfill import backfill

    try:
        with stopped_by_ctrl_c(StopSign()), shown_progress():
            run_flow(backfill, mailbox, wanted.since, wanted.until, wanted.folder, wanted.drafts, config)
    except Stopped:
        return False
    return True


def described(row: Backfill) -> str:
    """One line about how far a folder is."""
    days = f"from {row.since}" + (f" to before {row.until}" if row.until else "")
    state = f"finished {row.finished:%Y-%m-%d %H:%M}" if row.finished else f"{row.left} left"
    found = f"{row.sorted} sorted, {row.unsure} unsure"
    return f"{row.mailbox} {row.folder}, {days}: {row.done} of {row.total} done, {found}, {state}"


def explained(rows: Sequence[Backfill]) -> str:
    """What becomes of the mail that the model was not sure of; empty when there is none."""
    unsure = sum(row.unsure for row in rows)
    if not unsure:
        return ""
    return (
        f"{unsure} unsure: the model could not tell what they are about, so they got no label. "
        "Nobody is asked about old mail: look through them in a mail client."
    )


def summary(rows: Sequence[Backfill]) -> list[dict[str, object]]:
    """One object a folder, for --json."""
    return [row.model_dump(mode="json") | {"left": row.left} for row in rows]
