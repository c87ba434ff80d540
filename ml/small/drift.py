"""Compares a stream of mail with what the model learned from, in four figures that need no labels.

The mix of categories is compared with the mailbox's own earlier mail: training rows are picked, often so many of each.
Confidence by the Kolmogorov-Smirnov test, shares by Fisher's exact test, the mix of categories by the chi-squared test
of two samples (Rabanser et al. 2019 find such tests on a model's outputs the best of the simple ones). All but the mix
are one-sided: less doubt than in training is no reason to worry, and common, as cross-fitted models learned from less
than the one in use, and mail out of scope is sought out for training. An alarm needs both a small p, after Holm's
correction (1979), and a difference that matters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.small.report.held_out import HeldOut
from models.classification import Classification
from models.drift import Figure, FigureName, Reference

Floats = NDArray[np.float64]

LEVEL = 0.001
"""Of all four figures together: the windows overlap and are looked at every hour."""
LEAST = 50
"""Fewer mails tell nothing."""
MATTERS: Mapping[FigureName, float] = {"confidence": 0.10, "out_of_scope": 0.05, "mix": 0.10, "asked": 0.10}
"""Smallest effect for an alarm; a stability index under 0.10 is taken for no change (Siddiqi 2006)."""
QUANTILES = 500
DIGITS = 4
DRAWS, AT_ONCE, ENOUGH = 20_000, 250, 20
"""The smallest p that so many can tell is a fifth of what the strictest step of the correction asks."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What a model said of n mails with text, and whether a person was asked."""

    confidence: Floats
    said: tuple[str | None, ...]
    asked: int

    @property
    def outside(self) -> int:
        return sum(category is None for category in self.said)

    @property
    def counts(self) -> dict[str, int]:
        """In-scope mails by category."""
        found: dict[str, int] = {}
        for category in self.said:
            if category is not None:
                found[category] = found.get(category, 0) + 1
        return found


@dataclass(frozen=True, slots=True)
class Mix:
    """Of n in-scope mails, the share of each category."""

    n: int
    shares: Mapping[str, float]


def mix_of(stream: Stream) -> Mix:
    """Of a mailbox's own earlier mail."""
    counts = stream.counts
    size = sum(counts.values())
    return Mix(size, {name: number / size for name, number in counts.items()})


def reference_of(held: HeldOut) -> Reference:
    """Of cross-fitted predictions over the training rows."""
    beyond, best = held.verdicts.beyond, held.verdicts.best
    inside = max(1, int((~beyond).sum()))
    counts = np.bincount(best[~beyond], minlength=len(held.examples.categories))
    steps = np.linspace(0, 1, min(QUANTILES, len(best)))
    quantiles = np.quantile(held.verdicts.sure, steps, method="inverted_cdf")
    return Reference(
        n=len(best),
        confidence=tuple(np.round(quantiles, DIGITS).tolist()),
        shares={
            name: round(float(count) / inside, 6) for name, count in zip(held.examples.categories, counts, strict=True)
        },
        outside=round(float(beyond.mean()), 6),
        asked={wished: round(1 - float(held.answered(wished).mean()), 6) for wished in held.thresholds},
    )


def stream_of(answers: Sequence[Classification], cuts: Mapping[str, float] | None = None) -> Stream:
    """Answers to mails without text say nothing of the stream and are left out.

    `cuts` are the thresholds by which a person would have been asked, where they are not those that held then.
    """
    read = [one for one in answers if one.category is not None or one.alternatives]
    sure = [one.alternatives[0].probability if one.category is None else one.probability for one in read]
    confidence = np.array([round(one, DIGITS) for one in sure], dtype=np.float64)
    asked = [one.abstained if cuts is None else _under(one, cuts) for one in read]
    return Stream(confidence, tuple(one.category for one in read), sum(asked))


def _under(answer: Classification, cuts: Mapping[str, float]) -> bool:
    return answer.category is None or answer.probability < cuts.get(answer.category, 1.0)


def compare(reference: Reference, stream: Stream, precision: str, before: Mix) -> tuple[Figure, ...]:
    """The figures of a stream of at least LEAST mails; its categories are compared with those of the mail `before`, and
    left out where that has fewer than LEAST."""
    found = [_confidence(reference, stream), _outside(reference, stream)]
    if before.n >= LEAST:
        found.append(_mix(before, stream))
    if precision in reference.asked:
        found.append(_asked(reference, stream, reference.asked[precision]))
    return _decided(found)


def _decided(found: Sequence[Figure]) -> tuple[Figure, ...]:
    """With p after Holm's correction, and the alarm."""
    order = sorted(range(len(found)), key=lambda place: found[place].p)
    out, highest = list(found), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, found[place].p * (len(found) - rank)))
        alarm = highest < LEVEL and found[place].effect >= MATTERS[found[place].name]
        out[place] = found[place].model_copy(update={"p": highest, "alarm": alarm})
    return tuple(out)


def _confidence(reference: Reference, stream: Stream) -> Figure:
    known, seen = np.asarray(reference.confidence), np.sort(stream.confidence)
    places = np.union1d(known, seen)
    before = np.searchsorted(known, places, side="right") / len(known)
    now = np.searchsorted(seen, places, side="right") / len(seen)
    distance = max(0.0, float((now - before).max()))
    size = reference.n * len(seen) / (reference.n + len(seen))
    p = float(np.exp(-2 * size * distance**2))  # Smirnov's asymptotic law, an upper bound for samples of this size
    training, median = float(np.median(known)), float(np.median(seen))
    how = "less sure" if distance >= MATTERS["confidence"] else "about as sure"
    said = f"the model is {how} of it: half of its answers are under {median:.0%}, of training {training:.0%}"
    return _figure("confidence", training, median, distance, p, said)


def _outside(reference: Reference, stream: Stream) -> Figure:
    share = stream.outside / len(stream.said)
    p = fisher(stream.outside, len(stream.said), round(reference.outside * reference.n), reference.n)
    said = f"{share:.0%} of the mail is unlike every category, {reference.outside:.0%} in training"
    return _figure("out_of_scope", reference.outside, share, max(0.0, share - reference.outside), p, said)


def _asked(reference: Reference, stream: Stream, before: float) -> Figure:
    share = stream.asked / len(stream.said)
    p = fisher(stream.asked, len(stream.said), round(before * reference.n), reference.n)
    said = f"a person is asked about {share:.0%} of the mail, {before:.0%} in training"
    return _figure("asked", before, share, max(0.0, share - before), p, said)


def _mix(mix: Mix, stream: Stream) -> Figure:
    counts = stream.counts
    names = sorted({*mix.shares, *counts})
    seen = np.array([counts.get(name, 0) for name in names], dtype=np.float64)
    share = np.array([mix.shares.get(name, 0.0) for name in names])
    size, known = max(1.0, seen.sum()), np.round(share * mix.n)
    # half a mail is added to each, so that a category that is new or gone has a finite index
    before, now = (known + 0.5) / (known + 0.5).sum(), (seen + 0.5) / (seen + 0.5).sum()
    most = int(np.abs(seen / size - share).argmax())
    then, lately = float(share[most]), float(seen[most] / size)
    said = f"of the categories {names[most]} changed most: {lately:.0%} of the sorted mail, {then:.0%} before"
    # the index of two small samples of one source is far from 0 where there are many categories
    index = float(((now - before) * np.log(now / before)).sum()) - (len(names) - 1) * (1 / size + 1 / mix.n)
    return _figure("mix", then, lately, max(0.0, index), same_mix(seen, known), said, names[most])


def same_mix(seen: Floats, known: Floats) -> float:
    """p in [0, 1] that two samples of counts (k,) have one source: the chi-squared test of homogeneity.

    With few mails in a category its law holds only roughly, so p is that of draws from the pooled mix, which are the
    same at each call and end as soon as ENOUGH of them differ more (Besag & Clifford 1991).
    """
    pooled = seen + known
    kept = pooled > 0
    if kept.sum() < 2 or not seen.sum() or not known.sum():
        return 1.0
    seen, known, source = seen[kept], known[kept], pooled[kept] / pooled.sum()
    dice, found, larger = np.random.default_rng(0), _chi_squared(seen, known), 0
    for round_ in range(1, DRAWS // AT_ONCE + 1):
        drawn = [dice.multinomial(int(counts.sum()), source, AT_ONCE).astype(np.float64) for counts in (seen, known)]
        larger += int((_chi_squared(*drawn) >= found - 1e-9).sum())
        if larger >= ENOUGH:
            return larger / (round_ * AT_ONCE)
    return (larger + 1) / (DRAWS + 1)


def _chi_squared(first: Floats, second: Floats) -> Floats:
    """Along the last axis."""
    one, two = first.sum(axis=-1, keepdims=True), second.sum(axis=-1, keepdims=True)
    gap = first * np.sqrt(two / one) - second * np.sqrt(one / two)
    return np.asarray((gap**2 / np.maximum(first + second, 1e-9)).sum(axis=-1))


def _figure(
    name: FigureName, training: float, stream: float, effect: float, p: float, sentence: str, category: str = ""
) -> Figure:
    return Figure(
        name=name,
        category=category,
        training=round(training, 4),
        stream=round(stream, 4),
        effect=round(effect, 4),
        p=min(1.0, max(0.0, p)),
        alarm=False,
        sentence=sentence,
    )


def fisher(hits: int, size: int, known_hits: int, known_size: int) -> float:
    """One-sided p in [0, 1] that the first of two samples has the larger share by chance (Fisher 1934)."""
    from scipy.stats import hypergeom

    return float(hypergeom.sf(hits - 1, size + known_size, hits + known_hits, size))
