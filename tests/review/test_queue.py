"""The list of what waits."""

from models.asking import Asking
from models.case import Stage
from models.classification import Alternative, Classification
from models.message import Address
from store.classifications import Categorized, save_categorized
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


def test_reasons_speak_of_categories_by_their_titles(world: World) -> None:
    """`order_status` is a word of mailstage.toml; a word that is no such name stays as it is."""
    sure = "the model is 41% sure of order_status, and a person is asked below 95%; not of other_things"
    ask_category(world, receive(world), ("order_status", 0.41), why=sure)
    said = sure.replace("order_status", "Order status")
    browser = world.person()
    assert said in browser.get("/").text
    assert said in browser.get("/reviews/1").text


def test_a_reason_is_said_once(world: World) -> None:
    """Why a person is asked may be why it comes early as well."""
    why = "it is unlike the mail of every category"
    maybe = (Alternative(category="invoice", probability=0.3),)
    found = Classification(category=None, probability=0.6, alternatives=maybe, abstained=True, why=why)
    asking = Asking(value=0.9, because=f"{why}; 3 more like it wait")
    save_categorized(world.store, [Categorized(receive(world), found, Stage.AWAITING_CATEGORY, why, asking)])
    page = world.person().get("/reviews/1").text
    assert page.count(why) == 1
    assert "That is why it comes early; 3 more like it wait" in page


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
