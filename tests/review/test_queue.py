"""The list of what waits."""

from models.message import Address
from tests.review.factories import (
    World,
    ask_category,
    ask_promotion,
    ask_reply,
    categorize,
    escalate,
    receive,
)


def test_an_empty_queue_says_so(world: World) -> None:
    """Nothing waits, and that is fine."""
    assert "Nothing waits" in world.person().get("/").text


def test_a_row_says_what_waits_and_why(world: World) -> None:
    """Sender, subject, category with probability, risk and the reason."""
    ask_reply(world, subject="It drips", sender=Address(name="Ada Lindqvist", address="ada@example.com"))
    page = world.person().get("/").text
    for words in (
        "Ada Lindqvist",
        "It drips",
        "Warranty and repair",
        "94%",
        "medium risk",
        "this mailbox is in phase 2",
    ):
        assert words in page


def test_filters_count_and_narrow(world: World) -> None:
    """By kind and by mailbox, together."""
    ask_reply(world, subject="First")
    escalate(world, categorize(world, receive(world, subject="Second", mailbox="orders")))
    ask_category(world, receive(world, subject="Third"), ("invoice", 0.4))
    ask_promotion(world)
    browser = world.person()
    assert "4 questions" in browser.get("/").text
    drafts = browser.get("/?kind=draft").text
    assert "First" in drafts
    assert "Second" not in drafts
    orders = browser.get("/?mailbox=orders").text
    assert "Second" in orders
    assert "Third" not in orders
    assert "Nothing waits" in browser.get("/?mailbox=orders&kind=draft").text


def test_an_unsure_category_is_shown_as_a_question(world: World) -> None:
    """The model's first choice, with a question mark."""
    ask_category(world, receive(world), ("invoice", 0.41), ("warranty", 0.3))
    page = world.person().get("/").text
    assert "Invoice?" in page
    assert "41%" in page


def test_a_long_queue_has_pages(world: World) -> None:
    """Twenty-five on a page; a page beyond the last shows the last."""
    for number in range(27):
        ask_category(world, receive(world, subject=f"Subject {number:02}"), ("invoice", 0.4))
    browser = world.person()
    assert browser.get("/").text.count('class="row"') == 25
    assert browser.get("/?page=2").text.count('class="row"') == 2
    assert "Subject 26" in browser.get("/?page=999").text


def test_a_category_deleted_from_the_settings_still_has_a_name(world: World) -> None:
    """The row stands, under the bare name."""
    case = categorize(world, receive(world), "gone_since")
    escalate(world, case)
    browser = world.person()
    assert "gone since" in browser.get("/").text
    assert "no longer in mailstage.toml" in browser.get("/reviews/1").text
