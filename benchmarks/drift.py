"""How often drift is seen where there is none, and where there is: `python -m benchmarks.drift --data DIR`.

DIR holds intents/banking77/train.jsonl and intents/clinc150/val.jsonl. A model learns from 7,000 of BANKING77's
training rows; windows of 200 are drawn from the 3,003 that are left, as they are, and with a third of them exchanged.
"""

import argparse
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ml.small.classifier import Classifier
from ml.small.drift import compare, stream_of
from ml.small.labelled import LabelledMail, features_of, read_labelled
from ml.small.manifest import read_manifest
from ml.small.registry import load
from ml.small.training import train
from models.drift import Reference

WINDOW, LEARNED = 200, 7_000


def alarms(classifier: Classifier, reference: Reference, window: Sequence[LabelledMail]) -> set[str]:
    answers = classifier.classify_texts([features_of(row) for row in window])
    return {figure.name for figure in compare(reference, stream_of(answers), "0.95") if figure.alarm}


def measure(data: Path, windows: int) -> None:
    rows = read_labelled(data / "intents/banking77/train.jsonl")
    foreign = read_labelled(data / "intents/clinc150/val.jsonl")
    random.Random(1).shuffle(rows)
    left = rows[LEARNED:]
    few = sorted({str(row.label) for row in rows})[:5]
    crowd = [row for row in left if row.label in few]
    with tempfile.TemporaryDirectory() as folder:
        train(rows[:LEARNED], Path(folder))
        classifier, reference = load(Path(folder)), read_manifest(Path(folder)).reference
    assert reference is not None
    streams: dict[str, Callable[[random.Random], list[LabelledMail]]] = {
        "as in training": lambda dice: dice.sample(left, WINDOW),
        "a third of other topics": lambda dice: dice.sample(left, 133) + dice.sample(foreign, 67),
        "a third of five categories": lambda dice: dice.sample(left, 133) + dice.choices(crowd, k=67),
    }
    for name, draw in streams.items():
        found = [alarms(classifier, reference, draw(random.Random(seed))) for seed in range(windows)]
        by = {kind: sum(kind in one for one in found) for kind in ("confidence", "out_of_scope", "mix", "asked")}
        print(f"{name:28} alarm in {sum(map(bool, found)):4} of {windows} windows   {by}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=200)
    asked = parser.parse_args()
    measure(asked.data, asked.windows)
