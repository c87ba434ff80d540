"""A mail that lies in two folders, or under two labels of Gmail, is one mail: one conversation, turn and question."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.case import Stage
from models.message import Message
from store.arrivals import save_batch
from store.conversations import find_conversations, get_turns
from store.cursors import Cursor
from store.fresh import Arrival
from store.turns import count_turns
from tests.factories import Inbox, mail

FOLDERS = ["INBOX", "Orders"]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def labelled(inbox: Inbox, folder: str, message: Message, raw: bytes, email_id: str = "1842") -> Arrival:
    """The same mail as one of its folders shows it."""
    found = inbox.arrival(message)
    fetched = found.fetched.model_copy(update={"folder": folder, "raw": raw, "email_id": email_id})
    return replace(found, fetched=fetched)


def save(inbox: Inbox, *arrivals: Arrival) -> None:
    folder = arrivals[0].fetched.folder
    save_batch(inbox.store, arrivals, "support", folder, Cursor(1, arrivals[-1].fetched.uid), FOLDERS)


@pytest.mark.parametrize("message_id", ["<1@example.com>", ""], ids=["named", "nameless"])
@pytest.mark.parametrize("subject", ["My order", "Re: My order"])
def test_a_mail_under_two_labels_is_shown_once(inbox: Inbox, message_id: str, subject: str) -> None:
    """The id that the server gives it tells, though the bytes differ by a field that the server adds."""
    message = mail(message_id=message_id, subject=subject)
    for folder in FOLDERS:
        save(inbox, labelled(inbox, folder, message, f"X-Label: {folder}\r\n\r\n".encode()))
    (conversation,) = find_conversations(inbox.store)
    assert count_turns(inbox.store, conversation.id) == 1
    assert len(get_turns(inbox.store, conversation.id)) == 1
    assert [case.stage for case in inbox.cases()] == [Stage.RECEIVED, Stage.SKIPPED]
    assert {case.conversation_id for case in inbox.cases()} == {conversation.id}


def test_copies_in_one_batch_are_shown_once(inbox: Inbox) -> None:
    """A folder into which somebody has copied the same nameless mail twice."""
    message = mail(message_id="")
    save(inbox, *(labelled(inbox, "INBOX", message, b"same", email_id="") for _ in range(3)))
    (conversation,) = find_conversations(inbox.store)
    assert count_turns(inbox.store, conversation.id) == 1
    assert [case.stage for case in inbox.cases()] == [Stage.RECEIVED, Stage.SKIPPED, Stage.SKIPPED]


def test_mails_without_an_id_of_the_server_stay_two(inbox: Inbox) -> None:
    """An empty id equals nothing: two short mails of one customer are two turns."""
    for number in range(2):
        save(inbox, labelled(inbox, "INBOX", mail(message_id=f"<{number}@x>"), f"{number}".encode(), email_id=""))
    assert [case.stage for case in inbox.cases()] == [Stage.RECEIVED, Stage.RECEIVED]
    assert len(find_conversations(inbox.store)) == 2
