"""The figures of a training in brief: what `train` returns and prints, and what `report.json` holds."""

from collections.abc import Mapping, Sequence

import numpy as np

from ml.small.calibration import expected_calibration_error
from ml.small.classifier import DECIDED_BY
from ml.small.novelty import KEPT_IN_SCOPE
from ml.small.report.held_out import Flags, HeldOut
from ml.small.rows import Examples
from ml.small.thresholds import lower_bound
from models.classification import DecidedBy
from models.record import Record

BY_CHANCE = 0.05
"""Probability of a warning about the cut for what is out of scope where there is none to give."""


class TrainingReport(Record):
    """Shares are in [0, 1] and cross-validated. `thresholds`, `proven` and `coverage` go by wished precision."""

    version: str
    n: int
    labels: dict[str, int]
    """Rows by label; those out of scope are counted in `out_of_scope`."""
    out_of_scope: int
    accuracy: float
    """Of in-scope rows, with an answer forced."""
    macro_f1: float
    ece: float
    thresholds: dict[str, dict[str, float]]
    proven: dict[str, bool]
    """Whether the precision is proven, or rests on the probabilities being right (`ml.small.thresholds`)."""
    coverage: dict[str, float]
    """Share of all rows that would be answered without a person."""
    answered_by: dict[DecidedBy, float]
    """Share of all rows that each step had the last word on."""
    warnings: tuple[str, ...]


def summarised(
    examples: Examples, held: HeldOut, proven: Mapping[str, bool], warnings: Sequence[str] = ()
) -> TrainingReport:
    """Without a version, which the model does not have yet. `examples` are all rows, those of `held` were measured."""
    from sklearn.metrics import f1_score

    counts = np.bincount(examples.truth + 1, minlength=len(examples.categories) + 1).tolist()
    scope, best = held.scope, held.verdicts.best
    truth = held.examples.truth[scope]
    correct = best[scope] == truth
    steps = enumerate(DECIDED_BY)
    return TrainingReport(
        version="",
        n=len(examples.mails),
        labels=dict(zip(examples.categories, counts[1:], strict=True)),
        out_of_scope=counts[0],
        accuracy=round(float(correct.mean()), 4),
        macro_f1=round(float(f1_score(truth, best[scope], average="macro", zero_division=0)), 4),
        ece=round(expected_calibration_error(held.verdicts.forced[scope], correct), 4),
        thresholds=held.thresholds,
        proven=dict(proven),
        coverage={wished: round(float(held.answered(wished).mean()), 4) for wished in held.thresholds},
        answered_by={by: round(float((held.verdicts.step == step).mean()), 4) for step, by in steps},
        warnings=(*examples.warnings, *warnings, *set_aside(held.verdicts.beyond[scope])),
    )


def set_aside(beyond: Flags) -> list[str]:
    """A warning where more of the mail in scope (n,) is held to be out of it than the cut is meant to, and chance."""
    kept, size = np.array([np.count_nonzero(~beyond)]), np.array([len(beyond)])
    if 1 - float(lower_bound(size - kept, size, BY_CHANCE)[0]) >= KEPT_IN_SCOPE:
        return []
    return [
        f"{beyond.mean():.0%} of the mail in scope looks like that out of scope (label null), and is asked about: "
        "look whether those rows belong to a category after all"
    ]
