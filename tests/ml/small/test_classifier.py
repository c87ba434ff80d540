import pytest

from ml.small.classifier import Classifier
from ml.small.evaluation import evaluate, unknown_said
from ml.small.labelled import LabelledMail
from models.classification import DecidedBy
from models.errors import TrainingDataError
from tests.ml.small.factories import labelled, message


def test_a_clear_mail_gets_its_category(classifier: Classifier) -> None:
    """With a probability, the runners-up and the model that said so."""
    [answer] = classifier.classify([message("please help me VAT payment amount thank you 3", "invoice")])
    assert answer.category == "billing"
    assert not answer.abstained
    assert answer.decided_by is DecidedBy.LINEAR
    assert answer.model_version == classifier.version
    assert {a.category for a in answer.alternatives} == {"delivery", "repair"}
    assert answer.probability > answer.alternatives[0].probability


def test_foreign_mail_is_out_of_scope(classifier: Classifier) -> None:
    """No category, and the reason in words."""
    [answer] = classifier.classify([message("choir practice lost cat wedding photos", "garden fence")])
    assert answer.category is None
    assert answer.abstained
    assert answer.why == "it is unlike the mail of every category"


@pytest.mark.parametrize("body", ["", "   \n", "…!?", "\u200b", "> old text"[:0]])
def test_a_mail_without_letters_is_abstained_from(classifier: Classifier, body: str) -> None:
    """There is nothing to judge by."""
    [answer] = classifier.classify([message(body)])
    assert (answer.category, answer.abstained, answer.probability) == (None, True, 0.0)


def test_thresholds_of_the_caller_come_first(classifier: Classifier) -> None:
    """A category's own setting replaces the trained threshold, and the others keep theirs."""
    mail = [message("please help me VAT payment amount thank you", "invoice")]
    [strict] = classifier.classify(mail, {"billing": 1.0})
    assert strict.abstained
    assert strict.category == "billing"
    assert "sure of billing, and a person is asked below 100" in strict.why
    assert not classifier.classify(mail, {"delivery": 1.0, "no_such_category": 0.5})[0].abstained


def test_a_batch_answers_like_its_mails_alone(classifier: Classifier) -> None:
    """Order and company must not matter, and no mail is no answer."""
    mails = [message(row.body, row.subject) for row in labelled(100, foreign=5, seed=9)]
    together = classifier.classify(mails)
    assert [classifier.classify([mail])[0].category for mail in mails[::40]] == [a.category for a in together[::40]]
    assert classifier.classify([]) == []


def test_evaluation_gives_the_agreed_figures(classifier: Classifier) -> None:
    """Held-out mail, a forced answer for accuracy, and thresholds from training alone."""
    report = evaluate(classifier, labelled(30, foreign=20, seed=5))
    assert report.n == 110
    assert report.accuracy is not None
    assert report.accuracy > 0.95
    assert report.oos_auroc is not None
    assert report.oos_auroc > 0.95
    assert set(report.coverage) == set(report.precision) == {"0.95", "0.99"}
    assert report.answered_by[DecidedBy.LINEAR] == round(report.coverage["0.95"] * 110)
    assert set(report.model_dump(mode="json")["answered_by"]) == {"rule", "linear", "encoder"}


def test_evaluation_survives_odd_data(classifier: Classifier) -> None:
    """Unknown labels count as errors; figures that cannot be computed are null; no rows is an error."""
    unknown = [LabelledMail(label="never_seen", text="invoice payment"), LabelledMail(label="billing", text="")]
    report = evaluate(classifier, unknown)
    assert report.unknown_labels == ("never_seen",)
    assert report.accuracy is not None
    assert report.oos_recall is None
    only_foreign = evaluate(classifier, [LabelledMail(label=None, text="lost cat")])
    assert (only_foreign.accuracy, only_foreign.oos_auroc, only_foreign.scope_kept) == (None, None, None)
    both = evaluate(classifier, [LabelledMail(label=None, text="lost cat"), *labelled(20)])
    assert both.scope_kept is not None
    assert both.scope_kept > 0.8
    with pytest.raises(TrainingDataError):
        evaluate(classifier, [])


def test_labels_that_the_model_never_learned_are_named() -> None:
    """With the one that was meant, where one is near; of many only the first few."""
    known = ("order_status", "billing")
    said = "2 labels unknown to the model: Order-Status (did you mean order_status?), qqq"
    assert unknown_said(("Order-Status", "qqq"), known) == said
    assert unknown_said(("BILLING",), known) == "1 label unknown to the model: BILLING (did you mean billing?)"
    assert unknown_said([f"q{n}" for n in range(9)], known) == "9 labels unknown to the model: q0, q1, q2, q3, q4 …"
