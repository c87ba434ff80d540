"""How often drift is seen where there is none, and where there is: `python -m benchmarks.drift --data DIR`.

DIR holds intents/banking77/train.jsonl and intents/clinc150/val.jsonl. A model learns from every other training row of
BANKING77; of the others 2,000 are the mail before and 200 the window, as they are, in another mix than training's from
the first day on, and with a third of the window exchanged. `--encoder off` measures the linear step alone.
"""

import argparse
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ml.small.classifier import Classifier
from ml.small.drift import compare, mix_of, stream_of
from ml.small.encoder.preparing import encoder_named
from ml.small.labelled import LabelledMail, features_of, read_labelled
from ml.small.manifest import read_manifest
from ml.small.registry import load
from ml.small.training import train
from models.classification import Classification, DecidedBy
from models.drift import Reference
from models.settings import Sorting

BEFORE, WINDOW, EXCHANGED = 2_000, 200, 67
KINDS = ("confidence", "out_of_scope", "mix", "asked")

Answers = list[Classification]


@dataclass(frozen=True)
class Mail:
    """What the model says of mail that it has not learned from; `parts` are of four sets of categories."""

    usual: Answers
    parts: tuple[Answers, ...]
    foreign: Answers
    crowd: Answers


def sorted_mail(classifier: Classifier, rows: Sequence[LabelledMail], foreign: Sequence[LabelledMail]) -> Mail:
    usual = classifier.classify_texts([features_of(row) for row in rows])
    names = sorted({str(row.label) for row in rows})
    place = [names.index(str(row.label)) for row in rows]
    print(f"{sum(one.decided_by is DecidedBy.ENCODER for one in usual) / len(usual):.0%} of it asked the encoder")
    return Mail(
        usual,
        tuple([answer for at, answer in zip(place, usual, strict=True) if at % 4 == part] for part in range(4)),
        classifier.classify_texts([features_of(row) for row in foreign]),
        [answer for at, answer in zip(place, usual, strict=True) if at < 5],
    )


def as_usual(mail: Mail, dice: random.Random) -> tuple[Answers, Answers]:
    """The mail before, and the window."""
    drawn = dice.sample(mail.usual, BEFORE + WINDOW)
    return drawn[:BEFORE], drawn[BEFORE:]


def own_mix(mail: Mail, dice: random.Random) -> tuple[Answers, Answers]:
    """A quarter of the categories makes up 40% of all mail, the others 30%, 20% and 10%."""
    parts = dice.choices(mail.parts, (40, 30, 20, 10), k=BEFORE + WINDOW)
    drawn = [dice.choice(part) for part in parts]
    return drawn[:BEFORE], drawn[BEFORE:]


def exchanged(by: Callable[[Mail], Answers]) -> Callable[[Mail, random.Random], tuple[Answers, Answers]]:
    def draw(mail: Mail, dice: random.Random) -> tuple[Answers, Answers]:
        before, window = as_usual(mail, dice)
        return before, window[EXCHANGED:] + dice.choices(by(mail), k=EXCHANGED)

    return draw


STREAMS = {
    "as in training": as_usual,
    "its own mix from the first day": own_mix,
    "a third of other topics": exchanged(lambda mail: mail.foreign),
    "a third of five categories": exchanged(lambda mail: mail.crowd),
}


def alarms(reference: Reference, before: Answers, window: Answers) -> set[str]:
    return {one.name for one in compare(reference, stream_of(window), "0.95", mix_of(stream_of(before))) if one.alarm}


def measure(data: Path, windows: int, encoder: str) -> None:
    rows = read_labelled(data / "intents/banking77/train.jsonl")
    foreign = read_labelled(data / "intents/clinc150/val.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        train(rows[::2], Path(folder), encoder=encoder_named(encoder))
        reference = read_manifest(Path(folder)).reference
        mail = sorted_mail(load(Path(folder)), rows[1::2], foreign)
    assert reference is not None
    for name, draw in STREAMS.items():
        found = [alarms(reference, *draw(mail, random.Random(seed))) for seed in range(windows)]
        by = {kind: sum(kind in one for one in found) for kind in KINDS}
        print(f"{name:32} alarm in {sum(map(bool, found)):4} of {windows} windows   {by}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--encoder", default=Sorting().encoder, help="as [sorting] encoder of mailstage.toml")
    asked = parser.parse_args()
    measure(asked.data, asked.windows, asked.encoder)
