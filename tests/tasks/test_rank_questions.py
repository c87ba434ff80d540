"""What people answer changes what is asked next."""

from pathlib import Path

import pytest

from models.case import Stage
from models.classification import Alternative, Classification
from models.errors import StoreUnavailable
from models.review import Decision, Outcome, Review, ReviewKind
from store.classifications import Categorized, answer_of, asking_in, save_categorized
from store.queue import entries
from store.ranking import answered_lately
from store.reviews import get_review, waiting
from store.turn import HEAD_START
from tasks.decide import decide_together
from tasks.rank_questions import rank_questions
from tasks.workplace import Workplace
from tests.factories import mail
from tests.tasks.learning import School, opened

TORN = (("billing", 0.45), ("repair", 0.44))
LEANING = (("delivery", 0.55), ("subscription", 0.35))


@pytest.fixture
def school(tmp_path: Path) -> School:
    return opened(tmp_path)


def asked(school: School, ranking: tuple[tuple[str, float], ...], version: str = "v1") -> Review:
    """A mail of which the model says this, put before a person as the pipeline puts it."""
    school.read += 1
    school.inbox.save(school.inbox.arrival(mail(f"Question {school.read}", message_id=f"<{school.read}@q.example>")))
    (case,) = school.inbox.cases(Stage.RECEIVED)
    (first, sure), *others = ranking
    rest = tuple(Alternative(category=name, probability=share) for name, share in others)
    found = Classification(
        category=first, probability=sure, alternatives=rest, abstained=True, why="not sure", model_version=version
    )
    save_categorized(school.store, [Categorized(case, found, Stage.AWAITING_CATEGORY, "not sure")])
    return waiting(school.store, "support", [ReviewKind.CATEGORY])[-1]


def answered(school: School, count: int, version: str = "v1") -> None:
    for _ in range(count):
        school.decide(asked(school, TORN, version), Outcome.EDITED, category="billing")


def order(school: School) -> list[int]:
    return [entry.review.id for entry in entries(school.store, "support", [ReviewKind.CATEGORY])]


def value(school: School, review: Review) -> float:
    asking = asking_in(get_review(school.store, review.id).payload)
    return asking.value if asking else 1.0


def test_after_ten_like_it_an_eleventh_no_longer_comes_first(school: School) -> None:
    """It was the telling one while none of them was answered; the reason says what has become of the others."""
    eleventh, other = asked(school, TORN), asked(school, LEANING)
    answered(school, 1)
    assert order(school) == [other.id, eleventh.id]
    before = value(school, eleventh)
    answered(school, 9)
    assert order(school) == [other.id, eleventh.id]
    assert value(school, eleventh) < before / 4
    asking = asking_in(get_review(school.store, eleventh.id).payload)
    assert asking is not None
    assert asking.because.endswith("; 10 like it were answered")


def test_it_comes_first_while_nothing_like_it_was_answered(school: School) -> None:
    """An answer to something else leaves it where it was."""
    school_question, other = asked(school, TORN), asked(school, LEANING)
    school.decide(asked(school, (("subscription", 0.9), ("delivery", 0.05))), Outcome.APPROVED)
    assert order(school) == [school_question.id, other.id]


def test_the_last_decisions_count_however_old_their_questions(school: School) -> None:
    """Not those about the mails that came last."""
    first, second = asked(school, TORN), asked(school, LEANING)
    school.decide(second, Outcome.APPROVED)
    school.inbox.clock.forward(minutes=1)
    school.decide(first, Outcome.APPROVED)
    (found,) = answered_lately(school.store, "support", {"v1"}, limit=1)
    assert found == answer_of(first.payload)


def test_decisions_about_another_model_take_no_room(school: School) -> None:
    """Of many that were made since, those about this one are still found."""
    answered(school, 2, "v1")
    answered(school, 3, "v2")
    found = answered_lately(school.store, "support", {"v1"}, limit=2)
    assert [one.model_version for one in found] == ["v1", "v1"]
    assert answered_lately(school.store, "support", set()) == []


def test_what_an_older_model_was_unclear_about_does_not_count(school: School) -> None:
    """It was learned from since."""
    question, other = asked(school, TORN, "v2"), asked(school, LEANING, "v2")
    answered(school, 10, "v1")
    assert order(school) == [question.id, other.id]


def test_a_question_is_never_overtaken_by_one_a_head_start_younger(school: School) -> None:
    """However often its worth falls: its turn is reckoned from when it was asked."""
    question = asked(school, TORN)
    answered(school, 10)
    school.inbox.clock.forward(seconds=HEAD_START.total_seconds() + 60)
    younger = asked(school, LEANING)
    answered(school, 1)
    assert order(school) == [question.id, younger.id]
    turn = get_review(school.store, question.id).turn
    assert turn is not None
    assert question.created - HEAD_START <= turn <= question.created


def test_a_page_that_is_open_can_still_be_answered(school: School) -> None:
    """What was asked is the same, whatever its place in the queue."""
    question = asked(school, TORN)
    answered(school, 2)
    assert get_review(school.store, question.id).shown_hash == question.shown_hash
    school.decide(question, Outcome.APPROVED)
    assert school.answered(question).outcome is Outcome.APPROVED


@pytest.mark.parametrize("trouble", [StoreUnavailable("the database is full"), ValueError("a mistake of ours")])
def test_a_trouble_does_not_undo_the_decision(
    school: School, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: Exception
) -> None:
    """It is logged, and the order stays as it was."""

    def fails(*_: object) -> None:
        raise trouble

    question = asked(school, TORN)
    monkeypatch.setattr("tasks.rank_questions.save_worth", fails)
    answered(school, 1)
    assert value(school, question) == 1.0
    assert str(trouble) in caplog.text


def test_the_queue_is_ranked_once_for_all_that_is_decided_together(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look at all that waits after each of two hundred mails takes seconds; the order is that of deciding singly."""
    mails = [asked(school, TORN) for _ in range(4)]
    waits, other = asked(school, TORN), asked(school, LEANING)
    ranked = []

    def once(place: Workplace, mailbox: str) -> None:
        ranked.append(mailbox)
        rank_questions(place, mailbox)

    monkeypatch.setattr("tasks.decide.rank_questions", once)
    first, *others = (
        Decision(
            review_id=review.id,
            outcome=Outcome.EDITED,
            decided_by="noor",
            shown_hash=review.shown_hash,
            category="billing",
        )
        for review in mails
    )
    done = decide_together(school.place, first, others)
    assert done.decided == tuple(review.id for review in mails)
    assert ranked == ["support"]
    assert order(school) == [other.id, waits.id]
    asking = asking_in(get_review(school.store, waits.id).payload)
    assert asking is not None
    assert asking.because.endswith("; 4 like it were answered")
