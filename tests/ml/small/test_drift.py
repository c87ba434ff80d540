"""Whether a stream of answers is like those of training: no false alarm, and none missed."""

import numpy as np
import pytest

from ml.small.drift import LEAST, Mix, Stream, compare, fisher, mix_of, stream_of
from models.classification import Alternative, Classification
from models.drift import Figure, Reference

NAMES = ("delivery", "billing", "repair", "returns", "subscription")
SHARES = (0.35, 0.25, 0.2, 0.15, 0.05)
WINDOW = 200
CUT = 0.7


def drawn(
    dice: np.random.Generator, size: int, outside: float = 0.06, shares: tuple[float, ...] = SHARES, heat: float = 6.0
) -> Stream:
    """Answers as a calibrated model gives them: mostly sure, some not, a few unlike everything."""
    confidence = np.round(1 - dice.beta(1, heat, size) * 0.8, 4)
    said = np.where(dice.random(size) < outside, -1, dice.choice(len(NAMES), size, p=shares))
    names = tuple(None if at < 0 else NAMES[at] for at in said.tolist())
    return Stream(confidence, names, int(((confidence < CUT) | (said < 0)).sum()))


def learned_from(dice: np.random.Generator, size: int = 2_000, shares: tuple[float, ...] = SHARES) -> Reference:
    stream = drawn(dice, size, shares=shares)
    counts = stream.counts
    inside = sum(counts.values())
    return Reference(
        n=size,
        confidence=tuple(np.quantile(stream.confidence, np.linspace(0, 1, 500), method="inverted_cdf").tolist()),
        shares={name: number / inside for name, number in counts.items()},
        outside=stream.outside / size,
        asked={"0.95": stream.asked / size},
    )


BEFORE = Mix(2_000, dict(zip(NAMES, SHARES, strict=True)))


def alarms(found: tuple[Figure, ...]) -> set[str]:
    return {figure.name for figure in found if figure.alarm}


@pytest.fixture
def reference() -> Reference:
    return learned_from(np.random.default_rng(1))


@pytest.mark.parametrize("size", [300, 2_000])
def test_mail_like_that_of_training_gives_no_alarm(size: int) -> None:
    """400 windows from the source of training and earlier mail, seven times the level of 0.001 allowed at most."""
    false = 0
    for seed in range(400):
        dice = np.random.default_rng(seed)
        reference, before = learned_from(dice, size), mix_of(drawn(dice, size))
        false += bool(alarms(compare(reference, drawn(dice, WINDOW), "0.95", before)))
    assert false <= 2


@pytest.mark.parametrize("seed", range(20))
def test_a_new_topic_is_seen_within_one_window(reference: Reference, seed: int) -> None:
    """A quarter of the mail is of a kind that the model holds to be unlike everything."""
    found = compare(reference, drawn(np.random.default_rng(seed), WINDOW, outside=0.30), "0.95", BEFORE)
    assert "out_of_scope" in alarms(found)


@pytest.mark.parametrize("seed", range(20))
def test_another_language_is_seen_within_one_window(reference: Reference, seed: int) -> None:
    """Words that the model has not learned: it is less sure of everything."""
    found = compare(reference, drawn(np.random.default_rng(seed), WINDOW, heat=1.5), "0.95", BEFORE)
    assert {"confidence", "asked"} <= alarms(found)
    (said,) = (figure.sentence for figure in found if figure.name == "confidence")
    assert said.startswith("the model is less sure of it: half of its answers are under")


@pytest.mark.parametrize("seed", range(20))
def test_another_mix_is_seen_within_one_window(reference: Reference, seed: int) -> None:
    """A campaign doubles one category and hides another; the model is as sure as ever."""
    mix = (0.10, 0.25, 0.2, 0.15, 0.30)
    assert alarms(compare(reference, drawn(np.random.default_rng(seed), WINDOW, shares=mix), "0.95", BEFORE)) == {"mix"}


def test_a_difference_that_does_not_matter_gives_no_alarm(reference: Reference) -> None:
    """Of very many mails the smallest change is certain, and still nobody needs to know."""
    many = drawn(np.random.default_rng(3), 100_000, outside=0.075)
    (outside,) = (figure for figure in compare(reference, many, "0.95", BEFORE) if figure.name == "out_of_scope")
    assert not outside.alarm


@pytest.mark.parametrize("seed", range(20))
def test_another_mix_than_that_of_training_is_no_drift(seed: int) -> None:
    """Rows are picked in even shares, mail comes as it comes: only what it was before counts, once there is enough."""
    dice = np.random.default_rng(seed)
    even, mail = (0.2,) * 5, (0.4, 0.3, 0.2, 0.1, 0.0)
    reference = learned_from(dice, shares=even)
    today, before = drawn(dice, WINDOW, shares=mail), mix_of(drawn(dice, 1_000, shares=mail))
    assert not alarms(compare(reference, today, "0.95", before))
    assert "mix" in alarms(compare(reference, today, "0.95", mix_of(drawn(dice, 1_000, shares=even))))
    few = compare(reference, today, "0.95", Mix(LEAST - 1, {}))
    assert {figure.name for figure in few} == {"confidence", "out_of_scope", "asked"}
    assert not alarms(few)


@pytest.mark.parametrize("seed", range(20))
def test_less_doubt_than_in_training_is_no_drift(seed: int) -> None:
    """Mail out of scope was sought out for training, and the model in use is surer than those that were measured."""
    dice = np.random.default_rng(seed)
    stream = drawn(dice, 2_000, outside=0.3, heat=3.0)
    reference = learned_from(dice).model_copy(update={"outside": 0.3, "asked": {"0.95": stream.asked / 2_000}})
    assert not alarms(compare(reference, drawn(dice, WINDOW, outside=0.02, heat=9.0), "0.95", BEFORE))


def test_fisher_agrees_with_scipy() -> None:
    """The exact test, against another implementation of it."""
    from scipy.stats import fisher_exact

    for hits, size, known_hits, known_size in [(3, 50, 20, 1_000), (30, 200, 24, 441), (0, 60, 0, 60), (60, 60, 1, 90)]:
        table = [[hits, size - hits], [known_hits, known_size - known_hits]]
        assert fisher(hits, size, known_hits, known_size) == pytest.approx(
            fisher_exact(table, "greater").pvalue, rel=1e-6
        )


def test_mail_without_text_is_left_out() -> None:
    """It has no probability to compare; out of scope counts with its best category."""
    maybe = (Alternative(category="billing", probability=0.2),)
    answers = [
        Classification(category=None, probability=0.0, abstained=True, why="no text"),
        Classification(category=None, probability=0.9, alternatives=maybe, abstained=True, why="unlike all"),
        Classification(category="billing", probability=0.97),
    ]
    stream = stream_of(answers)
    assert stream.said == (None, "billing")
    assert stream.confidence.tolist() == [0.2, 0.97]
    assert stream.asked == 1


def test_a_person_would_be_asked_by_the_thresholds_that_are_given() -> None:
    """Whatever was done at the time; a category that has none is always asked about."""
    answers = [
        Classification(category="billing", probability=0.97, abstained=True, why="its own threshold is 0.99"),
        Classification(category="billing", probability=0.4),
        Classification(category="repair", probability=0.999),
    ]
    assert stream_of(answers).asked == 1
    assert stream_of(answers, {"billing": 0.9}).asked == 2
