"""How models look on a terminal: the versions, and one beside another."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.table import Table

from cli.show import clean, console
from models.challenge import Challenge, Comparison, ModelVersion, PastComparison


def print_models(models: Sequence[ModelVersion]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("version", "trained", "mails", "accuracy", "", "decided"):
        table.add_column(name, no_wrap=name != "decided", justify="right" if name in ("mails", "accuracy") else "left")
    for one in models:
        state = "[green]in use[/]" if one.in_use else "before" if one.previous else ""
        accuracy = "" if one.accuracy is None else f"{one.accuracy:.1%}"
        rows = f"{one.rows:,}" if one.rows else ""
        table.add_row(one.version, str(one.trained or ""), rows, accuracy, state, clean(one.note))
    console.print(table)
    console.print("[dim]Accuracy is cross-validated, each on its own mails: it does not compare two versions.[/]")


def print_comparisons(compared: Sequence[PastComparison], zone: str) -> None:
    if not compared:
        return
    console.print("\n[bold]Challengers so far[/]")
    for one in compared:
        day = one.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")
        console.print(f"  {day}  {one.verdict}, after {one.changed} decisions: {clean(one.why)}")


def print_challenge(asked: Challenge) -> None:
    """What a `model` review asks."""
    console.print(
        f"Shall model {asked.version} sort the mail of all mailboxes from now on, instead of {asked.champion}?"
    )
    console.print(f"It learned from {asked.rows:,} mails; {asked.changed:,} of them are new decisions of reviewers.")
    print_comparison(asked.comparison)


def print_comparison(found: Comparison) -> None:
    console.print(f"\nOn {found.n} mails that neither was trained on, {found.from_decisions} of them newly decided:")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("", "now", "new"):
        table.add_column(name, justify="left" if not name else "right")
    now, new = found.champion, found.challenger
    table.add_row("right", f"{now.accuracy:.1%}", f"{new.accuracy:.1%}")
    table.add_row("answered without a person", f"{now.coverage:.1%}", f"{new.coverage:.1%}")
    table.add_row("right among those", _share(now.precision), _share(new.precision))
    table.add_row("cost a mail, in questions", f"{now.cost:.2f}", f"{new.cost:.2f}")
    console.print(table)
    console.print(
        f"Newly right {found.gained}, newly wrong {found.lost}: p = {found.better_p:.3f} for a better model by chance. "
        f"Cost differs by {found.cost_low:+.2f} to {found.cost_high:+.2f} (95% interval)."
    )
    console.print(
        f"Look {found.look} since the model in use was activated: better takes p < {found.level:.2g}, so that looking "
        "often proves nothing by itself."
    )
    for change in found.categories:
        name, sign = clean(change.category or "out of scope"), "+" if change.after > change.before else "−"
        console.print(f"  {sign} {name}: {change.before} of {change.n} right now, {change.after} with the new one")
    for example in found.examples:
        word = "[yellow]newly wrong[/]" if example.right_before else "newly right"
        said = clean(f"{example.before or 'out of scope'} → {example.after or 'out of scope'}")
        console.print(f"  {word}: {said}; it is {clean(example.label or 'out of scope')}: {clean(example.text)}")


def _share(value: float | None) -> str:
    return "none given" if value is None else f"{value:.1%}"
