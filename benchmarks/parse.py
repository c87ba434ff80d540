"""Messages read per second beside the standard library's two parsers and mail-parser, and memory over many of them:
`python benchmarks/parse.py --data FOLDER`.

The peers build a tree of parts and decode it; Mailstage also trims quotes, sorts out machines, judges the sender and
tells the language. Readers take turns in every round, so that a busy machine slows all of them alike.
"""

import argparse
import email
import email.policy
import logging
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mail.reading import read_message

Reader = Callable[[bytes], object]


@dataclass
class Result:
    """Seconds of processor time for each round, and how many messages raised in the last."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0


def legacy(raw: bytes) -> object:
    message = email.message_from_bytes(raw)
    return [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]


def modern(raw: bytes) -> object:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    return [str(value) for value in message.values()], body.get_content() if body else ""


def mail_parser(raw: bytes) -> object:
    import mailparser

    parsed = mailparser.parse_from_bytes(raw)
    return parsed.subject, parsed.from_, parsed.to, parsed.date, parsed.text_plain, parsed.text_html, parsed.attachments


READERS: dict[str, Reader] = {
    "mailstage": read_message,
    "stdlib legacy": legacy,
    "stdlib modern": modern,
    "mail-parser": mail_parser,
}


def race(raws: Sequence[bytes], rounds: int) -> dict[str, Result]:
    """Every reader over all messages, in turn, `rounds` times."""
    results = {name: Result() for name in READERS}
    for _ in range(rounds):
        for name, read in READERS.items():
            start = time.process_time()
            results[name].failed = sum(not _reads(read, raw) for raw in raws)
            results[name].seconds.append(time.process_time() - start)
    return results


def _reads(read: Reader, raw: bytes) -> bool:
    try:
        read(raw)
    except Exception:  # a peer may raise anything; counting it is the point
        return False
    return True


def print_race(results: dict[str, Result], messages: int) -> None:
    ours = statistics.median(results["mailstage"].seconds)
    print(f"{'reader':14} {'messages/s':>10} {'best':>7} {'failed':>7}   mailstage takes")
    for name, result in results.items():
        median = statistics.median(result.seconds)
        best = messages / min(result.seconds)
        print(f"{name:14} {messages / median:10.0f} {best:7.0f} {result.failed:7}   {ours / median:.2f} times as long")


def watch_memory(raws: Sequence[bytes], messages: int) -> None:
    """Reads `messages` and prints the peak of resident memory after each tenth of them."""
    step = max(1, messages // 10)
    endless = cycle(raws)
    for done in range(step, messages + 1, step):
        for raw in islice(endless, step):
            read_message(raw)
        print(f"{done:8} messages read   {_peak_megabytes():6.0f} MB at most so far", flush=True)


def _peak_megabytes() -> float:
    """ru_maxrss is in kilobytes on Linux, in bytes on macOS."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with .eml files, searched through")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each reader, of which the median counts")
    parser.add_argument("--memory", type=int, default=100_000, help="messages read to watch the memory; 0 for none")
    arguments = parser.parse_args()
    raws = [path.read_bytes() for path in sorted(arguments.data.rglob("*.eml"))]
    if not raws:
        sys.exit("no .eml files there: name a folder that holds some")
    logging.disable(logging.CRITICAL)
    print(f"{len(raws)} messages, {sum(map(len, raws)) / len(raws) / 1000:.1f} kB on average, one core")
    # in a process that has not yet read anything, so that the peers' memory is not counted
    watch_memory(raws, arguments.memory)
    print_race(race(raws, arguments.rounds), len(raws))


if __name__ == "__main__":
    main()
