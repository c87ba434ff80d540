"""Many mails read at once say what one after another says, and a reader that dies takes no other mail along."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mail.beside import start
from mail.readers import BULK, PORTION, Readers
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


def test_a_reader_that_dies_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it held is left to whoever asked; the next portion is read by another."""
    started: list[subprocess.Popen[bytes]] = []

    def noted(module: str) -> "subprocess.Popen[bytes]":
        started.append(start(module))
        return started[-1]

    monkeypatch.setattr("mail.readers.start", noted)
    with Readers(LIMITS, NOBODY, BULK, 2) as several:
        assert None not in several.read(mails(2 * PORTION))
        for process in started:
            process.kill()
            process.wait()
        assert several.read(mails(2 * PORTION)) == [None] * 2 * PORTION
        assert [one.subject for one in several.read(mails(2)) if one] == ["Parcel 0", "Parcel 1"]
    assert all(process.poll() is not None for process in started)


def test_batches_come_in_order_with_the_next_one_begun() -> None:
    """One batch ahead and no further, so that memory is bounded."""
    asked: list[int] = []

    def batches() -> Iterator[list[bytes]]:
        for size in (40, 1, 70):
            asked.append(size)
            yield mails(size)

    with Readers(LIMITS, NOBODY, BULK, 2) as several:
        for number, (batch, read) in enumerate(several.ahead(batches(), list)):
            assert [one.subject for one in read if one] == [f"Parcel {n}" for n in range(len(batch))]
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
