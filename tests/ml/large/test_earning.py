"""When a large model may answer alone: the mathematics of its record."""

import random
from collections.abc import Sequence

import pytest

from ml.large.earning import (
    AUDITED,
    Autonomy,
    autonomy,
    bound,
    distinct,
    fewest,
    is_audited,
    refuted,
    track_record,
)
from models.category import Category, Risk
from models.opinion import Judgement, Stratum, TrackRecord, stratum_of


def after(answers: Sequence[bool], needed: float = 0.95, *, audits: Sequence[bool] = ()) -> TrackRecord:
    """Right and wrong answers in their order, and then audits."""
    return track_record(Stratum.AGREES, [*judged(answers), *judged(audits, audit=True)], needed)


def judged(answers: Sequence[bool], *, audit: bool = False) -> list[Judgement]:
    return [Judgement(stratum=Stratum.AGREES, category="billing", right=one, audit=audit) for one in answers]


def said(
    count: int, category: str = "billing", *, right: bool = True, stratum: Stratum = Stratum.AGREES
) -> list[Judgement]:
    return [Judgement(stratum=stratum, category=category, right=right)] * count


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    """Of answers that were all right it is the root of the error; it never says more than was seen."""
    assert bound(72, 72, 0.025) == pytest.approx(0.025 ** (1 / 72))
    # table of exact limits: 9 of 10 right, 95% one-sided
    assert bound(9, 10, 0.05) == pytest.approx(0.6058, abs=1e-4)
    assert bound(0, 10, 0.05) == bound(0, 0, 0.05) == 0


@pytest.mark.parametrize(("needed", "first"), [(0.95, 72), (0.99, 368), (0.5, 20), (0.0, 20)])
def test_nothing_is_earned_before_it_can_be_proven(needed: float, first: int) -> None:
    """Not even by answers that are all right, nor where hardly anything is asked for."""
    assert fewest(needed, 1) == first
    assert not after([True] * (first - 1), needed).answers
    assert after([True] * (first - 1), needed).next_look == first
    assert after([True] * first, needed).answers
    assert after([], needed).lower == 0


def test_certainty_can_never_be_earned() -> None:
    """A threshold of 1 leaves the category to people."""
    record = after([True] * 5_000, 1.0)
    assert not record.answers
    assert record.next_look is None


def test_a_look_that_fails_is_followed_by_one_at_twice_as_many() -> None:
    """In between nothing is earned, however good the latest answers are."""
    one_wrong = [False] + [True] * 71
    assert after(one_wrong).next_look == 144
    assert not after(one_wrong + [True] * 71).answers
    assert after(one_wrong + [True] * 72).answers
    assert after([False] * 3 + [True] * 141).next_look == 288


def test_who_is_not_good_enough_is_hardly_ever_let_answer() -> None:
    """At the very edge, looked at again and again: in at most 5 of 100 lives, by chance of this seed in 2."""
    let = 0
    for seed in range(200):
        dice = random.Random(seed)
        answers = [dice.random() < 0.95 for _ in range(600)]
        let += any(after(answers[:n]).answers for n in (72, 144, 288, 576))
    assert let / 200 <= 0.05


def test_a_model_that_is_good_enough_is_let_answer() -> None:
    """With 99 of 100 right, mostly by the second look."""
    let = sum(after([random.Random(f"{seed} {n}").random() < 0.99 for n in range(288)]).answers for seed in range(50))
    assert let >= 45


def test_the_latest_audits_take_it_back() -> None:
    """Six wrong of fifty, fewer of fewer; from there on it begins anew, at a stricter level."""
    earned = [True] * 72
    assert after(earned, audits=[True] * 44 + [False] * 5).answers
    assert not after(earned, audits=[True] * 44 + [False] * 6).answers
    assert after(earned, audits=[False]).answers
    fallen = after(earned, audits=[False] * 2)
    assert (fallen.answers, fallen.n, fallen.share) == (False, 0, 0.5)
    assert fallen.next_look == fewest(0.95, 2) > fewest(0.95, 1)
    assert not after(earned, audits=[False] * 2 + [True] * 93).answers
    assert after(earned, audits=[False] * 2 + [True] * 94).answers


def test_wrong_audits_long_ago_do_not_take_it_back() -> None:
    """Five wrong, and five more a hundred audits later, were never six of fifty."""
    spread = [True] * 44 + [False] * 5 + [True] * 100 + [False] * 5
    assert after([True] * 72, audits=spread).answers
    assert not refuted([], 0.95)


def test_what_it_may_not_answer_is_no_audit() -> None:
    """Once it answers, people are asked about what it is kept from: that neither refutes nor proves anything."""
    earned = after([True] * 72)
    assert after([True] * 72 + [False] * 50) == earned
    assert after([True] * 72, audits=[True] * 3).n == earned.n + 3


def test_the_probability_is_the_share_that_was_right() -> None:
    """By the rule of succession, so that no record is even odds."""
    assert after([]).share == 0.5
    assert after([True] * 72, audits=[True] * 26).share == pytest.approx(0.99)


def test_mails_of_one_wording_count_once() -> None:
    """The first of them; those without a wording each."""
    copies = [Judgement(stratum=Stratum.AGREES, category="billing", right=True, wording="7")] * 80
    assert len(distinct([*copies, *said(3)], Stratum.AGREES)) == 4
    assert Autonomy(copies, 0.95).record(Stratum.AGREES).n == 1
    assert distinct(copies, Stratum.DIFFERS) == []


def test_agreeing_and_differing_are_proven_apart() -> None:
    """What it says against the small model is not vouched for by what it says with it."""
    earned = Autonomy(said(72), 0.95)
    assert earned.record(Stratum.AGREES).answers
    assert not earned.record(Stratum.DIFFERS).answers
    assert stratum_of("billing", "billing") is Stratum.AGREES
    assert stratum_of("billing", "repair") is stratum_of("billing", None) is Stratum.DIFFERS


def test_a_category_may_ask_for_more_or_less() -> None:
    """Its own threshold wins over the wished precision."""
    own = {"billing": 0.5, "repair": 0.999}
    categories = [
        Category(name=name, description="", threshold=own.get(name)) for name in ("billing", "repair", "order")
    ]
    earned = autonomy(said(80, "order"), categories, "0.95")
    answers = {name: earned.record(Stratum.AGREES, name).answers for name in ("billing", "repair", "order")}
    assert answers == {"billing": True, "repair": False, "order": True}
    few = autonomy(said(20, "order"), categories, "0.95")
    assert few.record(Stratum.AGREES, "billing").answers
    assert not few.record(Stratum.AGREES, "order").answers


def test_high_risk_is_left_to_people() -> None:
    """Such answers are never given, so they prove nothing about those that are."""
    categories = [Category(name="legal", description="", risk=Risk.HIGH), Category(name="order", description="")]
    earned = autonomy([*said(500, "legal"), *said(71, "order")], categories, "0.95")
    assert not earned.record(Stratum.AGREES).answers
    enough = autonomy(said(500, "order"), categories, "0.95")
    record = enough.record(Stratum.AGREES)
    assert enough.may_answer(record, "order")
    assert not enough.may_answer(record, "legal")


def test_a_category_that_it_often_gets_wrong_is_left_out() -> None:
    """Although the answers of all categories together are right often enough."""
    earned = Autonomy([*said(600, "order"), *said(5, "repair", right=False)], 0.95)
    record = earned.record(Stratum.AGREES)
    assert record.answers
    assert earned.may_answer(record, "order")
    assert not earned.may_answer(record, "repair")


def test_about_one_in_ten_is_audited_and_always_the_same() -> None:
    """By case and model, whoever asks and when."""
    audited = [case for case in range(5_000) if is_audited(case, "local/test/abc")]
    assert abs(len(audited) - 5_000 / AUDITED) < 80
    assert audited == [case for case in range(5_000) if is_audited(case, "local/test/abc")]
    assert audited != [case for case in range(5_000) if is_audited(case, "local/other/abc")]
