"""Mails of one wording: one page, one answer, the number confirmed."""

import re

from models.asking import Asking
from models.campaign import Fingerprint
from models.case import Stage
from models.classification import Alternative, Classification
from models.message import Address
from models.review import Outcome, Review
from store.classifications import Categorized, save_categorized
from store.decisions import decide_category
from store.reviews import waiting
from tests.cases import find_cases
from tests.review.factories import World, answer, ask_category, last_review, receive

WORDING = Fingerprint(values=tuple(range(64)))
TEXT = "you told us that our plan {} will cost more. Please keep the old price for us, or let us go."


def ask_alike(world: World, name: str, plan: str = "KG-1") -> Review:
    """A mail of the wording, from somebody else each time."""
    sender = Address(name=name, address=f"{name.lower()}@example.com")
    case = receive(world, TEXT.format(plan), subject="Price increase", sender=sender)
    ranking = (Alternative(category="invoice", probability=0.4), Alternative(category="warranty", probability=0.3))
    found = Classification(
        category="invoice", probability=0.4, alternatives=ranking[1:], abstained=True, why="not sure"
    )
    asking = Asking(value=0.8, because="it stands between invoice (40%) and warranty (30%)")
    asked = Categorized(case, found, Stage.AWAITING_CATEGORY, "not sure", asking, WORDING)
    save_categorized(world.store, [asked])
    return last_review(world)


def fields(page: str) -> dict[str, list[str]]:
    """The hidden fields and the ticked boxes of the form that answers."""
    form = page[page.index("<form", page.index("</header>") if "</header>" in page else 0) :]
    found = re.findall(r'<input type="(?:hidden|checkbox)" name="(\w+)" value="([^"]*)"', form)
    given: dict[str, list[str]] = {}
    for name, value in found:
        given.setdefault(name, []).append(value)
    return {name: values if name == "also" else values[:1] for name, values in given.items()}


def test_a_wording_is_one_row_with_its_count(world: World) -> None:
    """And the row says why it comes early."""
    for name in ("Ada", "Bo", "Cy"):
        ask_alike(world, name)
    page = world.person().get("/").text
    assert "3 alike" in page
    assert page.count("Price increase") == 1
    assert "Asked early because it stands between invoice (40%) and warranty (30%)" in page
    assert "up to 8 hours older" in page


def test_the_page_lists_the_others_with_what_is_their_own(world: World) -> None:
    """Who else wrote it, and the words by which theirs differs."""
    first = ask_alike(world, "Ada")
    ask_alike(world, "Bo", plan="KG-77")
    page = world.person().get(f"/reviews/{first.id}").text
    assert "1 more mail of the same wording" in page
    assert "Bo" in page
    assert "KG-77" in page
    assert "Sort them…" in page


def test_one_answer_decides_all_after_the_number_is_confirmed(world: World) -> None:
    """First a page that names the number and the mails; then each is decided."""
    first, *_ = (ask_alike(world, name) for name in ("Ada", "Bo", "Cy"))
    browser = world.person()
    given = fields(browser.get(f"/reviews/{first.id}").text) | {"category": ["warranty"], "answer": ["category"]}
    asked = browser.post(f"/reviews/{first.id}", data=given)
    assert asked.status_code == 200
    assert "Sort 3 mails as" in asked.text
    assert world.decided == []
    done = browser.post(f"/reviews/{first.id}", data=fields(asked.text) | {"confirmed": "3"})
    assert done.status_code == 303
    assert "3 mails sorted as warranty." in browser.get("/").text
    assert [case.category for case in find_cases(world.store)] == ["warranty"] * 3


def test_a_mail_that_is_taken_out_still_waits(world: World) -> None:
    """Its box was cleared: it is asked about by itself."""
    first, second, third = (ask_alike(world, name) for name in ("Ada", "Bo", "Cy"))
    browser = world.person()
    given = fields(browser.get(f"/reviews/{first.id}").text) | {"category": ["warranty"], "answer": ["category"]}
    given["also"] = [ticket for ticket in given["also"] if not ticket.startswith(f"{second.id}:")]
    browser.post(f"/reviews/{first.id}", data=given | {"confirmed": ["2"]})
    assert [review.id for review in waiting(world.store)] == [second.id]
    assert [decision.review_id for decision in world.decided] == [first.id, third.id]


def test_one_that_changed_meanwhile_is_left_out_and_named(world: World) -> None:
    """Somebody else was quicker with one of them."""
    first, second, _ = (ask_alike(world, name) for name in ("Ada", "Bo", "Cy"))
    browser = world.person()
    given = fields(browser.get(f"/reviews/{first.id}").text) | {"category": ["warranty"], "answer": ["category"]}
    decide_category(world.store, answer(second, Outcome.EDITED, category="invoice"))
    browser.post(f"/reviews/{first.id}", data=given | {"confirmed": ["3"]})
    said = browser.get("/").text
    assert "2 mails sorted as warranty." in said
    assert f"review {second.id} is already decided" in said


def test_a_forged_ticket_decides_nothing(world: World) -> None:
    """A question of another wording cannot be slipped in, whatever the form says."""
    first, other = ask_alike(world, "Ada"), ask_category(world, receive(world, "Hi"), ("invoice", 0.4))
    browser = world.person()
    given = fields(browser.get(f"/reviews/{first.id}").text) | {"category": ["warranty"], "answer": ["category"]}
    for ticket in (f"{other.id}:{other.shown_hash}", "nonsense", "99999:x"):
        refused = browser.post(f"/reviews/{first.id}", data=given | {"also": [ticket], "confirmed": ["2"]})
        assert refused.status_code in (404, 409)
    assert len(waiting(world.store)) == 2


def test_later_mail_proposes_what_was_decided(world: World) -> None:
    """The suggestion is checked beforehand and explained; nothing is decided by itself."""
    decide_category(world.store, answer(ask_alike(world, "Ada"), Outcome.EDITED, category="warranty"))
    later = ask_alike(world, "Bo")
    page = world.person().get(f"/reviews/{later.id}").text
    assert "a mail of the same wording was sorted as warranty" in page
    first = page.index('name="category"')
    assert 'value="warranty" required data-key="a" checked' in page[first : first + 200]
