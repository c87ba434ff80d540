"""The table that `run` and `demo` end with: what became of the mail, and what each figure counts."""

from collections.abc import Sequence

from rich.table import Table

from cli.show import console
from store.metrics import Overview

FIGURES = (
    ("seen", "seen", "mails that came in"),
    ("sorted", "categorised", "of these, given a category by the model or a person"),
    ("waiting", "waiting", "questions to you: which category, may this draft go"),
    ("drafted", "drafted", "replies that were drafted"),
    ("by policy", "by_policy", "of these, approved by the policy of phase 3"),
    ("to send", "to_send", "approved and not sent yet"),
    ("sent", "sent", "replies that left"),
    ("escalated", "escalated", "for you to answer, or to look into"),
    ("skipped", "skipped", "automatic mail, which is never answered"),
    ("filed", "filed", "done with: sorted in phase 1, too old, rejected …"),
    ("quarantine", "quarantined", "could not be read; the raw bytes are kept"),
)
"""Name, field of Overview, and what it counts: since the mailbox was connected, not in this pass alone."""


def print_overview(rows: Sequence[Overview], seconds: dict[str, float] | None = None) -> None:
    """A column for each mailbox; `seconds` tells how long each took."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("")
    for row in rows:
        table.add_column(row.mailbox, justify="right")
    table.add_column("", style="dim")
    for name, field, says in FIGURES:
        table.add_row(name, *(str(getattr(row, field)) for row in rows), says)
    if any(row.sorting_milliseconds for row in rows):
        table.add_row("ms a mail", *(f"{row.sorting_milliseconds:.1f}" for row in rows), "that sorting one took")
    if any(row.sorting_cost for row in rows):
        table.add_row("sorting $", *(f"{row.sorting_cost:.2f}" for row in rows), "what sorting has cost")
    if seconds:
        took = [seconds.get(row.mailbox, 0.0) for row in rows]
        table.add_row("seconds", *(f"{one:.1f}" for one in took), "that the pass took")
        table.add_row(
            "mails/s", *(f"{row.seen / one:.0f}" if one else "–" for row, one in zip(rows, took, strict=True))
        )
    console.print(table)
    if any(row.waiting or row.escalated or row.quarantined for row in rows):
        console.print("[dim]`mailstage queue` lists what waits for you.[/]")
