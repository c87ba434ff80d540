"""A model before there is any labelled mail: each category is known by its name, its description and examples of it.

Without a labelled row nothing can be calibrated, so it never decides: each answer is a suggestion that a person sees,
the likeliest categories first. What people then decide is what a real model learns from.
"""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from ml.small.calibration import Calibration
from ml.small.cascade import NEVER as ASK_NEXT
from ml.small.classifier import Classifier, EncoderStep
from ml.small.encoder.embedding import Encoder, to_last_mean
from ml.small.kernel import fit_kernel
from ml.small.linear import fit_linear
from ml.small.names import with_names, words_of
from ml.small.registry import save
from ml.small.rows import Examples
from ml.small.thresholds import NEVER, PRECISIONS
from ml.small.training import count_in_batches
from ml.small.why.examples import example_of
from models.category import Category
from models.errors import TrainingDataError
from models.record import Record

SCALE = 18.0
"""Of the encoder's margins. The likeliest on labels as descriptions is 18 for BANKING77 and 40 for CLINC150 (training
rows), 30 for the example company; the least of the three claims too little sooner than too much."""


class SuggestingReport(Record):
    """What a model made of descriptions rests on: how many texts there are of each category."""

    version: str
    labels: dict[str, int]
    warnings: tuple[str, ...]


def train_from_descriptions(
    categories: Sequence[Category],
    out: Path,
    encoder: Encoder | None,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    trained: date | None = None,
) -> SuggestingReport:
    """Writes a model that only suggests. Raises TrainingDataError for no encoder, for fewer than two categories, and
    for one of which nothing is said in words."""
    if encoder is None:
        raise TrainingDataError("descriptions alone need a sentence encoder: install or name one, or label some mail")
    if len(categories) < 2:
        raise TrainingDataError("suggesting takes at least two categories: add some under [[categories]]")
    texts = {category.name: described(category) for category in categories}
    if silent := [name for name, said in texts.items() if not said]:
        raise TrainingDataError(
            f"nothing is said in words of {', '.join(silent)}: give each a title or a description under [[categories]]"
        )
    examples = _examples(texts)
    (progress or (lambda _: None))(f"reading {len(examples.mails)} descriptions")
    labels, targets = len(texts), examples.targets
    linear = fit_linear(count_in_batches(examples.mails), targets, labels, seed)
    vectors = encoder.embed([mail.reading for mail in examples.mails])
    # names resemble mail in what they mean: likeness in single words costs 1.5 to 2.7 points (the three sets of SCALE)
    kernel = fit_kernel(vectors, targets, labels, seed, turn=to_last_mean(encoder.manifest))
    # words in common say too little here: mixed in, they cost BANKING77 2 points and more
    second = EncoderStep(encoder, kernel, Calibration((0.0, SCALE)), ASK_NEXT)
    thresholds = {f"{wished:.2f}": dict.fromkeys(texts, NEVER) for wished in PRECISIONS}
    classifier = Classifier("", tuple(texts), linear, Calibration((1.0,)), thresholds, second, suggests=True)
    shown = [
        example_of(row, examples.labels[target], mail)
        for row, (mail, target) in enumerate(zip(examples.mails, targets.tolist(), strict=True))
    ]
    version = save(out, classifier, trained, examples=shown)
    warning = "nothing was measured, since no mail is labelled: every mail waits for a person, with suggestions"
    return SuggestingReport(
        version=version, labels={name: len(said) for name, said in texts.items()}, warnings=(warning,)
    )


def described(category: Category) -> tuple[str, ...]:
    """What is said of a category: its title or name, its description, and its examples."""
    said = (category.title or words_of(category.name), category.description, *category.examples)
    return tuple(dict.fromkeys(text for text in map(str.strip, said) if any(map(str.isalpha, text))))


def _examples(texts: dict[str, tuple[str, ...]]) -> Examples:
    nothing = np.zeros(0, dtype=np.int64)
    return with_names(Examples((), (), tuple(texts), nothing, (), nothing, nothing), texts)
