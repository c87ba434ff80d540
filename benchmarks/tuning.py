"""What tuning an encoder gains, and what 8-bit integers cost it, by cross-validation on training rows alone.

    python -m benchmarks.tuning --data labelled.jsonl [--encoder auto] [--few 10] [--tune] [--rows 3000]

One line a variant: the encoder in 32-bit floats, in 8-bit integers, and with `--tune` (which needs torch) both after
tuning on four fifths of the rows. `accuracy` is of the fifth that was not tuned on, the other rows being learned from:
of the encoder's kernel alone, and beside it of the whole pipeline with its linear step. `--few` takes so many rows of a
label to learn from and measures on others, to show a cold start.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from ml.small.calibration import fit_calibration
from ml.small.encoder.embedding import GRAPH, Encoder, load_encoder
from ml.small.encoder.preparing import AUTO, find_source, full_graph, prepare
from ml.small.encoder.tuning import Task, recipe_for, shown, tune
from ml.small.kernel import fit_kernel
from ml.small.labelled import LabelledMail, read_labelled
from ml.small.linear import fit_linear
from ml.small.novelty import Evidence
from ml.small.rows import Examples, checked_examples
from ml.small.training import count_in_batches
from models.errors import MailstageError
from models.record import Record

Ints = NDArray[np.int64]


class Figures(Record):
    """Shares in [0, 1]; `graph_mb` (10^6 bytes) is what lies in memory while it runs."""

    encoder: str
    kernel_accuracy: float
    pipeline_accuracy: float
    graph_mb: float
    texts_per_second: float


@dataclass(frozen=True, slots=True)
class Split:
    """Which rows are learned from, and which are measured on: never the same, nor their duplicates."""

    examples: Examples
    learned: Ints
    measured: Ints

    @property
    def given(self) -> list[LabelledMail]:
        """The rows to learn from, for the tuning, which itself keeps a fifth of them back."""
        return [_row(self.examples, row) for row in self.learned.tolist()]


def split_rows(rows: Sequence[LabelledMail], few: int, most: int, seed: int) -> Split:
    """Four fifths and one fifth; or `few` rows of each label, and of the rest at most `most` to measure on."""
    examples = checked_examples([row for row in rows if row.label is not None])
    learned = shown(examples, seed)
    if few:
        learned = np.concatenate(
            [learned[examples.targets[learned] == label][:few] for label in range(len(examples.labels))]
        )
    taken = {examples.keys[row] for row in learned.tolist()}
    rest = np.array([row for row, key in enumerate(examples.keys) if key not in taken], dtype=np.int64)
    return Split(examples, learned, np.random.default_rng(seed).permutation(rest)[:most])


def figures(name: str, encoder: Encoder, split: Split) -> Figures:
    """Weights of the two steps are fitted on half of the measured rows and used on the other half, and the reverse."""
    examples, labels = split.examples, len(split.examples.labels)
    started = time.perf_counter()
    learned, asked = (
        encoder.embed([examples.mails[row].reading for row in part]) for part in (split.learned, split.measured)
    )
    seconds = time.perf_counter() - started
    targets, truth = examples.targets[split.learned], examples.targets[split.measured]
    read = fit_kernel(learned, targets, labels, 0).read(asked)
    counts = count_in_batches(examples.mails)
    linear = fit_linear(counts.taken(split.learned), targets, labels, 0).margins_of(counts.taken(split.measured))
    evidence = Evidence((linear, read.margins), read.nearest)
    halves = np.arange(len(truth)) % 2
    right = np.zeros(len(truth), dtype=bool)
    for half in (0, 1):
        fitted, held = np.flatnonzero(halves != half), np.flatnonzero(halves == half)
        scores = fit_calibration(evidence.taken(fitted), truth[fitted], None).scores(evidence.taken(held))
        right[held] = scores.inside.argmax(axis=1) == truth[held]
    return Figures(
        encoder=name,
        kernel_accuracy=round(float((read.margins.argmax(axis=1) == truth).mean()), 4),
        pipeline_accuracy=round(float(right.mean()), 4),
        graph_mb=round((encoder.folder / GRAPH).stat().st_size / 1e6, 1),
        texts_per_second=round((len(learned) + len(asked)) / seconds, 1),
    )


def both(name: str, source: Path, scratch: Path, split: Split) -> list[Figures]:
    """In 8-bit integers as it is used, and in floats."""
    small, full = scratch / f"{name}-int8", scratch / f"{name}-fp32"
    prepare(source, small)
    ready = load_encoder(small)
    full.mkdir()
    graph = full_graph(source).SerializeToString()
    (full / GRAPH).write_bytes(graph)
    in_floats = Encoder(ready.manifest, full, _session(graph), ready.tokenizer)
    return [figures(f"{name}, fp32", in_floats, split), figures(f"{name}, int8", ready, split)]


def _session(graph: bytes) -> object:
    from onnxruntime import InferenceSession

    return InferenceSession(graph, providers=["CPUExecutionProvider"])


def _row(examples: Examples, row: int) -> LabelledMail:
    mail = examples.mails[row]
    return LabelledMail(label=examples.labels[examples.targets[row]], subject=mail.subject, body=mail.body)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="labelled mail to cross-validate on, JSON Lines")
    parser.add_argument("--encoder", default=AUTO)
    parser.add_argument("--few", type=int, default=0, help="learn from so many rows of each label")
    parser.add_argument("--rows", type=int, default=3_000, help="measure on so many rows at most")
    parser.add_argument("--tune", action="store_true", help="tune it too (needs torch)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        source = find_source(arguments.encoder)
        if source is None:
            parser.error("no encoder is installed: name one with --encoder")
        split = split_rows(read_labelled(arguments.data), arguments.few, arguments.rows, arguments.seed)
        with TemporaryDirectory() as folder:
            scratch = Path(folder)
            found = both("base", source, scratch, split)
            _show(found)
            if arguments.tune:
                recipe = recipe_for(len(split.learned), arguments.epochs)
                started = time.perf_counter()
                tune(split.given, Task(source, scratch / "tuned", recipe, arguments.seed))
                print(json.dumps({"tuning_seconds": round(time.perf_counter() - started, 1)}))
                _show(both("tuned", scratch / "tuned", scratch, split))
    except MailstageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _show(found: Sequence[Figures]) -> None:
    for one in found:
        print(json.dumps(one.model_dump(mode="json")), flush=True)


if __name__ == "__main__":
    sys.exit(main())
