"""The list of conversations, and one of them with its cases and its log."""

from models.conversation import ConversationStatus
from models.message import Address
from store import conversations
from tests.review.factories import (
    World,
    answer,
    ask_reply,
    categorize,
    escalate,
    receive,
)


def test_a_very_long_thread_is_paged(world: World) -> None:
    """Of 60 long mails a review shows the last few, and the conversation's page twenty-five at a time."""
    case = receive(world, "first", message_id="<m0@x.example>")
    for number in range(1, 60):
        world.clock.forward(minutes=1)
        text = f"mail {number} " + "x" * 50_000
        case = receive(world, text, message_id=f"<m{number}@x.example>", answers=f"<m{number - 1}@x.example>")
    escalate(world, categorize(world, case))
    browser = world.person()
    page = browser.get("/reviews/1").text
    assert "54 earlier messages" in page
    assert len(page) < 500_000
    whole = browser.get("/conversations/1").text
    assert "60 messages" in whole
    assert "Page 1 of 3" in whole
    assert len(whole) < 1_500_000
    assert "mail 9 " in browser.get("/conversations/1?page=3").text


def test_conversations_are_searched_by_subject_and_address(world: World) -> None:
    """Whatever the case of the letters; `%` and `_` are just characters."""
    receive(world, subject="Valve 100% broken", sender=Address(address="ada@example.com"))
    receive(world, subject="Invoice", sender=Address(name="Jonas", address="jonas_w@example.net"))
    browser = world.person()
    for words, shown, hidden in [
        ("VALVE", "Valve", "Invoice</bdi>"),
        ("jonas_W", "Invoice</bdi>", "Valve"),
        ("100%", "Valve", "Invoice</bdi>"),
    ]:
        page = browser.get("/conversations", params={"words": words}).text
        assert shown in page
        assert hidden not in page
    assert "No conversation found" in browser.get("/conversations", params={"words": "a_a"}).text


def test_conversations_are_filtered_by_status_and_paged(world: World) -> None:
    """Thirty on a page, the latest first."""
    for number in range(32):
        world.clock.forward(minutes=1)
        receive(world, subject=f"Subject {number:02}")
    with world.store.write() as connection:
        conversations.set_status(connection, [1, 2], ConversationStatus.CLOSED)
    browser = world.person()
    assert browser.get("/conversations").text.count('class="row talk"') == 30
    assert browser.get("/conversations?page=2").text.count('class="row talk"') == 2
    assert browser.get("/conversations?status=closed").text.count('class="row talk"') == 2
    assert browser.get("/conversations?status=nonsense&page=9").status_code == 200


def test_a_conversation_shows_cases_and_log(world: World) -> None:
    """Where each case stands, and who decided what."""
    review = ask_reply(world)
    world.decide(answer(review, by="Jonas Weber"))
    page = world.person().get("/conversations/1").text
    for words in ("case 1", "approved by Jonas Weber", "draft approved", "Jonas Weber"):
        assert words in page
