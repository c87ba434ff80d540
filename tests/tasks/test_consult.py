"""The large model that is asked about what the small one leaves open, over real HTTP: suggests, earns, fails, falls."""

from pathlib import Path

import pytest

from ml.large.prompting import MOST_SORTED_CHARS
from models.case import Stage
from models.classification import DecidedBy
from models.review import Decision, Outcome, ReviewKind
from store.audit import entries
from store.classifications import answer_of, latest_classification, opinion_in
from store.decisions import approve_reply
from store.drafts import add_draft, ask_approval
from store.judgements import judgements_of, spent_on_sorting
from store.metrics import evidence, overview
from store.reviews import reviews_of_case, waiting
from tasks.consult import Consulted
from tasks.decide import proposed_category
from tasks.workplace import Workplace
from tests.factories import outgoing, reply
from tests.tasks.consulting import ENOUGH, mailroom, names, shown, waiting_until


def test_off_by_default(tmp_path: Path) -> None:
    """Without a name in mailstage.toml nothing is asked."""
    with mailroom(tmp_path, names("billing")) as room:
        room.with_settings(large_model="")
        room.waits()
        assert room.consult() == Consulted()
        assert room.server is not None
        assert room.server.prompts == []


def test_at_first_it_only_suggests(tmp_path: Path) -> None:
    """The mail waits as before, with what the large model says; what a plain yes means is the small model's guess."""
    with mailroom(tmp_path, names("repair")) as room:
        case = room.waits()
        before = room.question(case)
        assert room.consult() == Consulted(asked=1)
        review = room.question(case)
        assert review is not None
        assert before is not None
        opinion = opinion_in(review.payload)
        assert opinion is not None
        assert (opinion.category, opinion.model) == ("repair", room.model)
        assert room.now(case).stage is Stage.AWAITING_CATEGORY
        assert review.shown_hash != before.shown_hash
        assert answer_of(review.payload).category == "billing"
        assert proposed_category(room.place, review, case) == "billing"
        found = latest_classification(room.inbox.store, case.id)
        assert found is not None
        assert found.decided_by is DecidedBy.LINEAR


def test_what_it_is_asked_with(tmp_path: Path) -> None:
    """Categories and a bounded part of the mail behind a fence; neither the small model's guess nor the sender."""
    with mailroom(tmp_path, names("billing")) as room:
        room.waits(f"My bill {'x' * 20_000} end", subject="About a bill")
        room.consult()
        system, user = shown(room)
        assert "- delivery: About delivery." in system
        assert "Subject: About a bill" in user
        assert len(user) < MOST_SORTED_CHARS + 700
        assert "0.4" not in system + user
        assert "ada@example.com" not in system + user


def test_what_is_asked_once_is_not_asked_again(tmp_path: Path) -> None:
    """Nor is mail that nobody waits for any more, nor mail without text."""
    with mailroom(tmp_path, names("billing")) as room:
        room.decide(room.waits())
        room.waits("…", subject="?")
        room.waits()
        assert room.consult().asked == 1
        assert room.consult().asked == 0


def test_cost_and_time_of_each_answer_are_kept(tmp_path: Path) -> None:
    """And shown where those of sorting are; the time of the small model stays its own."""
    with mailroom(tmp_path, names("billing")) as room:
        for _ in range(3):
            room.waits()
        room.consult()
        seen = overview(room.inbox.store, "support")
        assert seen.sorting_cost == pytest.approx(0.009)
        assert seen.sorting_milliseconds == 0
        asked, cost = spent_on_sorting(room.inbox.store, room.model)
        assert (asked, round(cost, 6)) == (3, 0.009)


def test_it_earns_the_right_to_answer(tmp_path: Path) -> None:
    """From people's own answers to the very questions it was asked, up to the first answer of its own."""
    with mailroom(tmp_path, names("billing")) as room:
        categories = [one.model_copy(update={"threshold": 0.5}) for one in room.place.settings.categories]
        room.place = Workplace(
            room.place.settings.model_copy(update={"categories": tuple(categories)}), room.inbox.store
        )
        cases = [room.waits() for _ in range(20)]
        assert room.consult() == Consulted(asked=20)
        for case in cases[1:]:
            room.decide(case)
        late = waiting_until(room, audited=False)
        assert room.consult().answered == 0
        room.decide(cases[0])
        room.decide(late)
        assert waiting_until(room, audited=False)
        assert room.consult().answered == 1


def test_an_answer_takes_the_place_of_a_persons(tmp_path: Path) -> None:
    """The mail moves on with a label, the question is withdrawn, and the log says who decided and how sure."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        case = waiting_until(room, audited=False)
        before = len(judgements_of(room.inbox.store, "support", room.model))
        assert room.consult() == Consulted(asked=1, answered=1)
        after, found = room.now(case), latest_classification(room.inbox.store, case.id)
        assert found is not None
        assert (after.stage, after.category) == (Stage.CATEGORIZED, "billing")
        assert (found.decided_by, found.model_version, found.abstained) == (DecidedBy.LLM, room.model, False)
        assert found.probability == pytest.approx((ENOUGH + 1) / (ENOUGH + 2), abs=1e-6)
        assert found.cost == pytest.approx(0.003)
        assert found.milliseconds > 0
        (review,) = reviews_of_case(room.inbox.store, case.id)
        assert review.outcome is Outcome.EXPIRED
        (entry,) = entries(room.inbox.store, f"case {case.id}")
        assert room.model in entry.detail["reason"]
        # its own answers are no evidence about it
        assert len(judgements_of(room.inbox.store, "support", room.model)) == before


def test_its_answer_counts_as_the_first_choice(tmp_path: Path) -> None:
    """In the evidence for a promotion, not the guess of the small model that it took the place of."""
    with mailroom(tmp_path, names("repair")) as room:
        room.judged(ENOUGH, said="repair", truth="repair")
        store, needed = room.inbox.store, room.place.settings.policy.promotion
        before = evidence(store, "support", needed).category_accuracy
        case = waiting_until(room, audited=False)
        assert room.consult().answered == 1
        ask_approval(store, add_draft(store, room.now(case), reply()), reply(), "each reply is approved")
        (review,) = waiting(store, "support", [ReviewKind.DRAFT])
        decision = Decision(
            review_id=review.id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash=review.shown_hash
        )
        approve_reply(store, decision, outgoing())
        after = evidence(store, "support", needed).category_accuracy
        # a mail that people decided on the way counts with the small model's guess, which was right of it
        assert after.trials - before.trials == after.successes - before.successes >= 1


def test_one_question_in_ten_still_goes_to_a_person(tmp_path: Path) -> None:
    """Without a hint, and the answer to it counts."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        case = waiting_until(room, audited=True)
        assert room.consult() == Consulted(asked=1)
        review = room.question(case)
        assert review is not None
        assert opinion_in(review.payload) is None
        known = len(judgements_of(room.inbox.store, "support", room.model))
        room.decide(case)
        assert len(judgements_of(room.inbox.store, "support", room.model)) == known + 1


@pytest.mark.parametrize("guess", ["repair", None])
def test_where_it_differs_from_the_small_model_it_has_proven_nothing(tmp_path: Path, guess: str | None) -> None:
    """Also not where that took the mail for none of ours."""
    with mailroom(tmp_path, names("billing"), earned=True) as room:
        case = room.waits(guess=guess)
        assert room.consult() == Consulted(asked=1)
        assert room.now(case).stage is Stage.AWAITING_CATEGORY


@pytest.mark.parametrize("said", ["legal", None])
def test_high_risk_and_none_of_ours_are_left_to_people(tmp_path: Path, said: str | None) -> None:
    """However good its record is."""
    with mailroom(tmp_path, names(said), earned=True) as room:
        case = room.waits(guess=said)
        assert room.consult() == Consulted(asked=1)
        assert room.now(case).stage is Stage.AWAITING_CATEGORY
