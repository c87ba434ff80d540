"""Every answer to every kind of review."""

from collections.abc import Sequence

import pytest

from models.campaign import Together
from models.case import Stage
from models.draft import Check, Verdict
from models.errors import LostRace
from models.review import Decision, Outcome
from store import cases, drafts, reviews
from tests.review.factories import (
    BODY,
    World,
    answer,
    ask_category,
    ask_draft,
    ask_promotion,
    ask_reply,
    categorize,
    escalate,
    form_of,
    lose_sending,
    make_draft,
    receive,
)


def send(world: World, review_id: int, query: str = "", **fields: str) -> tuple[int, str]:
    """Opens a review, answers it; status and the page (or where the browser is sent)."""
    browser = world.person()
    hidden = form_of(browser.get(f"/reviews/{review_id}{query}").text)
    done = browser.post(f"/reviews/{review_id}", data=hidden | fields)
    return done.status_code, done.headers.get("location", done.text)


def test_approving_a_draft_names_the_hash_that_was_shown(world: World) -> None:
    """The decision carries the person, the hash and nothing else."""
    review = ask_reply(world)
    assert send(world, review.id, answer="approved") == (303, "/")
    assert world.decided == [
        Decision(
            review_id=review.id,
            outcome=Outcome.APPROVED,
            decided_by="Mira Kaya",
            shown_hash=make_draft().shown_hash,
        )
    ]
    assert cases.get_case(world.store, 1).stage is Stage.APPROVED


def test_editing_a_draft_sends_the_new_words(world: World) -> None:
    """Line ends of the browser become plain ones."""
    review = ask_reply(world)
    assert send(world, review.id, answer="edited", body="Dear Ada,\r\n\r\nyes.")[0] == 303
    assert (world.decided[0].outcome, world.decided[0].body) == (Outcome.EDITED, "Dear Ada,\n\nyes.")


def test_an_edit_that_changes_nothing_counts_as_approved(world: World) -> None:
    """The evidence for a promotion must not suffer from a look into the editor."""
    review = ask_reply(world)
    send(world, review.id, answer="edited", body=BODY.replace("\n", "\r\n"))
    assert (world.decided[0].outcome, world.decided[0].body) == (Outcome.APPROVED, None)


def test_an_empty_edit_is_refused(world: World) -> None:
    """And says why."""
    status, page = send(world, ask_reply(world).id, answer="edited", body=" \n ")
    assert status == 409
    assert "The reply is empty" in page
    assert not world.decided


def test_rejecting_a_draft_needs_a_reason(world: World) -> None:
    """The reason is kept with the review."""
    review = ask_reply(world)
    assert send(world, review.id, answer="rejected", reason="  ")[0] == 409
    assert send(world, review.id, answer="rejected", reason="wrong machine")[0] == 303
    assert reviews.get_review(world.store, review.id).reason == "wrong machine"
    assert cases.get_case(world.store, 1).stage is Stage.FILED


def test_a_blocked_draft_needs_a_tick(world: World) -> None:
    """Whoever approves it says that they have read the check."""
    block = Check(name="figures", verdict=Verdict.BLOCK, message="Not in the sources.", evidence="3 years")
    review = ask_draft(world, categorize(world, receive(world)), make_draft(checks=(block,)))
    status, page = send(world, review.id, answer="approved")
    assert status == 409
    assert "Tick that you have read it" in page
    assert not world.decided
    assert send(world, review.id, answer="approved", read_block="yes")[0] == 303


def test_the_difference_is_shown_before_it_is_sent(world: World) -> None:
    """Without scripts as a page, for htmx as a piece of one; nothing is decided."""
    review = ask_reply(world)
    browser = world.person()
    fields = form_of(browser.get(f"/reviews/{review.id}").text)
    fields |= {"answer": "difference", "body": BODY.replace("photo", "video")}
    page = browser.post(f"/reviews/{review.id}/difference", data=fields).text
    assert "<ins>video. </ins>" in page
    assert "<del>photo. </del>" in page
    piece = browser.post(f"/reviews/{review.id}/difference", data=fields, headers={"hx-request": "true"}).text
    assert "<html" not in piece
    assert "<ins>video. </ins>" in piece
    assert not world.decided


def test_choosing_the_first_category_is_an_approval(world: World) -> None:
    """And another one an edit; both go on with the person's category."""
    first = ask_category(world, receive(world), ("warranty", 0.5), ("invoice", 0.4))
    second = ask_category(world, receive(world), ("warranty", 0.5), ("invoice", 0.4))
    assert send(world, first.id, answer="category", category="warranty")[0] == 303
    assert send(world, second.id, answer="category", category="invoice")[0] == 303
    assert [(d.outcome, d.category) for d in world.decided] == [
        (Outcome.APPROVED, "warranty"),
        (Outcome.EDITED, "invoice"),
    ]
    assert cases.get_case(world.store, 2).category == "invoice"


def test_none_of_the_categories_is_a_rejection(world: World) -> None:
    """It has a reason, since the log never stands without one."""
    review = ask_category(world, receive(world), ("warranty", 0.5))
    assert send(world, review.id, answer="category", category="none")[0] == 303
    assert world.decided[0].outcome is Outcome.REJECTED
    assert world.decided[0].reason


@pytest.mark.parametrize("category", ["", "gone_since", "<script>"])
def test_a_category_that_does_not_exist_is_refused(world: World, category: str) -> None:
    """The page asks again."""
    review = ask_category(world, receive(world), ("warranty", 0.5))
    status, page = send(world, review.id, answer="category", category=category)
    assert status == 409
    assert "Choose a category" in page
    assert "<script>" not in page


def test_a_person_answers_what_was_escalated(world: World) -> None:
    """Their words go out as an edit of the empty draft."""
    review = escalate(world, categorize(world, receive(world)))
    assert send(world, review.id, answer="edited", body="Dear Rita, we call you.")[0] == 303
    assert world.decided[0].body == "Dear Rita, we call you."
    assert cases.get_case(world.store, 1).stage is Stage.APPROVED


def test_what_was_escalated_may_need_no_reply(world: World) -> None:
    """Then the case is filed."""
    review = escalate(world, categorize(world, receive(world)))
    assert send(world, review.id, answer="approved", reason="called her")[0] == 303
    assert cases.get_case(world.store, 1).stage is Stage.FILED


@pytest.mark.parametrize(("given", "stage"), [("approved", Stage.SENT), ("rejected", Stage.APPROVED)])
def test_a_lost_sending_is_settled_by_a_person(world: World, given: str, stage: Stage) -> None:
    """It was sent, or it is sent again."""
    review = lose_sending(world)
    assert "Was this reply sent?" in world.person().get(f"/reviews/{review.id}").text
    assert send(world, review.id, answer=given)[0] == 303
    assert cases.get_case(world.store, 1).stage is stage


@pytest.mark.parametrize(("given", "outcome"), [("approved", Outcome.APPROVED), ("rejected", Outcome.REJECTED)])
def test_a_promotion_is_answered_with_yes_or_no(world: World, given: str, outcome: Outcome) -> None:
    """On the evidence that stands on the page."""
    review = ask_promotion(world)
    page = world.person().get(f"/reviews/{review.id}").text
    assert "Let support go to phase 3?" in page
    assert "Evidence" in page
    assert send(world, review.id, answer=given)[0] == 303
    assert world.decided[0].outcome is outcome
    assert bool(world.decided[0].reason) is (outcome is Outcome.REJECTED)


def test_the_next_one_waiting_follows(world: World) -> None:
    """Within the filter that the person works through, with a word about what was done, shown once."""
    first = ask_reply(world, subject="First")
    ask_category(world, receive(world), ("warranty", 0.5))
    third = ask_reply(world, subject="Third")
    browser = world.person()
    fields = form_of(browser.get(f"/reviews/{first.id}?kind=draft").text) | {"answer": "approved"}
    done = browser.post(f"/reviews/{first.id}", data=fields)
    assert done.headers["location"] == f"/reviews/{third.id}?kind=draft"
    assert "Approved the reply to Ada Lindqvist." in browser.get(done.headers["location"]).text
    assert "Approved the reply" not in browser.get(done.headers["location"]).text


def test_what_somebody_else_decided_first_is_shown(world: World) -> None:
    """The loser of the race sees who decided, and cannot decide again."""
    review = ask_reply(world)
    browser = world.person()
    fields = form_of(browser.get(f"/reviews/{review.id}").text) | {"answer": "approved"}
    world.decide(answer(review, Outcome.REJECTED, "Jonas Weber", reason="wrong machine"))
    late = browser.post(f"/reviews/{review.id}", data=fields)
    assert late.status_code == 409
    for words in ("already decided", "Jonas Weber", "wrong machine"):
        assert words in late.text
    assert 'value="approved"' not in late.text


def test_a_draft_that_changed_meanwhile_cannot_be_approved(world: World) -> None:
    """The page says so, shows the new draft, and keeps what was typed."""
    review = ask_reply(world)
    browser = world.person()
    fields = form_of(browser.get(f"/reviews/{review.id}").text)
    with world.store.write() as connection:
        drafts.insert_draft(connection, world.store, 1, make_draft("Something else entirely."))
    stale = {"shown_hash": "0" * 64}
    late = browser.post(f"/reviews/{review.id}", data=fields | stale | {"answer": "edited", "body": "My own words."})
    assert late.status_code == 409
    assert "has changed since it was shown" in late.text
    assert "Something else entirely." in late.text
    assert "My own words." in late.text
    fresh = form_of(browser.get(f"/reviews/{review.id}").text) | {"answer": "approved"}
    assert browser.post(f"/reviews/{review.id}", data=fresh).status_code == 409


def test_a_lost_race_below_is_a_conflict_too(world: World) -> None:
    """Whatever `decide` refuses is said in its own words."""

    def lost(_decision: Decision, _others: Sequence[Decision]) -> Together:
        raise LostRace("case 1 was moved by somebody else")

    review = ask_reply(world)
    browser = world.person(app=world.app(lost))
    fields = form_of(browser.get(f"/reviews/{review.id}").text) | {"answer": "approved"}
    late = browser.post(f"/reviews/{review.id}", data=fields)
    assert late.status_code == 409
    assert "case 1 was moved by somebody else" in late.text


def test_control_characters_never_reach_the_store(world: World) -> None:
    """PostgreSQL keeps no NUL, and an escape would act in somebody's terminal; lines and tabs are the person's own."""
    status, _ = send(
        world, ask_reply(world).id, answer="edited", body="Dear Ada,\r\n\tye\x00s.\x1b[2J", reason="a\x00b\x85"
    )
    assert status == 303
    assert (world.decided[0].body, world.decided[0].reason) == ("Dear Ada,\n\tyes.[2J", "ab")
