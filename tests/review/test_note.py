"""A reply that somebody did not get, as a reviewer meets it."""

from models.case import Stage
from models.outbox import RecipientResult, RecipientState
from models.review import Outcome, Outgoing
from store import decisions, outbox, reviews
from store.outcome import record_results
from tests.cases import find_cases
from tests.review.factories import ADA, World, answer, ask_reply, form_of

NAMES = (ADA.address, "gone@example.net")


def refused_for_one(world: World) -> int:
    """Ada has the reply, her colleague's address does not exist; the id of the note."""
    review = ask_reply(world)
    sent = Outgoing(message_id="<1@x>", envelope_from="us@kestrelgrove.example", recipients=NAMES, raw=b"x")
    decisions.approve_reply(world.store, answer(review), sent)
    item = outbox.claim_next(world.store, "support", 60)
    assert item is not None
    taken = RecipientResult(address=NAMES[0], state=RecipientState.ACCEPTED, code=250)
    refused = RecipientResult(address=NAMES[1], state=RecipientState.REFUSED, code=550, text="no such user")
    record_results(world.store, item, (taken, refused))
    (note,) = reviews.waiting(world.store, "support")
    return note.id


def test_a_note_names_who_lacks_the_reply_and_offers_no_second_one(world: World) -> None:
    """It is read, and the case stays sent."""
    number = refused_for_one(world)
    browser = world.person()
    page = browser.get(f"/reviews/{number}").text
    assert "gone@example.net: 550 no such user" in page
    assert "<textarea" not in page
    assert browser.post(f"/reviews/{number}", data=form_of(page) | {"answer": "approved"}).status_code == 303
    assert world.decided[0].outcome is Outcome.APPROVED
    assert find_cases(world.store)[0].stage is Stage.SENT
