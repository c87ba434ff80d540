"""Which questions come first."""

from ml.small.learning.asking import score_questions, uncertainty
from models.classification import Alternative, Classification


def answer(*ranked: tuple[str, float]) -> Classification:
    (first, probability), *others = ranked
    rest = tuple(Alternative(category=name, probability=share) for name, share in others)
    return Classification(category=first, probability=probability, alternatives=rest, abstained=True, why="not sure")


def foreign(outside: float) -> Classification:
    maybe = (Alternative(category="invoice", probability=0.1),)
    return Classification(category=None, probability=outside, alternatives=maybe, abstained=True, why="unlike all")


EVEN = answer(("invoice", 0.45), ("refund", 0.44))
LEANING = answer(("invoice", 0.80), ("refund", 0.10))
UNREADABLE = Classification(category=None, probability=0.0, abstained=True, why="no text")


def test_a_mail_between_two_categories_comes_before_one_that_leans() -> None:
    """The margin tells how much is still open."""
    even, leaning = score_questions([EVEN, LEANING])
    assert even.value > leaning.value
    assert even.because.startswith("it stands between invoice (45%) and refund (44%)")
    assert "not sure of invoice (80%)" in leaning.because


def test_mail_unlike_all_is_worth_asking_about_however_sure_that_is() -> None:
    """Of a new topic nothing was learned yet; a text without words teaches nothing."""
    assert uncertainty(foreign(0.99)) > uncertainty(LEANING)
    assert uncertainty(UNREADABLE) == 0
    (found,) = score_questions([foreign(0.9)])
    assert found.because == "it is unlike the mail of every category"


def test_ten_alike_do_not_come_in_a_row() -> None:
    """After the first two of ten that are unclear in the same way, a less unclear one of another kind has its turn."""
    other = answer(("repair", 0.55), ("spare_part", 0.35))
    scores = [one.value for one in score_questions([*[EVEN] * 10, other])]
    assert max(scores[:10]) > scores[10] > sorted(scores[:10])[-3]
    assert max(scores) / 11 < min(scores[:10]) < max(scores) / 9


def test_what_waits_already_counts() -> None:
    """A question that is unclear as five open ones are waits behind a new kind; how many there are is said."""
    again, new = score_questions([EVEN, answer(("repair", 0.45), ("spare_part", 0.44))], [EVEN] * 5)
    assert again.value < new.value
    assert again.because.endswith("; 5 more like it wait")


def test_what_was_answered_is_worth_less() -> None:
    """After ten like it, a mail that the model is torn about comes behind one that is somewhat less unclear."""
    other = answer(("repair", 0.55), ("spare_part", 0.35))
    eleventh, new = score_questions([EVEN, other], answered=[EVEN] * 10)
    assert eleventh.value < new.value
    assert eleventh.because.endswith("; 10 like it were answered")
    fresh, new = score_questions([EVEN, other])
    assert fresh.value > new.value


def test_a_question_that_many_share_comes_before_one_of_its_own() -> None:
    """Of two equally unsure mails the one whose answer serves more others is asked first."""
    lone = answer(("repair", 0.45), ("spare_part", 0.44))
    scores = [one.value for one in score_questions([lone, EVEN, EVEN, EVEN])]
    assert max(scores) == max(scores[1:]) > scores[0]


def test_no_question_no_scores() -> None:
    """A batch in which the model was sure of all."""
    assert score_questions([], [EVEN]) == []
