"""Many mails read at once say what one after another says, and a reader that dies takes no other mail along."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mail import readers
from mail.beside import start
from mail.readers import BULK, PORTION, Read, Readers
from mail.reading import read_message
from mail.trust.judging import NOBODY, Receiver
from models.errors import MailServerUnreachable, UnreadableMessage
from models.message import Message
from models.settings import Limits

ODD = sorted((Path(__file__).parents[1] / "messages").glob("*.eml"))
LIMITS = Limits()


def plainly(raw: bytes, receiver: Receiver = NOBODY) -> Message | None:
    try:
        return read_message(raw, LIMITS, receiver)
    except UnreadableMessage:
        return None


def mails(count: int) -> list[bytes]:
    return [f"From: c{n}@example.com\nSubject: Parcel {n}\n\nWhere is it?\n".encode() for n in range(count)]


def test_every_odd_mail_is_read_alike_in_another_process() -> None:
    """What is no mail is left to whoever asked; the receiver's eyes are the same."""
    raws = [path.read_bytes() for path in ODD] + [b"", b"\n\n"]
    receiver = Receiver(own_addresses=frozenset({"team@kestrelgrove.example"}), names=("Kestrel Grove",))
    with Readers(LIMITS, receiver, BULK, cores=2) as several:
        found = several.read(raws)
    assert found == [plainly(raw, receiver) for raw in raws]
    assert len([one for one in found if one]) >= 50


@pytest.mark.parametrize(("expected", "cores"), [(BULK - 1, 2), (BULK, 1)])
def test_few_mails_or_one_core_are_no_reason_for_readers(expected: int, cores: int) -> None:
    """Everything is left to whoever asked."""
    with Readers(LIMITS, NOBODY, expected, cores) as none:
        assert none.read(mails(3)) == [None] * 3


def test_where_keys_are_looked_up_one_process_reads() -> None:
    """A silent name server would else hold up each of them."""
    with Readers(LIMITS, Receiver(keys=lambda _name: None), BULK, 2) as none:
        assert none.read(mails(3)) == [None] * 3


def subjects(read: Read) -> list[str]:
    return [one.subject for one in read if isinstance(one, Message)]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> "list[subprocess.Popen[bytes]]":
    """The processes of all readers."""
    found: list[subprocess.Popen[bytes]] = []

    def noted(module: str) -> "subprocess.Popen[bytes]":
        found.append(start(module))
        return found[-1]

    monkeypatch.setattr("mail.readers.start", noted)
    return found


def test_a_reader_that_was_killed_is_replaced(started: "list[subprocess.Popen[bytes]]") -> None:
    """Another reads what it held, mail by mail; none is left running in the end."""
    with Readers(LIMITS, NOBODY, BULK, 2) as several:
        assert None not in several.read(mails(2 * PORTION))
        for process in started:
            process.kill()
            process.wait()
        assert len(subjects(several.read(mails(2 * PORTION)))) == 2 * PORTION
    assert all(process.poll() is not None for process in started)


def test_the_mail_that_ends_its_readers_is_unreadable_and_no_other(
    monkeypatch: pytest.MonkeyPatch, started: "list[subprocess.Popen[bytes]]"
) -> None:
    """A process of ours must not be the next to read it."""
    whole = readers._Reader.ask

    def ask(reader: readers._Reader, raws: Sequence[bytes]) -> Read:
        if any(b"Parcel 3\n" in raw for raw in raws):
            reader.end()
        return whole(reader, raws)

    monkeypatch.setattr(readers._Reader, "ask", ask)
    with Readers(LIMITS, NOBODY, BULK, 2) as several:
        found = several.read(mails(5))
    assert [type(one) for one in found] == [Message, Message, Message, UnreadableMessage, Message]
    assert len(started) == 3


def test_after_any_error_the_next_portion_gets_another_reader(
    monkeypatch: pytest.MonkeyPatch, started: "list[subprocess.Popen[bytes]]"
) -> None:
    """Half an answer must not be taken for that to the next mail, and nobody waits for a reader that never comes."""
    with Readers(LIMITS, NOBODY, BULK, 2) as several:
        with monkeypatch.context() as torn:
            torn.setattr("mail.readers.Message.model_validate_json", _no_memory)
            with pytest.raises(MemoryError):
                several.read(mails(3))
        for _ in range(3):
            assert subjects(several.read(mails(2))) == ["Parcel 0", "Parcel 1"]
    assert all(process.poll() is not None for process in started)


def _no_memory(_line: bytes) -> Message:
    raise MemoryError


def test_no_more_readers_are_started_than_are_busy_at_once(started: "list[subprocess.Popen[bytes]]") -> None:
    """Portion after portion one is enough."""
    with Readers(LIMITS, NOBODY, BULK, 4) as several:
        for _ in range(4):
            assert len(several.read(mails(2))) == 2
    assert len(started) == 1


def test_the_end_waits_for_no_reader(started: "list[subprocess.Popen[bytes]]") -> None:
    """Whoever gives up, for the server broke off, does not wait until all is read that was begun."""
    with Readers(LIMITS, NOBODY, BULK, 2) as several:
        several.read(mails(1))
        os.kill(started[0].pid, signal.SIGSTOP)
        begun = several._begun(mails(1))
        while not begun[0].running():
            time.sleep(0)
    assert begun[0].result() == [None]


def test_batches_come_in_order_with_the_next_one_begun() -> None:
    """One batch ahead and no further, so that memory is bounded."""
    asked: list[int] = []

    def batches() -> Iterator[list[bytes]]:
        for size in (40, 1, 70):
            asked.append(size)
            yield mails(size)

    with Readers(LIMITS, NOBODY, BULK, 2) as several:
        for number, (batch, read) in enumerate(several.ahead(batches(), list)):
            assert subjects(read) == [f"Parcel {n}" for n in range(len(batch))]
            assert len(asked) == min(3, number + 2)


def test_what_came_before_a_fault_is_given_before_it_is_raised() -> None:
    """A server that breaks off after each batch must not keep the first one from being saved."""

    def batches() -> Iterator[list[bytes]]:
        yield mails(2)
        raise MailServerUnreachable("broke off")

    with Readers(LIMITS, NOBODY, BULK, 2) as several:
        told = several.ahead(batches(), list)
        assert len(next(told)[1]) == 2
        with pytest.raises(MailServerUnreachable):
            next(told)
