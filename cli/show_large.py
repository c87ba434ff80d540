"""How the large model that sorts mail looks on a terminal, and in lines of JSON."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from cli.show import clean, console
from models.opinion import TrackRecord
from tasks.sum_up import LargeModel


def lines_of(found: LargeModel) -> Iterator[dict[str, Any]]:
    """They differ in `what`: the model itself, a record for each mailbox and stratum, the calls of each mailbox."""
    yield {"what": "model", **found.model_dump(mode="json", include={"model", "local", "asked", "cost", "by_people"})}
    for one in found.records:
        yield {"what": "record", "mailbox": one.mailbox, "category": one.category, **one.record.model_dump(mode="json")}
    for mailbox, asked in found.today.items():
        yield {"what": "calls", "mailbox": mailbox, "asked": asked, "per_day": found.per_day}


def print_large(found: LargeModel) -> None:
    where = "mail stays on your premises" if found.local else "mail leaves your premises"
    cost = f", ${found.cost:.2f}" if found.cost else ""
    console.print(f"[bold]{clean(found.model)}[/], asked about {found.asked} mails{cost}; {where}")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("mailbox", "where it", "for", "right", "of", "at least", "needed", ""):
        table.add_column(name, justify="right" if name in ("right", "of", "at least", "needed") else "left")
    for one in found.records:
        record = one.record
        figures = (f"{record.right}", f"{record.n}", f"{record.lower:.1%}", f"{record.needed:.1%}")
        table.add_row(
            clean(one.mailbox), record.stratum, clean(one.category or "every category"), *figures, _does(record)
        )
    console.print(table)
    for mailbox, asked in found.today.items():
        console.print(f"{clean(mailbox)}: {asked} of {found.per_day} mails in 24 hours")
    if found.by_people:
        console.print(f"[dim]Never without a person, as their risk is high: {clean(', '.join(found.by_people))}[/]")
    console.print(
        "[dim]Agrees, differs: with the small model's guess. Each mailbox earns its own. Mails of one wording count "
        "once, and only where a person was asked as well; once it answers, only the one in ten that still is.[/]"
    )


def _does(record: TrackRecord) -> str:
    if record.answers:
        return "[green]answers[/]"
    return f"suggests; looked at again at {record.next_look}" if record.next_look else "suggests"
