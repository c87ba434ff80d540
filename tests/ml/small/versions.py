"""Model folders with several versions, made in no time."""

from dataclasses import replace
from pathlib import Path

from ml.small.classifier import Classifier
from ml.small.registry import save


def variant(classifier: Classifier, number: int) -> Classifier:
    """The same model with thresholds of its own, hence another version."""
    cuts = {wished: dict.fromkeys(classifier.labels, number / 100) for wished in classifier.thresholds}
    return replace(classifier, thresholds=cuts)


def filled(folder: Path, classifier: Classifier, count: int) -> list[str]:
    return [save(folder, variant(classifier, number), None) for number in range(count)]
