"""Messages read per second beside the standard library's two parsers: `python benchmarks/parse.py --data FOLDER`.

The peers only build a tree of parts; Mailstage also decodes, trims quotes, sorts out machines and tells the language.
"""

import argparse
import email
import email.policy
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mail.reading import read_message

ROUNDS = 3


def messages_per_second(read: Callable[[bytes], object], raws: Sequence[bytes]) -> tuple[float, int]:
    """The best of ROUNDS in processor time, and how many messages raised."""
    best, failures = float("inf"), 0
    for _ in range(ROUNDS):
        failures = 0
        start = time.process_time()
        for raw in raws:
            try:
                read(raw)
            except Exception:  # a peer may raise anything; counting it is the point
                failures += 1
        best = min(best, time.process_time() - start)
    return len(raws) / best, failures


def legacy(raw: bytes) -> object:
    message = email.message_from_bytes(raw)
    return [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]


def modern(raw: bytes) -> object:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    return [str(value) for value in message.values()], body.get_content() if body else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with .eml files, searched through")
    raws = [path.read_bytes() for path in sorted(parser.parse_args().data.rglob("*.eml"))]
    if not raws:
        sys.exit("no .eml files there: name a folder that holds some")
    print(f"{len(raws)} messages, {sum(map(len, raws)) / len(raws) / 1000:.1f} kB on average, one core")
    readers: dict[str, Callable[[bytes], object]] = {
        "mailstage": read_message,
        "stdlib legacy": legacy,
        "stdlib modern": modern,
    }
    read_message(raws[0])
    for name, read in readers.items():
        rate, failures = messages_per_second(read, raws)
        print(f"{name:14} {rate:8.0f} messages/s   {failures} failed")


if __name__ == "__main__":
    main()
