"""How things look on a terminal: the overview, the queue, one review, the evidence."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from models.case import Case
from models.conversation import Turn
from models.draft import Passage
from models.message import Message
from models.review import Review, ReviewKind
from models.rollout import Evidence, MailboxState, Proportion
from store.queue import Entry

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def clean(text: str) -> str:
    """Mail text made safe for a terminal: no control characters (escape sequences), no markup."""
    return escape("".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0)))


def why_early(review: Review) -> str:
    """Why a question about a category comes before some that are older; empty for others."""
    from store.classifications import asking_in, precedent_in

    if review.kind is not ReviewKind.CATEGORY:
        return ""
    if precedent := precedent_in(review.payload):
        return precedent.sentence
    asking = asking_in(review.payload)
    return asking.because if asking else ""


def print_queue(rows: Sequence[tuple[Entry, Case | None, Message | None]], now: datetime) -> None:
    if not rows:
        console.print("Nothing waits for you.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("review", "kind", "mailbox", "age"):
        table.add_column(name, no_wrap=True)
    table.add_column("from, subject, why")  # below one another: side by side they are cut on a terminal of 80 columns
    for entry, case, message in rows:
        review = entry.review
        about = _about(entry, case, message)
        table.add_row(str(review.id), review.kind, review.whose, age(now - review.created), "\n".join(about))
    console.print(table)
    console.print("\n`mailstage show ID` shows one; then `approve`, `edit` or `reject`.")


def _about(entry: Entry, case: Case | None, message: Message | None) -> Iterator[str]:
    review = entry.review
    if message:
        yield clean(str(message.sender.address))
        many = f" [bold]({entry.alike} alike)[/]" if entry.alike > 1 else ""
        yield clean(_cut(message.subject, 100) or "(no subject)") + many
    if why := why_early(review) or (case.reason if case else str(review.payload.get("why", ""))):
        yield f"[dim]{clean(_cut(why, 300))}[/]"


def _cut(text: str, most: int) -> str:
    """On one line, at most so many characters of it."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rstrip()} …"


def age(delta: object) -> str:
    seconds = int(getattr(delta, "total_seconds")())  # noqa: B009
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "now"


def print_review(review: Review, case: Case | None, turns: Sequence[Turn], zone: str) -> None:
    state = f"{review.outcome} by {review.decided_by}" if review.outcome else "waits for you"
    console.print(f"[bold]Review {review.id}[/] · {review.kind} · {review.whose} · {clean(state)}")
    why, early = str(review.payload.get("why") or ""), why_early(review)
    if why:
        console.print(f"Why: {clean(early if early.startswith(why) else why)}")
    if early and not (why and early.startswith(why)):
        console.print(f"Worth asking: {clean(early)}")
    if case and review.outcome:
        console.print(f"Since then: {case.stage.replace('_', ' ')} ({clean(case.reason)})")
    for turn in turns:
        _print_turn(turn, zone)


def _print_turn(turn: Turn, zone: str) -> None:
    message = turn.message
    at = turn.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z")
    title = f"{'we' if turn.ours else 'they'} · {clean(str(message.sender))} · {at}"
    body = clean(message.reply_text or message.text or "(empty)")
    notes = [f"[dim]attached: {clean(a.name)} ({a.size:,} bytes)[/]" for a in message.attachments]
    notes += [f"[yellow]{clean(warning)}[/]" for warning in message.trust.warnings]
    console.print(Panel("\n".join([f"[bold]{clean(message.subject)}[/]", "", body, *notes]), title=title))


def print_passages(found: Sequence[Passage]) -> None:
    """The best first; a score would be the same for all that hold the same words of the question."""
    if not found:
        console.print("The knowledge holds nothing like it.")
    for place, passage in enumerate(found, 1):
        where = " · ".join(part for part in (passage.document, passage.heading) if part)
        console.print(f"[bold]{place}.[/] {clean(where)} [dim]characters {passage.start}–{passage.end}[/]")
        console.print(Padding(clean(_cut(passage.text, 300)), (0, 0, 0, 3)))


def print_pause(state: MailboxState) -> None:
    """Nothing where the mailbox is not paused."""
    if not state.paused:
        return
    why = f" ({clean(state.reason)})" if state.reason else ""
    console.print(
        f"[red]Paused[/] by {clean(state.changed_by)}{why}: nothing is drafted, approved or sent. Mail is still "
        f"fetched, sorted and labelled. `mailstage resume {state.mailbox}` ends it (or `resume all`)."
    )


def print_evidence(state: MailboxState, found: Evidence) -> None:
    console.print(f"[bold]{state.mailbox}[/] is in phase {int(state.phase)}")
    print_pause(state)
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
