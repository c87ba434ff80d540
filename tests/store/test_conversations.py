"""Which mail joins which conversation, and what a later word does to an earlier question."""

from pathlib import Path

import pytest

from models.case import Stage
from models.conversation import ConversationStatus
from models.message import Address, Bounce, Kind, Message
from models.review import ReviewKind
from store.conversations import close_silent, find_conversations, get_conversation, get_turns
from store.drafts import ask_approval, hand_over
from store.overtaken import withdraw_overtaken
from store.reviews import waiting
from tests.factories import CUSTOMER, TEAM, Inbox, mail, reply

STRANGER = Address(name="Mallory", address="mallory@example.net")


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def test_an_answer_joins_by_its_references(inbox: Inbox) -> None:
    """In-Reply-To is enough, whatever the subject says."""
    first = inbox.receive(mail())
    second = inbox.receive(mail(subject="Something else", message_id="<2@example.com>", in_reply_to="<1@example.com>"))
    assert first is not None
    assert second is not None
    assert first.conversation_id == second.conversation_id


def test_an_answer_without_references_joins_by_subject(inbox: Inbox) -> None:
    """A client that drops the headers still says `Re:`."""
    first = inbox.receive(mail())
    second = inbox.receive(mail(subject="Re: My order", message_id="<2@example.com>"))
    assert first is not None
    assert second is not None
    assert first.conversation_id == second.conversation_id


def test_the_same_subject_from_somebody_else_stays_apart(inbox: Inbox) -> None:
    """Two customers may both write `Re: My order`."""
    first = inbox.receive(mail())
    second = inbox.receive(mail(subject="Re: My order", sender=STRANGER, message_id="<2@example.net>"))
    assert first is not None
    assert second is not None
    assert first.conversation_id != second.conversation_id


def test_a_stranger_who_guesses_a_message_id_stays_outside(inbox: Inbox) -> None:
    """Otherwise our reply would quote somebody else's conversation to them."""
    first = inbox.receive(mail())
    second = inbox.receive(mail(sender=STRANGER, message_id="<2@example.net>", in_reply_to="<1@example.com>"))
    assert first is not None
    assert second is not None
    assert first.conversation_id != second.conversation_id
    assert len(get_turns(inbox.store, second.conversation_id)) == 1


def test_a_question_that_arrives_after_its_answer_is_joined(inbox: Inbox) -> None:
    """Mail can overtake mail; the Message-ID that was referred to is remembered."""
    late = inbox.receive(mail(subject="Re: My order", message_id="<2@example.com>", in_reply_to="<1@example.com>"))
    first = inbox.receive(mail())
    assert first is not None
    assert late is not None
    assert first.conversation_id == late.conversation_id


def test_mail_that_a_colleague_has_answered_is_filed(inbox: Inbox) -> None:
    """Sent is read first, so its question is known to be answered."""
    inbox.receive(mail(sender=TEAM, to=CUSTOMER, message_id="<o@ours>", in_reply_to="<1@example.com>"), ours=True)
    case = inbox.receive(mail())
    assert case is not None
    assert case.stage is Stage.FILED


def test_a_draft_overtaken_by_the_next_mail_is_withdrawn(inbox: Inbox) -> None:
    """The customer wrote again: the latest message is answered instead."""
    case = inbox.drafted()
    ask_approval(inbox.store, case, reply(), "")
    inbox.receive(mail(message_id="<2@example.com>", in_reply_to="<1@example.com>"))
    assert withdraw_overtaken(inbox.store, "support") == 1
    assert waiting(inbox.store, kinds=[ReviewKind.DRAFT]) == []
    assert inbox.cases()[0].stage is Stage.FILED


def test_a_vacation_notice_overtakes_nothing(inbox: Inbox) -> None:
    """Automatic mail in a conversation must not silence the question before it."""
    ask_approval(inbox.store, inbox.drafted(), reply(), "")
    notice = inbox.arrival(mail(message_id="<2@example.com>", in_reply_to="<1@example.com>"))
    inbox.save(type(notice)(notice.fetched, notice.message, notice.thread, False, Stage.SKIPPED, "vacation"))
    assert withdraw_overtaken(inbox.store, "support") == 0


def forged_bounce() -> Message:
    """A stranger knows a Message-ID of the conversation, and puts the customer into To."""
    ids = {"message_id": "<b@example.net>", "in_reply_to": "<1@example.com>"}
    words = mail("Pay to IBAN DE00, order KG-999999.", sender=STRANGER, to=CUSTOMER, **ids)
    return words.model_copy(update={"kind": Kind.BOUNCE, "bounce": Bounce(original_message_id="<1@example.com>")})


def test_a_forged_bounce_puts_no_words_into_the_conversation(inbox: Inbox) -> None:
    """It joins, and people see it; what is drafted, quoted or checked against is without it, however many come."""
    first = inbox.receive(mail('They wrote {"bounce":{"recipients"')) or pytest.fail("no case")
    bounces = [inbox.receive(forged_bounce()) for _ in range(3)]
    assert {bounce.conversation_id for bounce in bounces if bounce} == {first.conversation_id}
    turns = get_turns(inbox.store, first.conversation_id, limit=2)
    assert [turn.message.message_id for turn in turns] == ["<1@example.com>"]


def test_a_bounce_that_is_not_sorted_yet_overtakes_nothing(inbox: Inbox) -> None:
    """Or a stranger could have a customer's question filed without an answer."""
    ask_approval(inbox.store, inbox.drafted(), reply(), "")
    inbox.receive(forged_bounce())
    assert withdraw_overtaken(inbox.store, "support") == 0


def test_an_escalated_conversation_stays_with_its_person(inbox: Inbox) -> None:
    """A further mail does not take it out of a person's hands."""
    case = inbox.categorized()
    hand_over(inbox.store, case, reply(body=""), "a legal threat")
    inbox.receive(mail(message_id="<2@example.com>", in_reply_to="<1@example.com>"))
    assert get_conversation(inbox.store, case.conversation_id).status is ConversationStatus.ESCALATED
    assert withdraw_overtaken(inbox.store, "support") == 0


def test_silence_closes_a_conversation_and_a_new_mail_opens_it(inbox: Inbox) -> None:
    """Only where the customer's word is awaited."""
    inbox.receive(mail())
    inbox.receive(mail(sender=TEAM, to=CUSTOMER, message_id="<o@ours>", in_reply_to="<1@example.com>"), ours=True)
    inbox.clock.forward(days=15)
    assert close_silent(inbox.store, "support", inbox.clock.now) == 1
    inbox.receive(mail(message_id="<3@example.com>", in_reply_to="<o@ours>"))
    assert find_conversations(inbox.store)[0].status is ConversationStatus.WAITING_ON_US
