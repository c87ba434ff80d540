"""Progress bars for a person at a terminal; nothing elsewhere (there each batch is a log line)."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from tasks.progress import watched_by


@contextmanager
def progress_bars() -> Iterator[None]:
    """One bar for each step of each mailbox, as the steps report."""
    if not sys.stderr.isatty():
        yield
        return
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    from rich.console import Console

    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars: dict[tuple[str, str], TaskID] = {}

        def report(mailbox: str, step: str, done: int, total: int) -> None:
            key = (mailbox, step)
            if key not in bars:
                bars[key] = progress.add_task(f"{mailbox:<8} {step:<13}", total=total or done)
            progress.update(bars[key], completed=done, total=total or done)

        with watched_by(report):
            yield
