"""Commands by which a person decides: approve, edit, reject, retry."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Config, ReviewId, whoami
from models.typed import typed

if TYPE_CHECKING:
    from models.review import Decision, Outcome, Review
    from tasks.workplace import Workplace

Reason = Annotated[str, typer.Option("--reason", "-r", callback=typed, help="Why, for the audit log and for learning.")]

Alike = Annotated[
    int | None,
    typer.Option(metavar="NUMBER", min=2, help="Decide the mails of the same wording too: so many with this one."),
]
Without = Annotated[list[int] | None, typer.Option(metavar="ID", help="With --alike: leave this one out.")]


def add_commands(app: typer.Typer) -> None:
    app.command(epilog="Example: mailstage approve 12, or: mailstage approve 7 --category invoice --alike 4")(approve)
    app.command(epilog="Example: mailstage edit 12, or: mailstage edit 12 --file reply.txt")(edit)
    app.command(epilog="Example: mailstage reject 12 --reason 'wrong machine'")(reject)
    app.command(epilog="Example: mailstage retry 31")(retry)


def approve(
    review_id: ReviewId,
    category: Annotated[
        str | None, typer.Option(help="For a category review: the right one, or 'none' for none of them.")
    ] = None,
    alike: Alike = None,
    without: Without = None,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Let it go as it is: a draft is sent, a category is taken, a promotion happens.

    `mailstage show ID` names the mails of the same wording; with --alike they get the same category, each by itself.
    """
    from models.errors import ApprovalError
    from models.review import Outcome, ReviewKind

    place, review = _open(review_id, config)
    if category and review.kind is not ReviewKind.CATEGORY:
        raise ApprovalError(
            f"review {review_id} asks about a {review.kind}, not about a category: leave --category out"
        )
    outcome = Outcome.EDITED if category else Outcome.APPROVED
    _decide(place, review, outcome, reason=reason, category=category, alike=alike, without=without or ())


def edit(
    review_id: ReviewId,
    file: Annotated[Path | None, typer.Option(help="Take the text from a file ('-' is standard input).")] = None,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Change the reply in your editor ($EDITOR), then send it."""
    import sys

    import click

    from models.errors import ApprovalError
    from models.review import Outcome, ReviewKind
    from store.drafts import last_edit, latest_draft

    place, review = _open(review_id, config)
    draft = latest_draft(place.store, review.case_id) if review.case_id else None
    if draft is None or review.case_id is None:
        raise ApprovalError(f"review {review_id} has no reply to edit: use approve or reject")
    if file is not None:
        text: str | None = sys.stdin.read() if str(file) == "-" else _read(file)
    else:
        try:
            text = click.edit(last_edit(place.store, review.case_id) or draft.body, extension=".txt")
        except click.ClickException as error:
            raise ApprovalError(f"{error.format_message()}: set $EDITOR, or use --file") from error
    if text is None:
        raise ApprovalError("nothing was saved in the editor: the review still waits")
    # only of a question about a draft is the yes an approval of it: elsewhere it means that no reply is needed
    same = review.kind is ReviewKind.DRAFT and text.strip() == draft.body.strip()
    _decide(
        place, review, Outcome.APPROVED if same else Outcome.EDITED, reason=reason, body=None if same else typed(text)
    )


def reject(
    review_id: ReviewId, alike: Alike = None, without: Without = None, reason: Reason = "", config: Config = None
) -> None:
    """Send nothing; say why. A mail whose category was asked is filed as none of them. (Where the question is whether a
    reply was sent: no, send it again.)"""
    from models.review import Outcome

    place, review = _open(review_id, config)
    _decide(place, review, Outcome.REJECTED, reason=reason, alike=alike, without=without or ())


def retry(
    case_id: Annotated[int, typer.Argument(help="Number of a quarantined case.", metavar="CASE")], config: Config = None
) -> None:
    """Read a quarantined mail again from its server, for example after raising a limit."""
    from tasks import retry as again
    from tasks.workplace import open_workplace

    again.retry(open_workplace(config), case_id)
    print(f"Case {case_id} could be read; the next run sorts it.")


def _read(file: Path) -> str:
    from models.errors import ApprovalError

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ApprovalError(f"{file} cannot be read: {error}") from error


def _open(review_id: int, config: Path | None) -> "tuple[Workplace, Review]":
    from store.reviews import get_review
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    return place, get_review(place.store, review_id)


def _decide(
    place: "Workplace",
    review: "Review",
    outcome: "Outcome",
    *,
    reason: str = "",
    category: str | None = None,
    body: str | None = None,
    alike: int | None = None,
    without: Sequence[int] = (),
) -> None:
    from cli.alike import others_alike, said_of_several
    from cli.engine import announce
    from models.review import EVERY_MAILBOX, Decision, ReviewKind
    from tasks.decide import decide_together

    decision = Decision(
        review_id=review.id,
        outcome=outcome,
        decided_by=whoami(),
        shown_hash=review.shown_hash,
        reason=reason,
        category=category,
        body=body,
    )
    decision, others = others_alike(place, review, decision, alike, without)
    done = decide_together(place, decision, others)
    if review.mailbox != EVERY_MAILBOX:
        for decided in done.decided:
            announce(review.mailbox, decided)
    subject = said_of_several(done) if others else f"Review {review.id}"
    said = _recorded(place, review) if review.kind is ReviewKind.CATEGORY else str(outcome)
    print(f"{subject}: {said}. {_what_next(review, decision)}")


def _recorded(place: "Workplace", review: "Review") -> str:
    """What the mail counts as from now on."""
    from store.cases import get_case

    category = get_case(place.store, review.case_id).category if review.case_id else None
    return f"recorded as {category}" if category else "filed as none of the categories"


def _what_next(review: "Review", decision: "Decision") -> str:
    from models.review import Outcome, ReviewKind

    if review.kind is ReviewKind.PROMOTION:
        return "It takes effect at once." if decision.outcome is Outcome.APPROVED else "The phase stays as it is."
    if review.kind is ReviewKind.MODEL:
        yes = decision.outcome is Outcome.APPROVED
        return "The next run of each mailbox uses the new model." if yes else "The model in use stays."
    if "message_id" in review.payload:
        sent = decision.outcome is Outcome.APPROVED
        return "It counts as sent." if sent else "It is sent again with the next run."
    if decision.outcome is Outcome.REJECTED:
        return "Nothing is sent."
    return f"The next `mailstage run {review.mailbox}` (or Prefect) carries on."
