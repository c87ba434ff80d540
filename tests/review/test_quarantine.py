"""A mail that could not be read, as a reviewer meets it."""

from models.case import Stage
from models.message import FetchedMail, Message
from models.review import Outcome
from store import arrivals, cases, reviews
from store.cursors import Cursor
from store.fresh import Arrival
from store.threading import Thread
from tests.review.factories import World, form_of


def quarantine(world: World) -> int:
    """One unreadable mail arrives; the id of the question about it."""
    fetched = FetchedMail(mailbox="support", folder="INBOX", uidvalidity=1, uid=7, raw=b"x", arrived=world.clock())
    blank = Message(subject="(unreadable mail)", defects=("it has no header",))
    arrival = Arrival(fetched, blank, Thread(), False, Stage.QUARANTINED, "it has no header")
    arrivals.save_batch(world.store, [arrival], "support", "INBOX", Cursor(1, 7))
    (review,) = reviews.waiting(world.store, "support")
    return review.id


def test_a_quarantined_mail_stands_in_the_queue_with_its_reason(world: World) -> None:
    """Visible, as promise Q wants it, with the way out named."""
    number = quarantine(world)
    browser = world.person()
    assert "it has no header" in browser.get("/").text.casefold()
    page = browser.get(f"/reviews/{number}").text
    assert "quarantine" in page
    assert "mailstage retry 1" in page


def test_a_quarantined_mail_is_dealt_with(world: World) -> None:
    """Then it is filed, and its raw bytes stay in the store."""
    number = quarantine(world)
    browser = world.person()
    hidden = form_of(browser.get(f"/reviews/{number}").text)
    assert browser.post(f"/reviews/{number}", data=hidden | {"answer": "approved"}).status_code == 303
    assert world.decided[0].outcome is Outcome.APPROVED
    assert cases.get_case(world.store, 1).stage is Stage.FILED
