"""From raw bytes to a category: messages per second, beside the linear model alone, the encoder alone and scikit-learn.

    python -m benchmarks.sorting --data FOLDER [--rounds 3]

FOLDER holds raw mails (.eml) and `labels.jsonl` with rows `{"file", "label"}`. Every other mail is learned from, the
rest is sorted, COPIES times over, as a backlog is: read by a process on each core, which are started within the time
that is measured. What a process has read before it reads a tenth quicker, in all ways alike. Ways take turns in each
round, so that a busy machine slows all alike; medians are printed, with the memory and the time that loading the model
takes in a process of its own, and with the memory of each that reads.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mail.readers import Readers
from mail.reading import read_message
from mail.trust.judging import NOBODY
from ml.small.cascade import NEVER
from ml.small.classifier import Classifier
from ml.small.encoder.preparing import AUTO, encoder_named
from ml.small.labelled import LabelledMail, row_of, text_of
from ml.small.registry import load
from ml.small.training import train
from models.errors import MailstageError, UnreadableMessage
from models.message import Message
from models.record import Record
from models.settings import Limits

BATCH = 256
COPIES = 10
"""How often the mails are sorted in a round, so that starting to read is the share of the time that it is of 4,000."""
Sort = Callable[[Sequence[bytes]], list[str]]
_LOADING = """
import sys, time
from pathlib import Path
from ml.small.labelled import MailText
from ml.small.registry import load
started = time.perf_counter()
classifier = load(Path(sys.argv[1]))
classifier.classify_texts([])
seconds = time.perf_counter() - started
classifier.classify_texts([MailText("", "one two three " * 300)] * 256)
# not getrusage: what it says of a child includes the parent at the time of the fork
[peak] = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(seconds, int(peak) / 1024)
"""

_READING = """
import sys
from pathlib import Path
from mail.reading import read_message
from models.errors import UnreadableMessage
for file in sorted(Path(sys.argv[1]).glob("**/*.eml")):
    try:
        read_message(file.read_bytes())
    except UnreadableMessage:
        pass
[peak] = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(int(peak) / 1024)
"""


class Way(Record):
    """`one_ms` is the median over single mails, `accuracy` that of a forced answer."""

    way: str
    messages_per_second: float
    one_ms: float | None
    accuracy: float


def read(raw: bytes) -> Message:
    try:
        return read_message(raw)
    except UnreadableMessage:
        return Message()


def read_batches(raws: Sequence[bytes]) -> Iterator[list[Message]]:
    """As the pipeline reads: the next batch while this one is being sorted."""
    batches = (raws[at : at + BATCH] for at in range(0, len(raws), BATCH))
    with Readers(Limits(), NOBODY, len(raws)) as readers:
        for batch, found in readers.ahead(batches, list):
            yield [one if isinstance(one, Message) else read(raw) for raw, one in zip(batch, found, strict=True)]


def answers(classifier: Classifier, raws: Sequence[bytes]) -> list[str]:
    found: list[str] = []
    for messages in read_batches(raws):
        verdicts = classifier.judge([text_of(message) for message in messages])
        found += [classifier.labels[best] for best in verdicts.best]
    return found


def peer(rows: Sequence[LabelledMail]) -> Sort:
    """TF-IDF over words and pairs with logistic regression, as most tutorials have it, on what our parser reads."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline: Any = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=200))
    pipeline.fit([f"{row.subject}\n{row.body}" for row in rows], [row.label for row in rows])

    def sort(raws: Sequence[bytes]) -> list[str]:
        texts = [[text_of(message).reading for message in messages] for messages in read_batches(raws)]
        return [str(label) for batch in texts for label in pipeline.predict(batch)]

    return sort


def loading(folder: Path) -> tuple[float, float]:
    """Seconds, and megabytes of a process that has loaded the model and sorted a batch of long mails."""
    done = subprocess.run([sys.executable, "-c", _LOADING, str(folder)], capture_output=True, text=True, check=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def reader_megabytes(folder: Path) -> float:
    """Of a process that has read every mail of the folder."""
    done = subprocess.run([sys.executable, "-c", _READING, str(folder)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure(folder: Path, rounds: int) -> None:
    labelled = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    mails = [((folder / row["file"]).read_bytes(), str(row["label"])) for row in labelled]
    learn, sort = mails[::2], mails[1::2]
    messages = [read(raw) for raw, _ in learn]
    rows = [row_of(message, label) for message, (_, label) in zip(messages, learn, strict=True)]
    raws, truth = [raw for raw, _ in sort], [label for _, label in sort]
    with TemporaryDirectory() as place:
        train(rows, Path(place), encoder=encoder_named(AUTO))
        ours = load(Path(place))
        seconds, megabytes = loading(Path(place))
        ways: dict[str, Sort] = {
            "mailstage": lambda some: answers(ours, some),
            "linear alone": lambda some: answers(replace(ours, second=None), some),
        }
        if ours.second:
            always = replace(ours, second=replace(ours.second, passes=NEVER))
            ways["encoder for all"] = lambda some: answers(always, some)
        ways["scikit-learn"] = peer(rows)
        for way in race(ways, raws, truth, rounds):
            print(way.model_dump_json(), flush=True)
        asked = sum(ours.judge([text_of(message) for message in map(read, raws)]).step == 1)
    print(json.dumps({
        "messages": len(raws), "bytes_on_average": sum(map(len, raws)) // len(raws),
        "asked_the_encoder": round(float(asked) / len(raws), 3), "load_seconds": round(seconds, 2),
        "megabytes": round(megabytes), "megabytes_a_reader": round(reader_megabytes(folder)),
    }))  # fmt: skip


def race(ways: dict[str, Sort], raws: Sequence[bytes], truth: Sequence[str], rounds: int) -> list[Way]:
    rates: dict[str, list[float]] = {name: [] for name in ways}
    singles: dict[str, list[float]] = {name: [] for name in ways}
    right: dict[str, float] = {}
    for _ in range(rounds):
        for name, sort in ways.items():
            started = time.perf_counter()
            found = sort(list(raws) * COPIES)
            rates[name].append(len(found) / (time.perf_counter() - started))
            right[name] = sum(map(str.__eq__, found, truth)) / len(truth)  # the first copy; the others say the same
            for raw in raws[:50]:
                started = time.perf_counter()
                sort([raw])
                singles[name].append(1000 * (time.perf_counter() - started))
    return [
        Way(
            way=name,
            messages_per_second=round(statistics.median(rates[name]), 1),
            one_ms=round(statistics.median(singles[name]), 2),
            accuracy=round(right[name], 4),
        )
        for name in ways
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with .eml files and labels.jsonl")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    try:
        measure(arguments.data, arguments.rounds)
    except (MailstageError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
