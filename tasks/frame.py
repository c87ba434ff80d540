"""Puts the team's signature and the quoted history under a draft, so that a reviewer sees all that will be sent."""

from mail.smtp.history import quoted_history
from models.draft import Draft
from models.message import Message
from models.settings import QuotedHistory
from store.conversations import get_turns
from store.messages import get_message
from tasks.workplace import Workplace

MOST_TURNS = 20


def frame(place: Workplace, mailbox: str, conversation_id: int, message_id: int, draft: Draft) -> Draft:
    """The draft with both; `message_id` is the row of the mail that it answers."""
    box = place.mailbox(mailbox)
    signature = box.signature.get(draft.language, box.team)
    quoted = _quoted(place, box.quote_history, conversation_id, message_id, draft)
    return draft.model_copy(update={"signature": signature, "history": quoted_history(quoted, draft.language)})


def _quoted(
    place: Workplace, wanted: QuotedHistory, conversation_id: int, message_id: int, draft: Draft
) -> list[Message]:
    """The latest first. Of a thread only what the recipients have written or been sent: others have had their say."""
    if wanted is QuotedHistory.NONE:
        return []
    answered = get_message(place.store, message_id)
    if wanted is QuotedHistory.LAST:
        return [answered]
    turns = get_turns(place.store, conversation_id, before=message_id, limit=MOST_TURNS)
    readers = {person.address for person in draft.to}
    earlier = [turn.message for turn in reversed(turns) if turn.message.message_id != answered.message_id]
    return [answered, *(message for message in earlier if readers <= _people(message))]


def _people(message: Message) -> set[str]:
    return {person.address for person in (message.sender, *message.to, *message.cc)}
