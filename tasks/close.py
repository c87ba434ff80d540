"""Closes conversations in which the customer has been silent for the set time."""

from datetime import timedelta

from store.conversations import close_silent
from tasks.workplace import Workplace


def close_silent_conversations(place: Workplace, mailbox: str) -> int:
    """Returns how many; a new message opens a conversation again."""
    limit = timedelta(days=place.settings.policy.close_after_days)
    return close_silent(place.store, mailbox, place.store.clock() - limit)
