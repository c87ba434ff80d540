"""Many mails read at once, on every core: in one process Python reads one mail at a time.

Reading depends on nothing but the mail, the limits and the receiver, so that a mail is read alike wherever it is read.
What is no mail is left to whoever asked; a mail that ends the process which reads it alone is unreadable.

Run as `python -m mail.readers`: it takes (limits, receiver), then lists of raw mails, and answers each with JSON lines.
"""

import contextlib
import os
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import LifoQueue
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

from mail.beside import start
from mail.reading import read_message
from mail.trust.judging import Receiver
from models.errors import UnreadableMessage
from models.message import Message
from models.settings import Limits

Batch = TypeVar("Batch")
Read = list[Message | UnreadableMessage | None]
"""None where reading is left to whoever asked."""

BULK = 1_000
"""Mails from which it pays to start readers: each needs half a second until it reads its first."""
PORTION = 32
"""Mails that one reader is given at a time."""
MOST = 4
"""Readers, of 150 MB each: who saves what they read is not quicker than that."""
FATAL = "the process that read it ended: look at it in a mail client"


class Readers:
    """One for each core up to MOST, once BULK mails are expected; with fewer, or one core, everything is left unread.

    Where DKIM keys are looked up, mail is read by whoever asked: one name server that is silent must be noticed once.
    """

    def __init__(self, limits: Limits, receiver: Receiver, expected: int, cores: int | None = None) -> None:
        cores = cores or _cores()
        wanted = min(cores, MOST) if expected >= BULK and cores > 1 and receiver.keys is None else 0
        self._terms = (limits, receiver)
        # those at work already lie on top, so that no more are started than are busy at once
        self._idle: LifoQueue[_Reader | None] = LifoQueue()
        self._started: list[_Reader] = []
        for _ in range(wanted):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(wanted, "reader") if wanted else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._threads is None:
            return
        threads, self._threads = self._threads, None
        threads.shutdown(wait=False, cancel_futures=True)
        for reader in list(self._started):  # whoever waits for its answer is told by its end
            reader.end()
        threads.shutdown()

    def read(self, raws: Sequence[bytes]) -> Read:
        """Each mail."""
        return _collected(self._begun(raws))

    def ahead(
        self, batches: Iterable[Batch], raws_of: Callable[[Batch], Sequence[bytes]]
    ) -> Iterator[tuple[Batch, Read]]:
        """Each batch and what was read of it; the next is being read while the caller works on it.

        When `batches` fail, what they gave before comes first.
        """
        waiting: deque[tuple[Batch, list[Future[Read]]]] = deque()
        ahead = 1 if self._threads else 0
        try:
            for batch in batches:
                waiting.append((batch, self._begun(raws_of(batch))))
                if len(waiting) > ahead:
                    begun, found = waiting.popleft()
                    yield begun, _collected(found)
        except Exception:
            yield from ((batch, _collected(found)) for batch, found in waiting)
            raise
        yield from ((batch, _collected(found)) for batch, found in waiting)

    def _begun(self, raws: Sequence[bytes]) -> list[Future[Read]]:
        portions = [raws[at : at + PORTION] for at in range(0, len(raws), PORTION)]
        if self._threads is None:
            return [_unread(portion) for portion in portions]
        return [self._threads.submit(self._survived, portion) for portion in portions]

    def _survived(self, raws: Sequence[bytes]) -> Read:
        """Of a portion that ended a reader each mail is given to one by itself, to find the one that did."""
        found = self._asked(raws)
        if found is not None or self._threads is None:
            return found or [None] * len(raws)
        return [(self._asked([raw]) or [UnreadableMessage(FATAL)])[0] if self._threads else None for raw in raws]

    def _asked(self, raws: Sequence[bytes]) -> Read | None:
        """None where the reader ended over it."""
        reader = self._idle.get()
        try:
            if reader is None:
                reader = _Reader(self._terms)
                self._started.append(reader)
            found = reader.ask(raws)
        except (OSError, EOFError, ValueError):
            self._given_up(reader)
            return None
        except BaseException:  # what it has not told yet would be taken for its next answer
            self._given_up(reader)
            raise
        self._idle.put(reader)
        return found

    def _given_up(self, reader: "_Reader | None") -> None:
        """Another takes its place when it is next needed."""
        if reader:
            reader.end()
            self._started.remove(reader)
        self._idle.put(None)


class _Reader:
    """One process and the pipes to it."""

    def __init__(self, terms: tuple[Limits, Receiver]) -> None:
        self._process = start("mail.readers")
        self._terms: tuple[Limits, Receiver] | None = terms

    def ask(self, raws: Sequence[bytes]) -> Read:
        """Raises OSError, EOFError or ValueError when the process has ended before its last answer."""
        assert self._process.stdin
        assert self._process.stdout
        if self._terms:
            pickle.dump(self._terms, self._process.stdin)
            self._terms = None
        pickle.dump(list(raws), self._process.stdin)
        self._process.stdin.flush()
        lines = [self._process.stdout.readline() for _ in raws]
        if not all(line.endswith(b"\n") for line in lines):
            raise EOFError
        return [None if line == b"\n" else Message.model_validate_json(line) for line in lines]

    def end(self) -> None:
        self._process.kill()
        with contextlib.suppress(BrokenPipeError, ValueError):  # what it was not given any more
            self._process.communicate()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _collected(found: Iterable[Future[Read]]) -> Read:
    return [message for portion in found for message in portion.result()]


def _unread(raws: Sequence[bytes]) -> Future[Read]:
    done: Future[Read] = Future()
    done.set_result([None] * len(raws))
    return done


def _answer_all(given: BinaryIO, answers: BinaryIO) -> None:
    limits, receiver = pickle.load(given)
    while True:
        try:
            raws = pickle.load(given)
        except EOFError:
            return
        # all of a portion is taken in before the first answer: else both sides could wait to be read
        for raw in raws:
            answers.write(_line(raw, limits, receiver) + b"\n")
        answers.flush()


def _line(raw: bytes, limits: Limits, receiver: Receiver) -> bytes:
    """Empty for what cannot be read here: why, is found out and logged by whoever asked."""
    try:
        return read_message(raw, limits, receiver).model_dump_json(exclude_defaults=True).encode()
    except Exception:
        return b""


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "wb") as _answers:
        os.dup2(2, 1)  # whatever a library prints is no answer
        _answer_all(sys.stdin.buffer, _answers)
