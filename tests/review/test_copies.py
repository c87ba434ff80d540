"""What the page of a review says of its draft's copy in Drafts, and of a reply that a person has reworded."""

from models.review import Review
from store.placed import Question, claim_placing, mark_placed, note_missing
from tests.review.factories import BODY, World, answer, ask_reply, lose_sending

WORDS = "Dear Ada,\n\nplease send it back, we pay the postage."


def lay_copy(world: World) -> Review:
    """A draft that waits, with its copy in the mailbox's own Drafts."""
    review = ask_reply(world)
    question = Question(review.id, review.case_id or 0, review.shown_hash)
    assert claim_placing(world.store, review.mailbox, question, "<copy@kestrelgrove.example>", 60)
    mark_placed(world.store, review.id)
    return review


def test_the_page_says_where_the_copy_of_a_draft_is(world: World) -> None:
    """In Drafts, or deleted there, which is no decision; nothing once it is decided."""
    review = lay_copy(world)
    browser = world.person()
    assert "A copy lies in the mailbox" in browser.get(f"/reviews/{review.id}").text
    note_missing(world.store, review.mailbox, {review.id})
    page = browser.get(f"/reviews/{review.id}").text
    assert "no longer in the mailbox" in page
    assert "A copy lies" not in page
    assert "Approve and send" in page
    world.decide(answer(review))
    assert "mailbox&#39;s Drafts" not in browser.get(f"/reviews/{review.id}").text


def test_without_a_copy_there_is_no_word_of_drafts(world: World) -> None:
    """Most mailboxes have none."""
    assert "Drafts" not in world.person().get(f"/reviews/{ask_reply(world).id}").text


def test_whoever_is_asked_whether_it_was_sent_sees_what_may_have_been(world: World) -> None:
    """A person's own words, where they changed the draft."""
    browser = world.person()
    assert BODY.splitlines()[-1] in browser.get(f"/reviews/{lose_sending(world).id}").text
    page = browser.get(f"/reviews/{lose_sending(world, WORDS).id}").text
    asked = page[page.index("Was this reply sent?") :]
    assert "we pay the postage" in asked
    assert asked.index("we pay the postage") < asked.index("Send it again")
    assert BODY.splitlines()[2] not in asked
