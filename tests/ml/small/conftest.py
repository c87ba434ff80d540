from pathlib import Path

import pytest

from ml.small.classifier import Classifier
from ml.small.registry import load
from ml.small.training import train
from tests.ml.small.factories import labelled


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "model"
    train(labelled(40, foreign=40), folder)
    return folder


@pytest.fixture(scope="session")
def classifier(model_folder: Path) -> Classifier:
    return load(model_folder)
