"""Whether the numbers of a model folder can be those of a model: a hash says only that they are what somebody signed.

What is refused here would else end a run in the middle, or answer mail with what is no probability.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ml.small.calibration import Calibration
from ml.small.cascade import ENCODER, LINEAR, judge
from ml.small.kernel import KernelModel
from ml.small.linear import LinearModel
from ml.small.manifest import Manifest
from ml.small.ngrams import BUCKET_BITS
from ml.small.novelty import Evidence
from ml.small.thresholds import PRECISIONS

LARGEST_SCALE = 1_000.0
"""Ten times what a calibration looks for at most; beyond that every answer is certain."""


def expect_sound(said: Manifest) -> None:
    """Raises ValueError, with a reason, for labels, thresholds or calibrations that no training writes."""
    labels, second = said.labels, said.second
    if not labels or len(set(labels)) != len(labels):
        raise ValueError("its labels are none, or one of them stands there twice")
    _expect_thresholds(said.thresholds)
    calibrations = [said.calibration, *([second.calibration] if second else [])]
    for steps, calibration in enumerate(calibrations, start=1):
        _expect_calibration(calibration, steps, len(labels))
    if second and (second.null not in (None, len(labels)) or not np.isfinite(second.passes)):
        raise ValueError("its second step cannot be")


def expect_sound_weights(linear: LinearModel, kernel: KernelModel | None) -> None:
    """The same for numbers whose shapes are right already."""
    arrays: list[Any] = [linear.vocabulary.idf, linear.weights, linear.bias]
    if kernel:
        arrays += [kernel.references, kernel.weights, *([] if kernel.turn is None else [kernel.turn])]
        _expect_within(kernel.targets, kernel.weights.shape[1], "targets")
    _expect_within(linear.vocabulary.buckets, 1 << BUCKET_BITS, "buckets")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("its weights are not all finite")


def _expect_thresholds(thresholds: Mapping[str, Mapping[str, float]]) -> None:
    for wished in PRECISIONS:
        if f"{wished:.2f}" not in thresholds:
            raise ValueError(f"it has no thresholds for {wished:.2f}")
    if not all(0 <= cut <= 1 for cuts in thresholds.values() for cut in cuts.values()):
        raise ValueError("a threshold is no probability")


def _expect_calibration(calibration: Calibration, steps: int, labels: int) -> None:
    if not all(np.isfinite(number) for number in _numbers(asdict(calibration))):
        raise ValueError("a calibration is not finite")
    if len(calibration.scales) != steps or not all(0 <= scale <= LARGEST_SCALE for scale in calibration.scales):
        raise ValueError("the scales of a calibration cannot be")
    if calibration.null not in (None, labels):
        raise ValueError("its label for mail out of scope is not the last")
    novelty, curve = calibration.novelty, calibration.curve
    if novelty and not (0 <= novelty.cut <= 1 and all(scale > 0 for scale in novelty.scale)):
        raise ValueError("what it holds to be out of scope cannot be")
    if curve and (len(curve.said) != len(curve.holds) or not curve.said or list(curve.said) != sorted(curve.said)):
        raise ValueError("the curve of a calibration does not rise")
    _expect_probabilities(calibration, steps, labels)


def _expect_probabilities(calibration: Calibration, steps: int, labels: int) -> None:
    """Of one mail that speaks for each label a little differently: whether the parts go together at all."""
    margins = np.linspace(-1, 1, labels + (calibration.null is not None))[None, :]
    nearest = np.full((1, 2), 0.5) if steps == ENCODER + 1 else None
    with np.errstate(all="ignore"):
        verdict = judge(calibration, Evidence((margins,) * steps, nearest), LINEAR)
    if not all(0 <= share <= 1 for share in (*verdict.probability[0], *verdict.outside)):
        raise ValueError("a calibration gives no probabilities")


def _expect_within(numbers: Any, end: int, name: str) -> None:
    if not np.issubdtype(numbers.dtype, np.integer) or not ((numbers >= 0) & (numbers < end)).all():
        raise ValueError(f"{name} are not all in [0, {end})")


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _numbers(one)
    elif value is not None:
        yield float(value)
