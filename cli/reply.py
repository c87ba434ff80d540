"""How `mailstage show` prints a reply: the draft with its sources and checks, a person's words, and who got it."""

from collections.abc import Sequence

from rich.panel import Panel

from cli.show import clean, console
from models.draft import Draft, Verdict
from models.outbox import RecipientResult, RecipientState
from models.review import Review
from store.placed import PlacedState

MARKS = {Verdict.PASS: "[green]✓[/]", Verdict.WARN: "[yellow]![/]", Verdict.BLOCK: "[red]✗[/]"}
OUTCOMES = {
    RecipientState.WAITING: "[dim]…[/]",
    RecipientState.ACCEPTED: "[green]✓[/]",
    RecipientState.REFUSED: "[red]✗[/]",
    RecipientState.UNKNOWN: "[yellow]?[/]",
}
COPIES = {
    PlacedState.PLACED: "A copy lies in Drafts: whoever sends it from a mail client has approved it.",
    PlacedState.MISSING: "Its copy is no longer in Drafts, and nothing was sent: somebody has deleted it there, or is "
    "at work on it. It still waits for a decision here.",
}


def print_reply(review: Review, draft: Draft, edit: str | None, copy: PlacedState | None) -> None:
    """The words that a person chose come first; `copy` is the draft's in the mailbox's own Drafts."""
    if edit:
        who = f" by {clean(review.decided_by)}" if review.edit else ""
        console.print(Panel(clean(edit), title=f"the reply as it was reworded{who}", border_style="green"))
    if draft.body or not edit:
        _print_draft(draft, "draft before that" if edit else "draft")
    if copy in COPIES and review.outcome is None:
        console.print(f"[yellow]{COPIES[copy]}[/]")


def _print_draft(draft: Draft, name: str) -> None:
    to = ", ".join(str(person) for person in draft.to)
    below = "\n\n".join(part for part in (draft.signature and f"-- \n{draft.signature}", draft.history) if part)
    body = clean(draft.body) or "[dim](yours to write: `mailstage edit`)[/]"
    whole = f"{body}\n\n[dim]{clean(below)}[/]" if below else body
    console.print(Panel(whole, title=f"{name} to {clean(to)} · {clean(draft.subject)}", border_style="cyan"))
    for number, citation in enumerate(draft.citations, 1):
        console.print(f"  \\[{number}] {clean(citation.document)}: “{clean(citation.quote)}”")
    for check in draft.checks:
        console.print(f"  {MARKS[check.verdict]} {check.name}  [dim]{clean(check.message)}[/]")
    if not draft.body:
        return
    made = draft.provenance
    console.print(f"[dim]written by {made.provider} {made.model} in {made.latency:.1f} s for ${made.cost:.4f}[/]")


def print_results(results: Sequence[RecipientResult]) -> None:
    """What the mail server said of each recipient."""
    for result in results:
        said = f"{result.state} · {result}" if result.state is not RecipientState.ACCEPTED else f"has it · {result}"
        console.print(f"  {OUTCOMES[result.state]} {clean(said)}")
