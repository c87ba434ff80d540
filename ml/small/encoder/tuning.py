"""Tunes an encoder on one's own labelled mail, and says how much better it reads mail that it was not tuned on.

A share of the rows is kept from it: on those alone `ml.small.training` may later measure, calibrate and choose
thresholds. The result is a folder in the form of the hub, as good a source as any other.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.small.encoder.bert import read_config
from ml.small.encoder.embedding import Encoder, load_encoder, read_tokenizer, token_ids
from ml.small.encoder.fine_tuning import Base, Lesson, Recipe, fine_tuned, needs_torch
from ml.small.encoder.hub_folder import (
    CONFIG,
    POOLING,
    TOKENIZER,
    WEIGHTS,
    name_of,
    read_limits,
    read_pooling,
    read_weights,
    write_weights,
)
from ml.small.encoder.preparing import TOKENS, prepare
from ml.small.encoder.tuned import TUNED, Tuned, hash_of, read_tuned
from ml.small.kernel import fit_kernel
from ml.small.labelled import LabelledMail
from ml.small.rows import Examples, checked_examples
from models.errors import ModelError
from models.record import Record

KEPT_BACK = 5
"""One row in so many is not shown to the encoder: 2,000 of BANKING77's 10,000, enough for thresholds."""

FEW, FEW_EPOCHS, EPOCHS = 2_000, 10, 3
"""Under FEW rows each is read more often, so that there are steps enough to learn in."""


class TuningReport(Record):
    """`before` and `after` are shares in [0, 1]: how often the encoder's step alone is right on `kept_back` rows."""

    folder: Path
    base: str
    rows: int
    seen: int
    kept_back: int
    before: float
    after: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for: which encoder, where the tuned one goes, and how it is tuned."""

    source: Path
    out: Path
    recipe: Recipe = field(default_factory=Recipe)
    seed: int = 0
    device: str = "auto"


def tune(rows: Sequence[LabelledMail], task: Task, progress: Callable[[int, int], None] | None = None) -> TuningReport:
    """Writes the tuned encoder into the folder `task.out`; the same rows, seed and device give the same.

    `progress` gets batches done and in all. Raises MissingExtra without torch, TrainingDataError for rows that cannot
    be learned from, ModelError for an encoder that cannot be tuned or a folder that holds something else.
    """
    needs_torch()
    _may_write(task.out)
    base = Base(task.source / CONFIG, _bert_weights(task.source), read_pooling(task.source))
    examples = checked_examples(rows)
    seen = shown(examples, task.seed)
    lesson = _lesson(task.source, examples, seen)
    changed = fine_tuned(base, lesson, task.recipe, task.seed, task.device, progress or (lambda _done, _all: None))
    tuned = Tuned(
        base=name_of(task.source),
        rows=len(examples.keys),
        epochs=task.recipe.epochs,
        seed=task.seed,
        seen=tuple(sorted({hash_of(examples.keys[row]) for row in seen})),
    )
    with tempfile.TemporaryDirectory(prefix="mailstage-tuning-") as scratch:
        made = Path(scratch) / "tuned"
        _write(task.source, made, {**base.weights, **changed}, tuned)
        before, after = (_right(source, examples, seen) for source in (task.source, made))
        _put(made, task.out)
    return TuningReport(
        folder=task.out,
        base=tuned.base,
        rows=tuned.rows,
        seen=len(seen),
        kept_back=tuned.rows - len(seen),
        before=before,
        after=after,
        warnings=examples.warnings,
    )


def recipe_for(rows: int, epochs: int | None = None) -> Recipe:
    """The one for so many labelled mails; `epochs` overrides how often each is read."""
    return Recipe(epochs=epochs or (FEW_EPOCHS if rows < FEW else EPOCHS))


def shown(examples: Examples, seed: int) -> NDArray[np.int64]:
    """The rows (k,) to tune on: all but one in KEPT_BACK of each label, duplicates together."""
    return np.flatnonzero(examples.folds(KEPT_BACK, seed) != 0)


def _lesson(source: Path, examples: Examples, seen: NDArray[np.int64]) -> Lesson:
    tokens = min(TOKENS, read_limits(source))
    try:
        words = (source / TOKENIZER).read_bytes()
    except OSError as error:
        raise ModelError(f"{source} holds no {TOKENIZER}: only encoders with a fast tokenizer can be used") from error
    texts = [examples.mails[row].reading for row in seen]
    return Lesson(token_ids(read_tokenizer(words, tokens), texts, tokens), examples.targets[seen], examples.null)


def _bert_weights(source: Path) -> dict[str, NDArray[np.float32]]:
    if tuned := read_tuned(source):
        # the mail it saw then would have to be kept from it now
        raise ModelError(f"the encoder in {source} was tuned already: tune the one it came from anew, {tuned.base}")
    read_config(source)  # of the BERT family, or told what to name instead
    return read_weights(source)


def _right(source: Path, examples: Examples, seen: NDArray[np.int64]) -> float:
    """Of the in-scope rows that are not `seen`, the share that their kernel gets right when it learned the others."""
    kept = np.setdiff1d(np.arange(len(examples.keys)), seen)
    kept = kept[examples.truth[kept] >= 0]
    with tempfile.TemporaryDirectory(prefix="mailstage-tuning-") as scratch:
        prepare(source, Path(scratch) / "encoder")
        encoder: Encoder = load_encoder(Path(scratch) / "encoder")
        learned, asked = (encoder.embed([examples.mails[row].reading for row in part]) for part in (seen, kept))
    labels = len(examples.labels)
    kernel = fit_kernel(learned, examples.targets[seen], labels, 0, examples.null)
    best = kernel.read(asked).margins[:, : len(examples.categories)].argmax(axis=1)
    return round(float((best == examples.targets[kept]).mean()), 4) if len(kept) else 0.0


def _write(source: Path, made: Path, weights: dict[str, NDArray[np.float32]], tuned: Tuned) -> None:
    try:
        made.mkdir(parents=True)
        write_weights(weights, made / WEIGHTS)
        for name in (CONFIG, TOKENIZER):
            shutil.copyfile(source / name, made / name)
        if (source / POOLING).is_file():
            (made / POOLING).parent.mkdir()
            shutil.copyfile(source / POOLING, made / POOLING)
        (made / TUNED).write_text(tuned.model_dump_json(indent=1))
    except OSError as error:
        raise ModelError(f"the tuned encoder cannot be written: {error.strerror or error}") from error


def _may_write(out: Path) -> None:
    """Before hours of work: a folder that holds anything but a tuned encoder is not replaced."""
    if out.exists() and not (out / TUNED).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise ModelError(f"{out} holds something else than a tuned encoder: name another folder with --out")


def _put(made: Path, out: Path) -> None:
    """In place of the tuned encoder that was there."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=out.parent, prefix=".tuned-"))
        shutil.copytree(made, part, dirs_exist_ok=True)
        if out.exists():
            shutil.rmtree(out)
        part.chmod(0o755)
        part.rename(out)
    except OSError as error:
        raise ModelError(f"the tuned encoder cannot be written to {out}: {error.strerror or error}") from error
