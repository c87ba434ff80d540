"""Thread joining as properties: whatever people reply to whatever, each true conversation is one, and nobody else's.

A true conversation is a tree of replies between one customer and the team. A mail may name any of its ancestors and
leave out others, as clients do that shorten References or know In-Reply-To alone.
"""

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from mail.threads import base_subject, parent_ids
from models.case import Stage
from models.message import Address, FetchedMail, Message
from store.arrivals import save_batch
from store.conversations import find_conversations
from store.cursors import Cursor
from store.database import Store, open_store
from store.fresh import Arrival
from store.threading import LINKS_AT_ONCE, MOST_TALKS, Thread, Threads
from store.turns import find_turns
from tests.factories import CUSTOMER, START, TEAM, Clock

quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Tree = list[int]
"""The parent of each mail after the first, as an index below its own."""
Groups = frozenset[frozenset[str]]


@st.composite
def trees(draw: st.DrawFn) -> list[Tree]:
    """One to three conversations of one to seven mails."""
    sizes = draw(st.lists(st.integers(1, 7), min_size=1, max_size=3))
    return [[draw(st.integers(0, n)) for n in range(size - 1)] for size in sizes]


def ancestors(tree: Tree, mail: int) -> list[int]:
    """From the root down to the parent."""
    line: list[int] = []
    while mail:
        mail = tree[mail - 1]
        line.insert(0, mail)
    return line


def mails_of(number: int, tree: Tree, chance: random.Random, *, name_root: bool) -> list[Message]:
    """The mails of one conversation. Each names some of its ancestors, the root among them if asked to."""
    customer = Address(address=f"c{number % 2}@example.com")
    found = []
    for mail in range(len(tree) + 1):
        line = ancestors(tree, mail)
        kept = sorted(chance.sample(line, chance.randint(1, len(line)))) if line else []
        kept = sorted({0, *kept}) if name_root and line else kept
        near = kept.pop() if len(kept) > 1 and chance.random() < 0.5 else None
        ours = bool(line) and chance.random() < 0.4
        found.append(
            Message(
                message_id=f"<{number}.{mail}@x>",
                in_reply_to="" if near is None else f"<{number}.{near}@x>",
                references=tuple(f"<{number}.{one}@x>" for one in kept),
                sender=TEAM if ours else customer,
                to=(customer if ours else TEAM,),
                subject="Re: tea" if line else "tea",
                date=START,
            )
        )
    return found


def forest(shape: Sequence[Tree], chance: random.Random, *, name_root: bool = False) -> list[list[Message]]:
    return [mails_of(number, tree, chance, name_root=name_root) for number, tree in enumerate(shape)]


def in_turn(conversations: Sequence[Sequence[Message]], chance: random.Random) -> list[Message]:
    """Mixed, but each conversation in its own order: nothing overtakes what it answers."""
    waiting = [list(one) for one in conversations]
    mixed = []
    while waiting:
        one = chance.choice(waiting)
        mixed.append(one.pop(0))
        waiting = [left for left in waiting if left]
    return mixed


def arrive(store: Store, messages: Sequence[Message], batch: int, validity: int = 1) -> None:
    """The very bytes of a mail that comes again are those of its first time."""
    for start in range(0, len(messages), batch):
        arrivals = [_arrival(one, start + at + 1, validity) for at, one in enumerate(messages[start : start + batch])]
        save_batch(store, arrivals, "support", "INBOX", Cursor(validity, arrivals[-1].fetched.uid))


def _arrival(message: Message, uid: int, validity: int) -> Arrival:
    raw = message.message_id.encode()
    ours, key = message.sender == TEAM, base_subject(message.subject)
    fetched = FetchedMail(mailbox="support", folder="INBOX", uidvalidity=validity, uid=uid, raw=raw, arrived=START)
    thread = Thread(parent_ids(message), key.casefold(), key != message.subject)
    return Arrival(fetched, message, thread, ours, None if ours else Stage.RECEIVED)


def joined(store: Store) -> Groups:
    turns = [find_turns(store, one.id, limit=100) for one in find_conversations(store)]
    return frozenset(frozenset(one.turn.message.message_id for one in some) for some in turns)


def truth(conversations: Sequence[Sequence[Message]]) -> Groups:
    return frozenset(frozenset(message.message_id for message in one) for one in conversations)


def fresh_store(factory: pytest.TempPathFactory) -> Store:
    folder: Path = factory.mktemp("joining")
    return open_store(f"sqlite:///{folder / 'mailstage.db'}", Clock())


@quick
@given(trees(), st.integers(1, 30), st.randoms(use_true_random=False))
def test_replies_that_name_any_ancestor_join_the_true_conversations(
    tmp_path_factory: pytest.TempPathFactory, shape: list[Tree], batch: int, chance: random.Random
) -> None:
    """Two of the conversations may be one customer's; some mails come twice."""
    conversations = forest(shape, chance)
    messages = in_turn(conversations, chance)
    messages += chance.sample(messages, chance.randint(0, len(messages)))
    store = fresh_store(tmp_path_factory)
    arrive(store, messages, batch)
    assert joined(store) == truth(conversations)


@quick
@given(trees(), st.integers(1, 30), st.randoms(use_true_random=False))
def test_in_any_order_the_root_is_enough(
    tmp_path_factory: pytest.TempPathFactory, shape: list[Tree], batch: int, chance: random.Random
) -> None:
    """Mail overtakes mail: what all of a conversation name brings them together."""
    conversations = forest(shape, chance, name_root=True)
    messages = list(itertools.chain(*conversations))
    chance.shuffle(messages)
    store = fresh_store(tmp_path_factory)
    arrive(store, messages, batch)
    assert joined(store) == truth(conversations)


@quick
@given(trees(), st.integers(1, 30), st.randoms(use_true_random=False))
def test_what_shares_no_reference_is_never_joined(
    tmp_path_factory: pytest.TempPathFactory, shape: list[Tree], batch: int, chance: random.Random
) -> None:
    """In any order, whatever is left out: a conversation may fall in two, but holds nothing of another."""
    conversations = forest(shape, chance)
    messages = list(itertools.chain(*conversations))
    chance.shuffle(messages)
    store = fresh_store(tmp_path_factory)
    arrive(store, messages, batch)
    found = joined(store)
    assert sum(map(len, found)) == len(messages)
    assert all(any(part <= whole for whole in truth(conversations)) for part in found)


@quick
@given(trees(), st.integers(1, 30), st.randoms(use_true_random=False))
def test_mail_that_comes_again_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, shape: list[Tree], batch: int, chance: random.Random
) -> None:
    """A folder that its server numbers anew, read from its beginning in another order."""
    messages = in_turn(forest(shape, chance), chance)
    store = fresh_store(tmp_path_factory)
    arrive(store, messages, batch)
    before = joined(store)
    arrive(store, chance.sample(messages, len(messages)), batch, validity=2)
    assert joined(store) == before
    assert len(find_conversations(store)) == len(before)


def test_a_message_id_that_many_strangers_name_costs_no_more_than_a_few(tmp_path: Path) -> None:
    """Each of them opens a conversation of its own; the customer still finds the first, however many there are."""
    store = open_store(f"sqlite:///{tmp_path / 'mailstage.db'}", Clock())
    known = Message(message_id="<known@x>", sender=CUSTOMER, to=(TEAM,), subject="tea")
    strangers = [
        Message(message_id=f"<{n}@evil>", in_reply_to="<known@x>", sender=Address(address=f"{n}@evil.example"))
        for n in range(5 * MOST_TALKS)
    ]
    arrive(store, [known, *strangers], batch=20)
    again = Message(message_id="<again@x>", in_reply_to="<known@x>", sender=CUSTOMER, to=(TEAM,))
    arrive(store, [known, *strangers, again], batch=1_000)
    assert frozenset({"<known@x>", "<again@x>"}) in joined(store)
    with store.read() as connection:
        threads = Threads(connection, "support")
        threads.load([(again, Thread(parent_ids(again)))])
    assert len(threads.talks) == MOST_TALKS


def test_references_without_number_are_read_in_portions(tmp_path: Path) -> None:
    """A batch of mails that name thousands of Message-IDs fits into no single statement."""
    store = open_store(f"sqlite:///{tmp_path / 'mailstage.db'}", Clock())
    many = tuple(f"<{n}@x>" for n in range(3 * LINKS_AT_ONCE))
    arrive(store, [Message(message_id="<0@x>", sender=CUSTOMER, to=(TEAM,), subject="tea")], batch=1)
    hostile = Message(message_id="<h@x>", references=many, sender=CUSTOMER, to=(TEAM,), subject="tea")
    longest: list[int] = []

    def count(_connection: object, _cursor: object, _statement: str, parameters: Sequence[object], *_: object) -> None:
        longest.append(len(parameters))

    event.listen(store.engine, "before_cursor_execute", count)
    with store.read() as connection:
        threads = Threads(connection, "support")
        threads.load([(hostile, Thread(many))])
    assert list(threads.by_link) == ["<0@x>"]
    assert max(longest) < 2 * LINKS_AT_ONCE
