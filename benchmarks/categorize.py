"""Sorting quality on public intent data, beside plain scikit-learn and fastText (where it is installed), in one run.

    python -m benchmarks.categorize --data FOLDER [--set banking77] [--few 10] [--strange 25] [--rounds 3]

FOLDER holds `banking77/` and `clinc150/`, each with `train.jsonl` and `test.jsonl` (rows `{"text", "label"}`, a null
label is out of scope). `--few N` learns from N rows a category, drawn anew in each round. `--strange N` leaves the test
rows alone: N categories of the training rows, other ones in each round, are left out and stand for mail that is out of
scope, and a fifth of the others is sorted with them. One line of JSON a way, medians over the rounds.
"""

import argparse
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.sorters import WAYS, Answers, Rows
from ml.small.labelled import LabelledMail, read_labelled
from models.errors import MailstageError
from models.record import Record


class Figures(Record):
    """Shares in [0, 1]. `found` is the share of mail out of scope that is told from 95% of that in scope; `coverage`
    and `precision` are of the answers given at a wished precision of 0.95 and 0.99."""

    set: str
    by: str
    learned_from: int
    accuracy: float
    ece: float
    auroc: float | None
    found: float | None
    found_by_training: float | None
    """The same at the cut that training chose, which lets the share `kept` of the mail in scope through."""
    kept: float
    coverage_95: float
    precision_95: float
    coverage_99: float
    precision_99: float
    mails_per_second: float
    train_seconds: float


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    learn: Rows
    sort: Rows


def few(rows: Rows, count: int, dice: random.Random) -> Rows:
    """`count` rows of each category, and as many in all out of scope as there are of one."""
    of_label: dict[str | None, list[LabelledMail]] = defaultdict(list)
    for row in rows:
        of_label[row.label].append(row)
    return [row for label in sorted(of_label, key=str) for row in dice.sample(of_label[label], count)]


def strange(rows: Rows, count: int, dice: random.Random) -> tuple[Rows, Rows]:
    """What is learned from, and what is sorted: new mail of known categories and as much of `count` unknown ones."""
    labels = sorted({row.label for row in rows if row.label is not None})
    unknown = set(dice.sample(labels, count))
    known = [row for row in rows if row.label is not None and row.label not in unknown]
    others = [LabelledMail(label=None, text=row.text) for row in rows if row.label in unknown]
    dice.shuffle(known)
    cut = len(known) // 5
    return known[cut:], known[:cut] + dice.sample(others, min(cut, len(others)))


def tasks(name: str, folder: Path, options: argparse.Namespace) -> Iterator[Task]:
    learn = read_labelled(folder / "train.jsonl")
    for number in range(options.rounds):
        dice = random.Random(number)
        if options.strange:
            yield Task(f"{name}, {options.strange} categories unknown", *strange(learn, options.strange, dice))
            continue
        sort = read_labelled(folder / "test.jsonl")
        if options.few:
            yield Task(f"{name}, {options.few} a category", few(learn, options.few, dice), sort)
        else:
            yield Task(name, learn, sort)
            return  # nothing is drawn: another round would say the same


def figures(task: Task, way: str, said: Answers, learning: float, sorting: float) -> Figures:
    coverage_95, precision_95 = said.at("0.95", task.sort)
    coverage_99, precision_99 = said.at("0.99", task.sort)
    by_training, kept = said.found_by_training(task.sort)
    return Figures(
        set=task.name,
        by=way,
        learned_from=len(task.learn),
        accuracy=said.accuracy(task.sort),
        ece=said.ece(task.sort),
        auroc=said.auroc(task.sort),
        found=said.found(task.sort),
        found_by_training=by_training,
        kept=kept,
        coverage_95=coverage_95,
        precision_95=precision_95,
        coverage_99=coverage_99,
        precision_99=precision_99,
        mails_per_second=len(task.sort) / sorting,
        train_seconds=learning,
    )


def measured(task: Task, way: str) -> Figures:
    with TemporaryDirectory() as place:
        begun = time.perf_counter()
        sort = WAYS[way](task.learn, Path(place))
        learned = time.perf_counter()
        said = sort([row.text for row in task.sort])
        return figures(task, way, said, learned - begun, time.perf_counter() - learned)


def medians(found: Sequence[Figures]) -> Figures:
    values: dict[str, object] = {}
    for name in Figures.model_fields:
        all_of = [getattr(one, name) for one in found]
        numbers = [one for one in all_of if isinstance(one, float)]
        values[name] = round(statistics.median(numbers), 4) if numbers else all_of[0]
    return Figures.model_validate(values)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with banking77/ and clinc150/")
    parser.add_argument("--set", action="append", dest="sets", help="only this one (may be repeated)")
    parser.add_argument("--few", type=int, default=0, metavar="N")
    parser.add_argument("--strange", type=int, default=0, metavar="N")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    try:
        for name in options.sets or ("banking77", "clinc150"):
            found: dict[str, list[Figures]] = defaultdict(list)
            for task in tasks(name, options.data / name, options):
                for way in WAYS:
                    found[way].append(measured(task, way))
            for rounds in found.values():
                print(medians(rounds).model_dump_json(), flush=True)
    except MailstageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
