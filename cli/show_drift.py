"""How drift looks on a terminal: a sentence for each mailbox, and its figures."""

from collections.abc import Sequence

from rich.table import Table

from cli.show import clean, console
from models.drift import Drift

NAMES = {
    "confidence": "median confidence",
    "out_of_scope": "unlike every category",
    "mix": "{category}, the category that changed most",
    "asked": "asked about",
}


def print_drift(rows: Sequence[Drift]) -> None:
    for row in rows:
        colour = "dim" if row.why else "yellow" if row.alarm else "green"
        console.print(f"[bold]{clean(row.mailbox)}[/] [{colour}]{clean(row.sentence)}[/]")
        if row.figures:
            _print_figures(row)


def print_alarm(found: Drift) -> None:
    """One line below the overview; nothing while all is well."""
    if found.alarm:
        console.print(f"[yellow]Drift:[/] {clean(found.sentence)}. `mailstage drift {clean(found.mailbox)}` says more.")


def _print_figures(row: Drift) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("", "then", "now", "effect", "p", ""):
        table.add_column(name, justify="right" if name else "left")
    for one in row.figures:
        p = "< 0.0001" if one.p < 0.0001 else f"{one.p:.4f}"
        mark = "[yellow]alarm[/]" if one.alarm else ""
        shares = (f"{one.training:.0%}", f"{one.stream:.0%}")
        name = NAMES[one.name].format(category=one.category)
        table.add_row(f"  {clean(name)}", *shares, f"{one.effect:.2f}", p, mark)
    console.print(table)
