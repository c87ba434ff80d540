"""A question about a new model: what the page shows, and what its answers do."""

from models.review import EVERY_MAILBOX, Outcome, ReviewKind
from store import rollout
from store.reviews import get_review, open_mailbox_review
from tests.review.challengers import ask_model, make_challenge
from tests.review.factories import World, answer, form_of, last_review


def test_the_page_shows_the_evidence(world: World) -> None:
    """Both models' figures, the test, what differs by category, and answers that change."""
    page = world.person().get(f"/reviews/{ask_model(world).id}").text
    for words in (
        "Shall a new model sort the mail?",
        "all mailboxes",
        "On 412 mails that neither was trained on",
        "90.5%",
        "94.7%",
        "23 newly right, 6 newly wrong",
        "p = 0.0012",
        "Look 1 since the model in use was activated",
        "Resellers and partners",
        "Out of scope",
        "+11",
        "−2",
        "counts as 20",
        "3f9c2ab81d40",
        "mailstage model rollback",
    ):
        assert words in page, words
    assert page.index("Newly wrong") < page.index("Newly right")


def test_mail_on_the_page_is_text(world: World) -> None:
    """Excerpts come from strangers."""
    page = world.person().get(f"/reviews/{ask_model(world).id}").text
    assert "&lt;b&gt;servicemonteur" in page
    assert "<b>servicemonteur" not in page


def test_yes_and_no_go_through_decide(world: World) -> None:
    """With the hash of what was shown, and a word about what follows."""
    review = ask_model(world)
    browser = world.person()
    form = form_of(browser.get(f"/reviews/{review.id}").text)
    assert form["shown_hash"] == review.shown_hash
    done = browser.post(f"/reviews/{review.id}", data={**form, "answer": "approved"})
    assert done.status_code == 303
    assert (world.decided[0].outcome, world.decided[0].shown_hash) == (Outcome.APPROVED, review.shown_hash)
    assert "The new model sorts the mail from the next run on." in browser.get("/").text
    second = ask_model(world, version="another")
    form = form_of(browser.get(f"/reviews/{second.id}").text)
    browser.post(f"/reviews/{second.id}", data={**form, "answer": "rejected"})
    assert get_review(world.store, second.id).reason == "not yet"
    assert "The model in use stays." in browser.get("/").text


def test_a_decided_question_keeps_its_evidence_and_has_no_form(world: World) -> None:
    """Who said what, and on which figures."""
    review = ask_model(world)
    world.decide(answer(review, Outcome.REJECTED, reason="wait for the new categories"))
    page = world.person().get(f"/reviews/{review.id}").text
    for words in ("Rejected", "wait for the new categories", "23 newly right"):
        assert words in page
    assert "Use the new model" not in page


def test_the_queue_shows_it_among_all_mailboxes_alone(world: World) -> None:
    """It belongs to none of them, so no filter bears its mark."""
    ask_model(world)
    browser = world.person()
    page = browser.get("/").text
    assert "Shall a new model sort the mail?" in page
    assert "mailbox=%2A" not in page
    assert "Shall a new model" not in browser.get("/?mailbox=support").text
    assert "Shall a new model" in browser.get("/?kind=model").text


def test_a_pause_does_not_stand_against_a_model(world: World) -> None:
    """Sorting goes on while replies are stopped."""
    review = ask_model(world)
    rollout.set_paused(world.store, rollout.EVERYTHING, True, "noor")
    assert "No reply can be approved" not in world.person().get(f"/reviews/{review.id}").text


def test_a_question_that_cannot_be_read_can_only_be_refused(world: World) -> None:
    """It was asked by another version: the page says so and offers no yes."""
    open_mailbox_review(world.store, EVERY_MAILBOX, ReviewKind.MODEL, "a" * 64, {"why": "?", "old": True})
    page = world.person().get(f"/reviews/{last_review(world).id}").text
    assert "asked by another version of Mailstage" in page
    assert "Use the new model" not in page
    assert "Keep the model in use" in page


def test_without_differences_the_page_still_stands(world: World) -> None:
    """A model may be better by asking less alone; a figure that was not measured is named so."""
    challenge = make_challenge()
    silent = challenge.comparison.champion.model_copy(update={"precision": None, "coverage": 0.0})
    bare = challenge.comparison.model_copy(update={"categories": (), "examples": (), "champion": silent})
    page = world.person().get(f"/reviews/{ask_model(world, comparison=bare).id}").text
    assert "none given" in page
    assert "Where it differs" not in page
