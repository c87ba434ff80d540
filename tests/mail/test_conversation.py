"""One conversation, its replies written with the mail programs that people use, through the real store."""

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail.reading import read_message
from mail.threads import base_subject, parent_ids
from models.case import Stage
from models.message import Address, FetchedMail, Kind, Message
from store.arrivals import save_batch
from store.conversations import find_conversations
from store.cursors import Cursor
from store.database import open_store
from store.fresh import Arrival
from store.threading import Thread
from store.turns import find_turns
from tests.factories import CUSTOMER, START, TEAM, Clock

FOLDER = Path(__file__).parent.parent / "conversations"
MAILS = {path.stem: read_message(path.read_bytes()) for path in sorted(FOLDER.glob("*.eml"))}


def arrival(message: Message, uid: int) -> Arrival:
    raw = f"{uid}{message.message_id}".encode()
    ours = message.sender.address == TEAM.address
    fetched = FetchedMail(
        mailbox="support", folder="INBOX", uidvalidity=1, uid=uid, raw=raw, arrived=message.date or START
    )
    key = base_subject(message.subject)
    thread = Thread(parent_ids(message), key.casefold(), key != message.subject)
    return Arrival(fetched, message, thread, ours, None if ours else Stage.RECEIVED)


def conversations_of(folder: Path, messages: Sequence[Message], batches: int) -> list[list[str]]:
    """Message-IDs of each conversation that the store makes of them, when they come in so many batches."""
    store = open_store(f"sqlite:///{folder / 'mailstage.db'}", Clock())
    arrivals = [arrival(message, uid) for uid, message in enumerate(messages, start=1)]
    size = -(-len(arrivals) // batches)
    for start in range(0, len(arrivals), size):
        batch = arrivals[start : start + size]
        save_batch(store, batch, "support", "INBOX", Cursor(1, batch[-1].fetched.uid))
    found = [find_turns(store, one.id, limit=100) for one in find_conversations(store)]
    return [[one.turn.message.message_id for one in turns] for turns in found]


def test_all_mails_of_the_conversation_join_it(tmp_path: Path) -> None:
    """Outlook, Gmail, Thunderbird, a phone, a forward, a vacation notice and a bounce: one thread, in order."""
    (ids,) = conversations_of(tmp_path, list(MAILS.values()), batches=3)
    assert ids == [message.message_id for message in MAILS.values()]


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("01-gmail-web", "Hello,\n\nour Kestrel Duo K2 (K2-0047391) shows E5 since this morning. What can we do?"),
        (
            "03-outlook-desktop-german",
            "Hallo,\n\nja, E5 kommt nach zwei Stunden wieder. Gekauft haben wir die Maschine im März 2025:\n\n"
            "Bestellung | KG-204518\nRechnung | INV-2026-01873\n\nViele Grüße\n\nAda",
        ),
        (
            "05-thunderbird-inline",
            "> Hallo Ada,\n>\n> dann muss die Maschine in die Werkstatt. Wann dürfen wir sie abholen?\n"
            "Am Mittwoch ab 15 Uhr, der Laden ist dann geschlossen.\n> Brauchen Sie ein Leihgerät?\nJa, gern.",
        ),
        ("06-outlook-mobile", "One more thing: please ring at the back door."),
        ("07-gmail-top-html-only", "Could you also bring two bags of beans?\n\n- one decaf\n- one house blend"),
        ("08-apple-forward", "See below, is this collection yours?\n\nAda"),
        ("09-vacation", "Ich bin bis Freitag nicht im Haus."),
    ],
)
def test_only_what_is_new_remains_of_each_reply(name: str, reply: str) -> None:
    """History and signature go, in plain text and in HTML; answers between quotes keep their questions."""
    assert MAILS[name].reply_text == reply


def test_forwarded_mail_is_kept_beside_the_note() -> None:
    """A model that answers "is this yours?" must see what."""
    forwarded = MAILS["08-apple-forward"].forwarded
    assert "We collect one parcel on Wednesday between 15:00 and 17:00." in forwarded
    assert "collect@parcelhop.example" in forwarded
    assert {name for name, mail in MAILS.items() if mail.forwarded} == {"08-apple-forward"}


def test_bounce_brings_nobody_into_the_conversation(tmp_path: Path) -> None:
    """Whoever can forge a bounce must not take part in a thread afterwards."""
    bounce = MAILS["10-bounce"]
    assert bounce.kind is Kind.BOUNCE
    store = open_store(f"sqlite:///{tmp_path / 'mailstage.db'}", Clock())
    batch = [arrival(message, uid) for uid, message in enumerate(MAILS.values(), start=1)]
    save_batch(store, batch, "support", "INBOX", Cursor(1, len(batch)))
    (conversation,) = find_conversations(store)
    assert bounce.sender.address not in {one.address for one in conversation.participants}


def talk(length: int) -> list[Message]:
    """Customer and team in turn, each naming all mails before, as RFC 5322 section 3.6.4 wants."""
    people = itertools.cycle([(CUSTOMER, TEAM), (TEAM, CUSTOMER)])
    ids = [f"<{n}@example.com>" for n in range(length)]
    return [
        Message(message_id=ids[n], in_reply_to=ids[n - 1] if n else "", references=tuple(ids[:n]), sender=sender,
                to=(to,), subject="Re: tea" if n else "tea", date=START)
        for n, (sender, to) in zip(range(length), people, strict=False)
    ]  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(2, 8), st.integers(1, 8), st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, length: int, batches: int, chance: random.Random
) -> None:
    """Replies before their questions, in one batch or many: one conversation."""
    messages = talk(length)
    chance.shuffle(messages)
    found = conversations_of(tmp_path_factory.mktemp("order"), messages, min(batches, length))
    assert [sorted(ids) for ids in found] == [sorted(message.message_id for message in messages)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.integers(0, 5), max_size=6), min_size=2, max_size=6))
def test_references_in_a_circle_end(tmp_path_factory: pytest.TempPathFactory, links: list[list[int]]) -> None:
    """Any mail may name any other and itself: each still ends in exactly one conversation (promise L)."""
    messages = [
        Message(message_id=f"<{n}@x>", references=tuple(f"<{m}@x>" for m in named), sender=CUSTOMER, to=(TEAM,))
        for n, named in enumerate(links)
    ]
    found = conversations_of(tmp_path_factory.mktemp("circle"), messages, 2)
    assert sorted(itertools.chain(*found)) == sorted(message.message_id for message in messages)


def test_stranger_who_names_a_known_mail_stays_outside(tmp_path: Path) -> None:
    """Also when the stranger calls itself a mail system, without a report."""
    known, reply = talk(2)
    stranger = Address(address="mailer-daemon@evil.example")
    forged = reply.model_copy(update={"sender": stranger, "to": (TEAM,), "message_id": "<evil@x>"})
    assert len(conversations_of(tmp_path, [known, forged], 1)) == 2
