"""Model folders: several versions, one in use, and the way back."""

from datetime import date
from pathlib import Path

import pytest

from ml.small.classifier import Classifier
from ml.small.manifest import read_manifest, versions
from ml.small.registry import activate, load, load_examples, roll_back, save
from ml.small.removal import KEPT
from ml.small.why.examples import Example
from models.errors import ModelNotTrained, NotFound
from tests.ml.small.factories import message
from tests.ml.small.versions import filled, variant


def test_a_saved_model_answers_as_before(tmp_path: Path, two_step_folder: Path) -> None:
    """Both steps, from plain arrays; only what half the precision costs may differ."""
    before = load(two_step_folder)
    assert save(tmp_path, before, date(2026, 11, 22)) == load(tmp_path).version
    mails = [message("hello there pump leaks noise thank you", "pump"), message("choir practice", "lost cat")]
    assert [a.category for a in load(tmp_path).classify(mails)] == [a.category for a in before.classify(mails)]


def test_the_newest_is_used_and_the_one_before_is_its_parent(tmp_path: Path, classifier: Classifier) -> None:
    """Both are on disk."""
    first, second = filled(tmp_path, classifier, 2)
    assert load(tmp_path).version == second
    assert read_manifest(tmp_path).parent == first
    assert {one.version for one in versions(tmp_path)} == {first, second}
    assert load(tmp_path, first).version == first


def test_a_version_may_wait_until_it_is_activated(tmp_path: Path, classifier: Classifier) -> None:
    """A challenger lies there and answers nobody."""
    used = save(tmp_path, variant(classifier, 1), None)
    waiting = save(tmp_path, variant(classifier, 2), None, activate=False)
    assert load(tmp_path).version == used
    activate(tmp_path, waiting)
    assert load(tmp_path).version == waiting
    assert read_manifest(tmp_path).parent == used


def test_one_command_goes_back(tmp_path: Path, classifier: Classifier) -> None:
    """And once more goes forward again; the first version has nothing before it."""
    first, second = filled(tmp_path, classifier, 2)
    assert roll_back(tmp_path) == first
    assert load(tmp_path).version == first
    assert roll_back(tmp_path) == second
    fresh = tmp_path / "fresh"
    filled(fresh, classifier, 1)
    with pytest.raises(NotFound, match="none to go back to"):
        roll_back(fresh)


def test_an_unknown_version_is_refused_with_those_that_there_are(tmp_path: Path, classifier: Classifier) -> None:
    """What is used stays in use; a name from outside reaches no other folder."""
    [version] = filled(tmp_path, classifier, 1)
    for name in ("0123456789ab", "../../etc/passwd"):
        with pytest.raises(NotFound, match=version):
            activate(tmp_path, name)
    assert load(tmp_path).version == version
    with pytest.raises(ModelNotTrained):
        activate(tmp_path / "none", "")


def test_examples_come_back_by_row(tmp_path: Path, classifier: Classifier) -> None:
    """With the version that they belong to, and readable by the owner alone: they hold words of mail."""
    shown = [Example(row=7, label="repair", text="it leaks"), Example(row=9, label=None, text="lost \u2028cat")]
    version = save(tmp_path, classifier, None, examples=shown)
    assert load_examples(tmp_path) == {7: shown[0], 9: shown[1]}
    [file] = tmp_path.glob("examples-*")
    assert file.stat().st_mode & 0o077 == 0
    save(tmp_path, variant(classifier, 1), None)
    assert load_examples(tmp_path) == {}
    assert load_examples(tmp_path, version) == {7: shown[0], 9: shown[1]}
    filled(tmp_path, classifier, KEPT + 1)
    assert not list(tmp_path.glob("examples-*"))
