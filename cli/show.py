"""How things look on a terminal: the overview, the queue, one review, the evidence."""

import sys
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from models.case import Case
from models.classification import Classification
from models.conversation import Turn
from models.draft import Draft, Verdict
from models.message import Message
from models.outbox import RecipientResult, RecipientState
from models.review import Review
from models.rollout import Evidence, MailboxState, Proportion
from store.metrics import Overview

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
MARKS = {Verdict.PASS: "[green]✓[/]", Verdict.WARN: "[yellow]![/]", Verdict.BLOCK: "[red]✗[/]"}
OUTCOMES = {
    RecipientState.WAITING: "[dim]…[/]",
    RecipientState.ACCEPTED: "[green]✓[/]",
    RecipientState.REFUSED: "[red]✗[/]",
    RecipientState.UNKNOWN: "[yellow]?[/]",
}


def clean(text: str) -> str:
    """Mail text made safe for a terminal: no control characters (escape sequences), no markup."""
    return escape("".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0)))


def print_overview(rows: Sequence[Overview], seconds: dict[str, float] | None = None) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    fields = {
        "seen": "seen",
        "sorted": "categorised",
        "waiting": "waiting",
        "drafted": "drafted",
        "by policy": "by_policy",
        "to send": "to_send",
        "sent": "sent",
        "escalated": "escalated",
        "skipped": "skipped",
        "quarantine": "quarantined",
    }
    table.add_column("mailbox")
    for name in [*fields, *(["seconds", "mails/s"] if seconds else [])]:
        table.add_column(name, justify="right")
    for row in rows:
        cells = [row.mailbox, *(str(getattr(row, field)) for field in fields.values())]
        if seconds:
            took = seconds.get(row.mailbox, 0.0)
            cells += [f"{took:.1f}", f"{row.seen / took:.0f}" if took else "–"]
        table.add_row(*cells)
    console.print(table)


def print_queue(rows: Sequence[tuple[Review, Case | None, Message | None]], now: datetime) -> None:
    if not rows:
        console.print("Nothing waits for you.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("review", "mailbox", "kind", "from", "subject", "why", "age"):
        table.add_column(name, no_wrap=name not in ("subject", "why"), max_width=44)
    for review, case, message in rows:
        why = case.reason if case else str(review.payload.get("why", ""))
        sender = str(message.sender.address) if message else ""
        subject = message.subject if message else ""
        table.add_row(
            str(review.id),
            review.mailbox,
            review.kind,
            clean(sender),
            clean(subject),
            clean(why),
            age(now - review.created),
        )
    console.print(table)
    console.print("\n`mailstage show ID` shows one; then `approve`, `edit` or `reject`.")


def age(delta: object) -> str:
    seconds = int(getattr(delta, "total_seconds")())  # noqa: B009
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "now"


def print_review(
    review: Review,
    turns: Sequence[Turn],
    draft: Draft | None,
    found: Classification | None,
    zone: str,
    results: Sequence[RecipientResult] = (),
) -> None:
    state = f"{review.outcome} by {review.decided_by}" if review.outcome else "waits for you"
    console.print(f"[bold]Review {review.id}[/] · {review.kind} · {review.mailbox} · {clean(state)}")
    if why := review.payload.get("why"):
        console.print(f"Why: {clean(str(why))}")
    for turn in turns:
        _print_turn(turn, zone)
    if found:
        _print_classification(found)
    if draft:
        _print_draft(draft)
    for result in results:
        said = f"{result.state} · {result}" if result.state is not RecipientState.ACCEPTED else f"has it · {result}"
        console.print(f"  {OUTCOMES[result.state]} {clean(said)}")


def _print_turn(turn: Turn, zone: str) -> None:
    message = turn.message
    at = turn.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z")
    title = f"{'we' if turn.ours else 'they'} · {clean(str(message.sender))} · {at}"
    body = clean(message.reply_text or message.text or "(empty)")
    notes = [f"[dim]attached: {clean(a.name)} ({a.size:,} bytes)[/]" for a in message.attachments]
    notes += [f"[yellow]{clean(warning)}[/]" for warning in message.trust.warnings]
    console.print(Panel("\n".join([f"[bold]{clean(message.subject)}[/]", "", body, *notes]), title=title))


def _print_classification(found: Classification) -> None:
    name = found.category or "no category"
    others = ", ".join(f"{a.category} {a.probability:.0%}" for a in found.alternatives)
    console.print(
        f"Category: {name} ({found.probability:.0%}, {found.decided_by})" + (f"; then {others}" * bool(others))
    )


def _print_draft(draft: Draft) -> None:
    to = ", ".join(str(person) for person in draft.to)
    below = "\n\n".join(part for part in (draft.signature and f"-- \n{draft.signature}", draft.history) if part)
    body = clean(draft.body) or "[dim](yours to write: `mailstage edit`)[/]"
    whole = f"{body}\n\n[dim]{clean(below)}[/]" if below else body
    console.print(Panel(whole, title=f"draft to {clean(to)} · {clean(draft.subject)}", border_style="cyan"))
    for number, citation in enumerate(draft.citations, 1):
        console.print(f"  \\[{number}] {clean(citation.document)}: “{clean(citation.quote)}”")
    for check in draft.checks:
        console.print(f"  {MARKS[check.verdict]} {check.name}  [dim]{clean(check.message)}[/]")
    if not draft.body:
        return
    made = draft.provenance
    console.print(f"[dim]written by {made.provider} {made.model} in {made.latency:.1f} s for ${made.cost:.4f}[/]")


def print_evidence(state: MailboxState, found: Evidence) -> None:
    console.print(f"[bold]{state.mailbox}[/] is in phase {int(state.phase)}" + (" [red](paused)[/]" * state.paused))
    console.print(f"  reviewed cases      {found.reviewed}  (needed: {found.needed.reviewed})")
    console.print(
        f"  category accuracy   {_interval(found.category_accuracy)}  (needed: {found.needed.category_accuracy:.0%})"
    )
    console.print(f"  drafts unchanged    {_interval(found.acceptance)}  (needed: {found.needed.acceptance:.0%})")
    console.print(f"  open incidents      {found.open_incidents}  (allowed: {found.needed.open_incidents})")
    for shortfall in found.shortfalls:
        console.print(f"  [yellow]·[/] {shortfall}")


def _interval(value: Proportion) -> str:
    if value.value is None:
        return "none decided yet"
    return f"{value.value:.0%} of {value.trials}, 95% interval {value.low:.0%} to {value.high:.0%}"
