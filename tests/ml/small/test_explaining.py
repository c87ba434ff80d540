"""Why a mail got its category."""

import time
from pathlib import Path

import pytest

from ml.small.cascade import ENCODER, LINEAR
from ml.small.classifier import Classifier
from ml.small.kernel import KernelModel
from ml.small.labelled import MailText
from ml.small.registry import load, load_examples
from ml.small.why.excerpts import excerpt
from ml.small.why.explaining import Explanation, Weight, _said_against, explain
from ml.small.why.occlusion import MAX_VARIANTS, log_odds, pieces_of


@pytest.fixture(scope="module")
def two_steps(two_step_folder: Path) -> Classifier:
    return load(two_step_folder)


def explained(classifier: Classifier, mail: MailText, folder: Path | None = None) -> Explanation:
    found = explain(classifier, mail, load_examples(folder) if folder else None)
    assert found is not None
    return found


def test_the_words_that_decide_are_named(classifier: Classifier) -> None:
    """Of a mail with words of two topics, each stands on its own side."""
    why = explained(classifier, MailText("invoice", "hello there payment amount courier thank you"))
    assert (why.category, why.runner_up) == ("billing", "delivery")
    assert {one.words for one in why.words[:3]} == {"invoice", "payment", "amount"}
    assert why.against[0].words == "courier"
    assert all(one.weight > 0 for one in why.words)
    assert all(one.weight < 0 for one in why.against)
    assert "only “courier”" in why.why_not
    assert why.neighbours == ()


def test_the_answer_explained_is_the_answer_given(two_steps: Classifier) -> None:
    """Both categories, both probabilities, and whether it is foreign are those of the classification."""
    mail = MailText("pump", "it leaks since yesterday")
    why, [answer] = explained(two_steps, mail), two_steps.classify_texts([mail])
    ranked = [(one.category, one.probability) for one in answer.alternatives]
    if answer.category:
        ranked.insert(0, (answer.category, answer.probability))
    assert [why.category, why.runner_up] == [category for category, _ in ranked[:2]]
    assert [why.probability, why.runner_up_probability] == pytest.approx([share for _, share in ranked[:2]], abs=1e-3)
    assert why.foreign is (answer.category is None)


def test_the_nearest_labelled_mails_are_shown(two_steps: Classifier, two_step_folder: Path) -> None:
    """The nearest first, each with its label and a line of its text."""
    why = explained(two_steps, MailText("pump", "hello there pump noise leaks please help me 7"), two_step_folder)
    assert len(why.neighbours) == 5
    assert why.neighbours[0].label == "repair"
    assert {"pump", "noise", "leaks"} & set(why.neighbours[0].text.split())
    assert [one.likeness for one in why.neighbours] == sorted((one.likeness for one in why.neighbours), reverse=True)
    assert "of the 5 most similar labelled mails" in why.why_not


def test_likeness_is_told_from_what_any_two_mails_have_in_common(
    two_steps: Classifier, two_step_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cosine of the nearest alone says nothing where the vectors of all mails point the same way."""
    mail = MailText("pump", "hello there pump noise leaks please help me 7")
    for cosine, usual, likeness in ((0.8, 0.6, 0.5), (1.0, 0.6, 1.0), (0.5, 0.6, 0.0), (1.0, 1.0, 1.0)):
        row = next(iter(load_examples(two_step_folder)))
        monkeypatch.setattr(KernelModel, "neighbours", lambda *_, found=[(row, cosine)]: found)
        monkeypatch.setattr(KernelModel, "usual_likeness", lambda *_, usual=usual: usual)
        [near] = explained(two_steps, mail, two_step_folder).neighbours
        assert near.likeness == pytest.approx(likeness)


def test_foreign_mail_is_said_to_be_unlike_all(two_steps: Classifier, two_step_folder: Path) -> None:
    """There is no contest to explain."""
    why = explained(two_steps, MailText("lost cat", "wedding photos and choir practice"), two_step_folder)
    assert why.foreign
    assert why.why_not.startswith("It is unlike the labelled mail, the nearest of which")


def test_a_runner_up_with_the_strongest_word_is_not_called_weak(classifier: Classifier) -> None:
    """Many small words can win against one that weighs more than each of those named."""
    mail = MailText("", "invoice payment amount vat charged courier courier parcel tracking arrive shipped pump")
    why = explained(classifier, mail)
    strongest = [sum(abs(one.weight) for one in side) for side in (why.words[:3], why.against[:2])]
    assert ("only" in why.why_not) is (strongest[1] < strongest[0])
    weak, strong = (Weight(words=words, weight=weight) for words, weight in (("it", 0.4), ("K4", -2.2)))
    assert (
        _said_against((weak,), (strong,), "question", "trade")
        == "“K4” speaks for trade, the mail as a whole for question"
    )


@pytest.mark.parametrize("step", [LINEAR, ENCODER])
def test_a_weight_is_what_leaving_the_words_out_changes(two_steps: Classifier, step: int) -> None:
    """In log-odds, by the step that answered."""
    mail = MailText("invoice", "the pump leaks")
    [piece] = [piece for piece in pieces_of(mail, 10) if piece.text == "pump"]
    assert piece.without == MailText("invoice", "the  leaks")
    whole, without = log_odds(two_steps, [mail, piece.without], 2, 0, step)
    assert whole > without


def test_titles_of_categories_may_be_given(classifier: Classifier) -> None:
    """A page speaks of a category by its title."""
    found = explain(classifier, MailText("", "the invoice amount"), title=lambda name: f"<{name}>")
    assert found is not None
    assert "<billing>" in found.why_not


def test_a_mail_without_letters_has_no_reasons(classifier: Classifier) -> None:
    """There was nothing to judge by."""
    assert explain(classifier, MailText("", " … 12 !?")) is None


def test_a_word_that_stands_twice_is_left_out_everywhere() -> None:
    """Leaving one of two out would change nothing."""
    pieces = {piece.text: piece.without for piece in pieces_of(MailText("Invoice", "my invoice, please"), 10)}
    assert set(pieces) == {"Invoice", "my", "please"}
    assert pieces["Invoice"] == MailText("", "my , please")


def test_marks_are_pieces_too() -> None:
    """An attached photo may be what decides."""
    pieces = pieces_of(MailText("", "broken", ("fromfreemail", "attachedimage", "filecrack")), 10)
    assert [piece.text for piece in pieces] == ["broken", "sender: freemail", "attached: image", "file name: crack"]
    assert pieces[2].without.marks == ("fromfreemail", "filecrack")


def test_a_long_mail_falls_into_phrases() -> None:
    """The number of variants is bounded, and with it the time."""
    words = [f"word{n}" for n in range(300)]
    pieces = pieces_of(MailText("a subject", " ".join(words)), MAX_VARIANTS)
    assert len(pieces) <= MAX_VARIANTS
    assert pieces[1].text == " ".join(words[4:10])
    assert "word4 " not in pieces[1].without.body
    assert len(pieces_of(MailText("", "x " * 2_000), 20)) == 1


def test_scripts_without_spaces_fall_into_pieces() -> None:
    """A Chinese sentence is no single word."""
    assert [piece.text for piece in pieces_of(MailText("", "請給我發票"), 10)] == ["請給", "我發", "票"]


@pytest.mark.parametrize("text", ["\ud800 invoice \x00", "\u202einvoice", "invoice " + "x" * 50_000, "'’.@-"])
def test_hostile_text_is_explained_or_left_alone(two_steps: Classifier, text: str) -> None:
    """Within a second, and as text that can be written down."""
    started = time.perf_counter()
    found = explain(two_steps, MailText("", text[:4_000]))
    assert time.perf_counter() - started < 5
    if found:
        found.model_dump_json()


def test_an_excerpt_is_one_printable_line() -> None:
    """It goes into files and onto pages, whatever was mailed."""
    assert excerpt(MailText("Hello", "a\n\nb\x00c\u202ed \ud800e")) == "Hello · a b c d e"
    assert excerpt(MailText("", "word " * 100), 20) == "word word word word…"


def test_the_name_of_a_category_is_no_mail(two_steps: Classifier, two_step_folder: Path) -> None:
    """It is learned from, and would be the nearest of all to a mail that says it."""
    why = explained(two_steps, MailText("", "repair"), two_step_folder)
    assert len(why.neighbours) == 5
    assert "repair" not in {one.text for one in why.neighbours}
