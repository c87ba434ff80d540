import pytest

from ml.small.tone.signals import read_signals
from models.category import Category
from models.classification import Classification
from models.draft import Check, Draft, DraftPurpose, Verdict
from models.message import Message
from models.settings import Policy
from tasks.converse import objection_to
from tasks.route import danger_in
from tests.factories import reply

CATEGORY = Category(name="product_question", description="How a lamp works.", risk="low", highest_phase=3)
SURE = Classification(category="product_question", probability=0.95)
PASSES = (Check(name="cited", verdict=Verdict.PASS),)
OPEN = Check(name="complete", verdict=Verdict.WARN, message="A question of the mail stays open")


def objection(confidence: float, policy: Policy | None = None, draft: Draft | None = None) -> str:
    shown = (draft or reply()).model_copy(
        update={"confidence": confidence, "checks": (draft or reply()).checks or PASSES}
    )
    return objection_to(policy or Policy(), CATEGORY, SURE, shown, replies_so_far=0)


def test_a_sure_answer_goes_out() -> None:
    """Nothing stands against a low risk, a sure category, a sure answer and checks that pass."""
    assert objection(Policy().min_confidence) == ""


@pytest.mark.parametrize("confidence", [0.0, 0.45, 0.5])
def test_an_unsure_answer_waits_for_a_person(confidence: float) -> None:
    """The sentence says how sure it is, and how sure the policy wants it."""
    policy = Policy(min_confidence=0.6)
    assert objection(confidence, policy) == f"the answer is only {confidence:.0%} sure, the policy wants 60%"


def test_the_company_decides_how_sure() -> None:
    """With a bar of 0 confidence plays no part."""
    assert objection(0.1, Policy(min_confidence=0)) == ""


def test_a_question_back_needs_no_confidence() -> None:
    """Asking for an order number claims nothing."""
    assert objection(0.0, draft=reply(purpose=DraftPurpose.ASK)) == ""


def test_a_letter_with_an_open_question_waits_for_a_person() -> None:
    """It says that a colleague looks at the rest: so one must."""
    draft = reply().model_copy(update={"checks": (*PASSES, OPEN)})
    assert objection(0.99, draft=draft).startswith("the check 'complete' did not pass")


def test_a_wish_for_somebody_elses_data_brings_a_person_in() -> None:
    """With the words that gave it away."""
    text = "Who bought this machine? Please send me name and phone number of the first owner."
    assert danger_in(read_signals(Message(reply_text=text))).startswith("it asks for data of somebody else")
