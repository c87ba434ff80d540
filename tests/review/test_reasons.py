"""Why the model ranked the categories so, on the page of a category question."""

import shutil
from pathlib import Path

import pytest

import review.reasons
from ml.small.labelled import LabelledMail
from ml.small.registry import load
from ml.small.training import train
from models.case import Stage
from models.classification import DecidedBy
from models.review import Review
from store import messages
from store.classifications import Categorized, save_categorized
from tests.ml.small.factories import labelled
from tests.review.factories import World, last_review, receive

HEADING = "Why the model thinks so"
CATEGORIES = {"billing": "invoice", "repair": "warranty", "delivery": "order_status"}
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "model"
    train(rows(30), folder)
    return folder


def rows(count: int) -> list[LabelledMail]:
    """Mail of three categories of the company, and foreign mail."""
    return [row.model_copy(update={"label": CATEGORIES.get(str(row.label))}) for row in labelled(count, foreign=count)]


@pytest.fixture
def office(world: World, trained: Path) -> World:
    shutil.copytree(trained, world.settings.model_dir)
    return world


def ask(world: World, text: str, subject: str = "", by: DecidedBy = DecidedBy.LINEAR) -> Review:
    """What the model in the office says of a mail, put before a person."""
    case = receive(world, text, subject=subject)
    message = messages.get_message(world.store, case.message_id)
    [answer] = load(world.settings.model_dir).classify([message], dict.fromkeys(CATEGORIES.values(), 1.0))
    found = answer.model_copy(update={"decided_by": by})
    save_categorized(world.store, [Categorized(case, found, Stage.AWAITING_CATEGORY, "not sure")])
    return last_review(world)


def page_of(world: World, review: Review) -> str:
    answer = world.person().get(f"/reviews/{review.id}")
    assert answer.status_code == 200
    return answer.text


def test_the_page_says_which_words_decided(office: World) -> None:
    """For the category and for the runner-up, by their titles, in a sentence and as bars."""
    known = next(row for row in rows(30) if row.label == "invoice")
    page = page_of(office, ask(office, f"{known.body} pump", known.subject))
    assert HEADING in page
    assert "Warranty and repair comes after Invoice" in page
    assert "For Invoice" in page
    assert f"<bdi>{known.subject}</bdi>" in page
    assert "<bdi>pump</bdi>" in page


def test_words_of_hostile_mail_stay_text(office: World) -> None:
    """A word in the explanation is a word of a stranger."""
    page = page_of(office, ask(office, f"invoice payment {NASTY} amount", NASTY))
    assert HEADING in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("trouble", ["gone", "damaged", "other"])
def test_without_its_model_the_question_can_still_be_answered(office: World, trouble: str) -> None:
    """The folder is gone, its weights are, or only a later version is left."""
    review = ask(office, "invoice payment amount")
    folder = office.settings.model_dir
    if trouble == "damaged":
        next(folder.glob("weights-*")).write_bytes(b"")
    else:
        shutil.rmtree(folder)
    if trouble == "other":
        train(rows(12), folder)
    page = page_of(office, review)
    assert HEADING not in page
    assert 'value="invoice"' in page


def test_what_no_small_model_decided_has_no_reasons(office: World) -> None:
    """A large model or a person would have other ones."""
    assert HEADING not in page_of(office, ask(office, "invoice payment amount", by=DecidedBy.LLM))


def test_a_model_is_loaded_once(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading takes longer than explaining; a page must not wait for it twice."""
    loaded: list[str] = []

    def counted(folder: Path, version: str = "") -> object:
        loaded.append(version)
        return load(folder, version)

    monkeypatch.setattr(review.reasons, "load", counted)
    first, second = ask(office, "invoice payment amount"), ask(office, "the pump leaks")
    person = office.person()
    for number in (first.id, second.id, first.id):
        assert HEADING in person.get(f"/reviews/{number}").text
    assert len(loaded) == 1
