"""Commands that show what waits for a person: queue, show."""

from typing import Annotated, Literal

import typer

from cli.options import Config, Json, ReviewId, print_json

Kind = Literal["category", "draft", "action", "promotion", "model"]
"""The values of ReviewKind, which is not imported here: `--help` shall answer at once."""


def add_commands(app: typer.Typer) -> None:
    app.command(epilog="Example: mailstage queue --mailbox support --kind draft")(queue)
    app.command(epilog="Example: mailstage show 12")(show)


def queue(
    mailbox: Annotated[str | None, typer.Option(help="Only this mailbox.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only questions of this kind.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """What waits for a person.

    The kinds: which category a mail belongs to; a draft to approve; action, a mail or a sending that a person has to
    see to; a promotion of a mailbox; a new model.

    The oldest come first; but a question about a category counts as up to 8 hours older, the more its answer would
    teach the model. Mails of one wording are one line (with --json each has its own, and `campaign` is the same).
    """
    from cli.show import print_queue
    from models.review import ReviewKind
    from store.cases import get_case
    from store.messages import get_message
    from store.queue import entries
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    if mailbox:
        place.mailbox(mailbox)
    found = entries(place.store, mailbox, [ReviewKind(kind)] if kind else [], every=as_json)
    if as_json:
        print_json([entry.review for entry in found])
        return
    cases = [get_case(place.store, entry.review.case_id) if entry.review.case_id else None for entry in found]
    messages = [get_message(place.store, case.message_id) if case else None for case in cases]
    print_queue(list(zip(found, cases, messages, strict=True)), place.store.clock())


def show(review_id: ReviewId, config: Config = None, as_json: Json = False) -> None:
    """One review: the conversation, the draft with its sources and checks, what a person made of it, who got it.

    Of a question about a category also why the model ranks them so: words, similar labelled mails, the runner-up.
    """
    from cli.alike import print_alike
    from cli.reasons import reasons_of
    from cli.reply import print_reply, print_results
    from cli.show import print_review
    from cli.show_category import print_classification, print_opinion, print_reasons
    from cli.show_model import print_challenge
    from models.review import ReviewKind
    from store.campaigns import waiting_alike
    from store.cases import get_case
    from store.challenges import challenge_of
    from store.classifications import latest_classification, opinion_in
    from store.conversations import get_turns
    from store.drafts import last_edit, latest_draft
    from store.placed import copy_of
    from store.recipients import results_of_case
    from store.reviews import get_review
    from tasks.workplace import open_workplace

    place = open_workplace(config)
    review = get_review(place.store, review_id)
    case = get_case(place.store, review.case_id) if review.case_id else None
    draft = latest_draft(place.store, case.id) if case else None
    found = latest_classification(place.store, case.id) if case else None
    turns = get_turns(place.store, case.conversation_id, before=case.message_id) if case else []
    edit = review.edit or (last_edit(place.store, case.id) if case else None)
    copy = copy_of(place.store, review.id)
    results = results_of_case(place.store, case.id) if case else ()
    reasons = reasons_of(place, review, case, found)
    if as_json:
        parts = {"review": review, "case": case, "classification": found, "reasons": reasons, "draft": draft}
        dumped = {name: part.model_dump(mode="json") if part else None for name, part in parts.items()}
        told = [result.model_dump(mode="json") for result in results]
        print_json([{**dumped, "edit": edit, "copy_in_drafts": copy, "recipients": told}])
        return
    print_review(review, case, turns, place.settings.company.time_zone)
    if found:
        print_classification(found)
    if opinion := opinion_in(review.payload):
        print_opinion(opinion)
    if reasons:
        print_reasons(reasons)
    if review.kind is ReviewKind.CATEGORY:
        print_alike(review, [] if review.outcome else waiting_alike(place.store, review))
    if review.kind is ReviewKind.MODEL:
        print_challenge(challenge_of(review))
    if draft:
        print_reply(review, draft, edit, copy)
    print_results(results)
