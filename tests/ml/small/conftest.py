from pathlib import Path

import pytest

from ml.small.classifier import Classifier
from ml.small.encoder.embedding import Encoder
from ml.small.registry import load
from ml.small.training import train
from tests.ml.small.factories import all_words, labelled
from tests.ml.small.tiny_encoder import tiny_encoder


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "model"
    train(labelled(40, foreign=40), folder)
    return folder


@pytest.fixture(scope="session")
def classifier(model_folder: Path) -> Classifier:
    return load(model_folder)


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return tiny_encoder(tmp_path_factory.mktemp("encoder"), all_words())


@pytest.fixture(scope="session")
def two_step_folder(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    folder = tmp_path_factory.mktemp("two") / "model"
    train(labelled(40, foreign=40), folder, encoder=encoder)
    return folder


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders are prepared in the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
