"""Machines that face each other: whole installations on real servers, each answering by policy, and robots that lie.

The test carries the mail between the sites, as the internet would, and may strip what tells that a machine wrote it.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from mail.reading import read_message
from mail.servers import EmbeddedServers
from ml.large.knowledge import Knowledge
from ml.small.classifier import Classifier
from ml.small.registry import load
from models.message import Message
from models.rollout import Phase
from models.settings import MailboxSettings
from store.database import open_store
from store.reviews import waiting
from tasks.categorize import categorize_mail
from tasks.converse import converse
from tasks.deliver import deliver_replies
from tasks.draft import draft_replies
from tasks.fetch import fetch_mail
from tasks.workplace import Workplace
from tests.cases import find_cases
from tests.company import EXAMPLE

OURS, THEIRS, ROBOT = "support@kestrelgrove.example", "help@corner-shop.example", "desk@robot.example"
MOST_ROUNDS = 8
QUESTION = """Hello,

my Kestrel Duo leaks: the steam wand drips all the time, also when the knob is fully closed. It is under warranty.
Could you tell me how I get it repaired?

Kind regards
"""


@dataclass
class Site:
    """One installation: its own servers, store and address."""

    address: str
    servers: EmbeddedServers
    place: Workplace
    classifier: Classifier
    knowledge: Knowledge
    carried: int = field(default=0)

    def sweep(self) -> None:
        """One pass of the road, without Prefect."""
        fetch_mail(self.place, "support")
        categorize_mail(self.place, "support", self.classifier)
        draft_replies(self.place, "support", self.knowledge)
        converse(self.place, "support")
        deliver_replies(self.place, "support")

    def outgoing(self) -> list[bytes]:
        """What it has sent since this was last asked."""
        fresh = [mail.raw for mail in self.servers.wire[self.carried :]]
        self.carried += len(fresh)
        return fresh

    def why_not(self) -> list[str]:
        """The reasons given to people, or noted with what was skipped."""
        asked = [str(review.payload.get("why", "")) for review in waiting(self.place.store)]
        return asked + [case.reason for case in find_cases(self.place.store, "support")]


@contextmanager
def site(folder: Path, learned: Path, address: str, **policy: float) -> Iterator[Site]:
    """The example company's rules and knowledge under another address, in phase 3."""
    shutil.copytree(learned, folder)
    with EmbeddedServers({address: "secret"}) as servers:
        name = address.partition("@")[2].partition(".")[0].replace("-", " ").title()
        who = {"address": address, "team": name, "signature": {}}
        reached_at = {"imap": servers.imap(address), "smtp": servers.smtp(address)}
        box = EXAMPLE.mailbox("support").model_copy(update={**who, **reached_at})
        assert isinstance(box, MailboxSettings)
        assert box.phase is Phase.CONVERSE
        rules = EXAMPLE.policy.model_copy(update=policy)
        company = EXAMPLE.company.model_copy(update={"name": name})
        changes = {"company": company, "data": folder, "mailboxes": {"support": box}, "policy": rules}
        settings = EXAMPLE.model_copy(update=changes)
        place = Workplace(settings, open_store(settings.database_url))
        yield Site(address, servers, place, load(settings.model_dir), Knowledge(settings.knowledge_dir))
        place.store.close()


def letter(sender: str, to: str, text: str, number: int, subject: str = "Steam wand drips") -> bytes:
    lines = (
        f"From: Sam Porter <{sender}>\nTo: {to}\nSubject: {subject}\nMessage-ID: <{number}@{sender.split('@')[1]}>\n"
    )
    return f"{lines}Date: Tue, 03 Nov 2026 14:25:08 +0100\n\n{text}".replace("\n", "\r\n").encode()


def stripped(raw: bytes) -> bytes:
    """What a careless gateway makes of a reply: nothing tells any more that a machine wrote it."""
    head, blank, body = raw.partition(b"\r\n\r\n")
    kept = re.sub(rb"(?im)^(?:auto-submitted|x-auto-response-suppress|x-loop):[^\r\n]*\r\n", b"", head)
    return kept + blank + body


def meet(one: Site, other: Site, on_the_way: Callable[[bytes], bytes]) -> None:
    """Both run, and their mail is carried over, until nobody says anything any more."""
    for _ in range(MOST_ROUNDS):
        for here, there in ((one, other), (other, one)):
            here.sweep()
            for raw in here.outgoing():
                there.servers.deliver(there.address, on_the_way(raw))


def test_two_installations_stop_after_one_mail(tmp_path: Path, learned_data: Path) -> None:
    """The answer says that a machine wrote it (RFC 3834), so the other side is silent."""
    with site(tmp_path / "a", learned_data, OURS) as ours, site(tmp_path / "b", learned_data, THEIRS) as theirs:
        ours.servers.deliver(OURS, letter(THEIRS, OURS, QUESTION, 1))
        meet(ours, theirs, bytes)
        assert (len(ours.servers.wire), len(theirs.servers.wire)) == (1, 0)
        assert "automatic" in " ".join(theirs.why_not())


def test_two_installations_whose_marks_are_stripped_stop_after_two_mails(tmp_path: Path, learned_data: Path) -> None:
    """No header tells, and both take any answer for good; a person on each side is asked instead of a third mail."""
    bold = {"min_confidence": 0.0, "min_probability": 0.0}
    with (
        site(tmp_path / "a", learned_data, OURS, **bold) as ours,
        site(tmp_path / "b", learned_data, THEIRS, **bold) as theirs,
    ):
        ours.servers.deliver(OURS, letter(THEIRS, OURS, QUESTION, 1))
        meet(ours, theirs, stripped)
        assert len(ours.servers.wire) <= 2
        assert 1 <= len(theirs.servers.wire) <= 2, "they do answer each other, or the test proves nothing"


Answer = Callable[[Message, int], str]


def robot(ours: Site, says: Answer, threaded: bool) -> int:
    """Answers whatever comes, without any header that would say so; returns how many mails it got."""
    ours.servers.deliver(OURS, letter(ROBOT, OURS, says(Message(), 0), 0))
    heard = 0
    for _ in range(MOST_ROUNDS):
        ours.sweep()
        for raw in ours.outgoing():
            heard += 1
            reply = letter(ROBOT, OURS, says(read_message(raw), heard), heard, f"Steam wand {heard}")
            link = f"In-Reply-To: {read_message(raw).message_id}\r\n".encode() if threaded else b""
            ours.servers.deliver(OURS, link + reply)
    return heard


def same_words(_heard: Message, number: int) -> str:
    """The same every time, but for a counter."""
    return QUESTION + f"\nTicket {number}\n"


def other_words(_heard: Message, number: int) -> str:
    """A new question each time: nothing but a count can tell."""
    problems = ("the steam wand drips", "the display stays dark", "the pump is very loud", "no water comes out")
    more = ("since Monday", "after I moved house", "every morning", "although I descaled it", "again", "and smells")
    said = f"my Kestrel Duo is broken, {problems[number % 4]} {more[number % 6]}. It is under warranty."
    return f"Hello,\n\n{said}\nHow do I get the machine repaired?\n"


@pytest.mark.parametrize("threaded", [True, False], ids=["in the thread", "a new mail each time"])
def test_a_robot_that_says_the_same_again_gets_one_answer(tmp_path: Path, learned_data: Path, threaded: bool) -> None:
    """Its second mail, equal but for the number of its ticket, goes to a person with the reason."""
    with site(tmp_path / "a", learned_data, OURS, replies_per_day=50) as ours:
        assert robot(ours, same_words, threaded) == 1
        assert "same words" in " ".join(ours.why_not())


def test_a_robot_that_always_says_something_else_gets_two_answers(tmp_path: Path, learned_data: Path) -> None:
    """The cap by address ends it, with the reason; without the cap it would go on."""
    with site(tmp_path / "a", learned_data, OURS) as ours:
        assert robot(ours, other_words, threaded=True) == 2
        assert f"2 replies went to {ROBOT} within a day" in " ".join(ours.why_not())
    with site(tmp_path / "b", learned_data, OURS, replies_per_day=50, max_turns=4) as ours:
        assert robot(ours, other_words, threaded=True) == 4
        assert "4 times in this conversation" in " ".join(ours.why_not())


def test_a_mailbox_that_has_sent_its_share_asks_a_person(tmp_path: Path, learned_data: Path) -> None:
    """The policy approves nothing beyond `sends_per_day`, whoever writes."""
    with site(tmp_path / "a", learned_data, OURS) as ours:
        box = ours.place.mailbox("support").model_copy(update={"sends_per_day": 1})
        settings = ours.place.settings.model_copy(update={"mailboxes": {"support": box}})
        ours.place = replace(ours.place, settings=settings)
        for number in range(3):
            text = other_words(Message(), number)
            ours.servers.deliver(OURS, letter(f"ada{number}@example.com", OURS, text, number, f"Question {number}"))
        ours.sweep()
        assert len(ours.servers.wire) == 1
        assert " ".join(ours.why_not()).count("as many as it may send") >= 2


def test_old_mail_is_not_answered_by_policy(tmp_path: Path, learned_data: Path) -> None:
    """Drafted for on demand in phase 2, promoted meanwhile: a person looks all the same."""
    with site(tmp_path / "a", learned_data, OURS) as ours:
        ours.servers.deliver(OURS, letter(THEIRS, OURS, QUESTION, 1))
        fetch_mail(ours.place, "support")
        box = ours.place.mailbox("support").model_copy(update={"since": date(2099, 1, 1)})
        ours.place = replace(
            ours.place, settings=ours.place.settings.model_copy(update={"mailboxes": {"support": box}})
        )
        ours.sweep()
        assert ours.servers.wire == []
        assert "arrived before 2099-01-01" in " ".join(ours.why_not())


def test_our_own_reply_that_comes_back_is_not_answered(tmp_path: Path, learned_data: Path) -> None:
    """A machine sends it back under its own name, with our mark in it or under our Message-ID."""
    with site(tmp_path / "a", learned_data, OURS) as ours:
        ours.servers.deliver(OURS, letter(ROBOT, OURS, QUESTION, 0))
        ours.sweep()
        (reply,) = ours.outgoing()
        marked = letter("other@robot.example", OURS, other_words(Message(), 1), 7)
        ours.servers.deliver(OURS, f"X-Loop: {OURS}\r\n".encode() + marked)
        again = letter("third@robot.example", OURS, other_words(Message(), 2), 8)
        own_id = read_message(reply).message_id.encode()
        ours.servers.deliver(OURS, re.sub(rb"Message-ID: <[^>]*>", b"Message-ID: " + own_id, again))
        ours.sweep()
        assert len(ours.servers.wire) == 1
        assert "our own mark" in " ".join(ours.why_not())
        assert "come back" in " ".join(ours.why_not())
