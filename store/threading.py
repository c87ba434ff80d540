"""Which conversation a mail joins, decided in memory for a whole batch: a few statements instead of some for each mail.

A header can claim anything, so a mail joins a conversation only when its sender already takes part in it: a stranger
who guesses a Message-ID must not read somebody else's thread in our reply. A bounce joins the mail that came back: it
is never answered, brings nobody into the conversation and changes nobody's turn.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, select, update

from models.conversation import ConversationStatus
from models.message import Message
from store.tables import conversations, thread_ids

SUBJECT_WINDOW = timedelta(days=60)
"""A reply that lost its References joins by subject only within this time."""
MOST_PEOPLE = 100
MOST_TALKS = 10
"""Conversations that are looked at for one Message-ID; anybody can name one in a mail that opens another."""
LINKS_AT_ONCE = 500
"""Message-IDs in one statement; a batch of hostile References names thousands."""
KEY_CHARS = 500
"""Width of the columns that hold Message-IDs and subjects."""


@dataclass(frozen=True)
class Thread:
    """How a mail says where it belongs: parents (nearest first) and, for replies, the base subject (RFC 5256).

    One that stands `apart` joins nothing and nothing joins it, whatever it says.
    """

    parents: tuple[str, ...] = ()
    subject_key: str = ""
    is_reply: bool = False
    apart: bool = False

    def links(self, message: Message) -> list[str]:
        """Every Message-ID that it names, the nearest first, its own last."""
        names = () if self.apart else (*self.parents, message.message_id)
        return [name[:KEY_CHARS] for name in names if name]

    @property
    def joins_by_subject(self) -> bool:
        return self.is_reply and bool(self.subject_key) and not self.parents


@dataclass
class Talk:
    """A conversation as this batch sees it. `id` is 0 until a new one is written."""

    id: int
    values: dict[str, Any]
    changed: bool = False

    def has(self, message: Message, ours: bool) -> bool:
        """Whether the sender takes part in it; for our own mail, whether one of its recipients does."""
        known = {person["address"] for person in self.values["participants"]}
        people = {person.address for person in (*message.to, *message.cc)} if ours else {message.sender.address}
        return bool((people - {message.sender.address} if ours else people) & known)

    def touch(self, message: Message, ours: bool, at: datetime) -> None:
        """Brings people, time and whose turn it is up to date."""
        if message.bounce:
            self.values["updated"] = max(at, self.values["updated"])
            self.changed = True
            return
        values, known = self.values, {person["address"] for person in self.values["participants"]}
        people = [person for person in people_of(message, ours) if person["address"] not in known]
        kept_by_a_person = values["status"] == ConversationStatus.ESCALATED and not ours
        if at >= values["updated"] and not kept_by_a_person:
            values["status"] = whose_turn(ours)
        values["participants"] = (values["participants"] + people)[:MOST_PEOPLE]
        values["updated"] = max(at, values["updated"])
        self.changed = True


def people_of(message: Message, ours: bool) -> list[dict[str, str]]:
    """Who takes part: the sender, and those whom we ourselves have written to. Anybody can put anybody into Cc."""
    people = (message.sender, *message.to, *message.cc) if ours else (message.sender,)
    return [person.model_dump() for person in people if person.address][:MOST_PEOPLE]


def whose_turn(ours: bool) -> ConversationStatus:
    return ConversationStatus.WAITING_ON_CUSTOMER if ours else ConversationStatus.WAITING_ON_US


@dataclass
class Threads:
    """The conversations that a batch of one mailbox may touch. `load`, then `join` for each mail, then `save`."""

    connection: Connection
    mailbox: str
    talks: dict[int, Talk] = field(default_factory=dict)
    opened: list[Talk] = field(default_factory=list)
    by_link: dict[str, list[Talk]] = field(default_factory=lambda: defaultdict(list))
    by_subject: dict[str, list[Talk]] = field(default_factory=lambda: defaultdict(list))
    new_links: list[tuple[str, Talk]] = field(default_factory=list)

    def load(self, mails: Sequence[tuple[Message, Thread]]) -> None:
        links = sorted({link for message, thread in mails for link in thread.links(message)})
        for start in range(0, len(links), LINKS_AT_ONCE):
            for row in self.connection.execute(self._oldest(links[start : start + LINKS_AT_ONCE])).mappings():
                self.by_link[row["link"]].append(self._talk(row))
        keys = sorted({thread.subject_key[:KEY_CHARS] for _, thread in mails if thread.joins_by_subject})
        if keys:
            same = conversations.c.subject_key.in_(keys) & (conversations.c.mailbox == self.mailbox)
            latest = select(conversations).where(same).order_by(conversations.c.updated.desc()).limit(1000)
            for row in self.connection.execute(latest).mappings():
                self.by_subject[row["subject_key"]].append(self._talk(row))

    def _oldest(self, links: Sequence[str]) -> Select[Any]:
        """The first MOST_TALKS conversations of each link: whoever names a Message-ID of somebody else came later."""
        link, talk = thread_ids.c.message_id, thread_ids.c.conversation_id
        place = func.row_number().over(partition_by=link, order_by=talk).label("place")
        named = select(link.label("link"), talk.label("talk"), place)
        named = named.where(thread_ids.c.mailbox == self.mailbox, link.in_(links))
        ranked = named.subquery()
        query = select(ranked.c.link, conversations).join(conversations, conversations.c.id == ranked.c.talk)
        return query.where(ranked.c.place <= MOST_TALKS).order_by(conversations.c.id)

    def _talk(self, row: RowMapping) -> Talk:
        values = {name: row[name] for name in conversations.c.keys() if name != "id"}  # noqa: SIM118
        return self.talks.setdefault(row["id"], Talk(row["id"], values))

    def known(self, conversation_id: int) -> Talk:
        """A stored conversation, for what is no new word in it."""
        return self.talks.setdefault(conversation_id, Talk(conversation_id, {}))

    def join(self, message: Message, thread: Thread, ours: bool, at: datetime) -> Talk:
        """The conversation that the mail joins, or the one it opens."""
        talk = self._returned(message, ours) or self._linked(message, thread, ours)
        talk = talk or self._of_subject(message, thread, ours, at)
        if talk is None:
            talk = self._open(message, thread, ours, at)
        else:
            talk.touch(message, ours, at)
        for link in thread.links(message):
            if not any(other is talk for other in self.by_link[link]):
                self.by_link[link].append(talk)
                self.new_links.append((link, talk))
        return talk

    def _returned(self, message: Message, ours: bool) -> Talk | None:
        if ours or message.bounce is None:
            return None
        return next(iter(self.by_link.get(message.bounce.original_message_id[:KEY_CHARS], ())), None)

    def _linked(self, message: Message, thread: Thread, ours: bool) -> Talk | None:
        candidates = (talk for link in thread.links(message) for talk in self.by_link[link])
        return next((talk for talk in candidates if talk.has(message, ours)), None)

    def _of_subject(self, message: Message, thread: Thread, ours: bool, at: datetime) -> Talk | None:
        if not thread.joins_by_subject:
            return None
        for talk in self.by_subject[thread.subject_key[:KEY_CHARS]]:
            recent = talk.values["updated"] > at - SUBJECT_WINDOW
            if recent and talk.has(message, ours):
                return talk
        return None

    def _open(self, message: Message, thread: Thread, ours: bool, at: datetime) -> Talk:
        key = thread.subject_key[:KEY_CHARS]
        values = {
            "mailbox": self.mailbox,
            "subject": message.subject,
            "subject_key": key,
            "status": ConversationStatus.CLOSED if thread.apart else whose_turn(ours),
            "participants": people_of(message, ours),
            "facts": {},
            "opened": at,
            "updated": at,
        }
        talk = Talk(0, values)
        self.opened.append(talk)
        self.by_subject[key].insert(0, talk)
        return talk

    def save(self) -> None:
        """Writes what is new and what has changed; afterwards every talk has its id."""
        if self.opened:
            statement = insert(conversations).returning(conversations.c.id, sort_by_parameter_order=True)
            ids = self.connection.execute(statement, [talk.values for talk in self.opened]).scalars()
            for talk, key in zip(self.opened, ids, strict=True):
                talk.id = key
        changed = [talk for talk in self.talks.values() if talk.changed]
        if changed:
            names = ("status", "participants", "updated")
            rows = [{"key": talk.id, **{name: talk.values[name] for name in names}} for talk in changed]
            self.connection.execute(update(conversations).where(conversations.c.id == bindparam("key")), rows)
        if self.new_links:
            rows = [
                {"mailbox": self.mailbox, "message_id": link, "conversation_id": talk.id}
                for link, talk in self.new_links
            ]
            self.connection.execute(insert(thread_ids), rows)
