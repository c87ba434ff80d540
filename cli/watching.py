"""Progress bars for a person at a terminal; nothing elsewhere (there a flow logs a line for each batch)."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from tasks.progress import watched_by


@contextmanager
def progress_bars() -> Iterator[None]:
    """One bar for each step of each mailbox, as the steps report."""
    if not sys.stderr.isatty():
        yield
        return
    with _bars() as progress:
        bars: dict[tuple[str, str], TaskID] = {}

        def report(mailbox: str, step: str, done: int, total: int) -> None:
            key = (mailbox, step)
            if key not in bars:
                bars[key] = progress.add_task(f"{mailbox:<8} {step:<13}", total=total or done)
            progress.update(bars[key], completed=done, total=total or done)

        with watched_by(report):
            yield


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """One bar for work that is no step of a mailbox; to be called with (done, total)."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with _bars() as progress:
        bar = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


def _bars() -> Progress:
    from rich.console import Console

    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
