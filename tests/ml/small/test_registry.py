"""Model folders: several versions, one in use, and no answer from half a model."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ml.small.classifier import Classifier
from ml.small.manifest import MANIFEST, VERSIONS, read_manifest, versions
from ml.small.registry import KEPT, activate, load, load_examples, roll_back, save
from ml.small.why.examples import Example
from models.errors import ModelError, ModelNotTrained, NotFound
from tests.ml.small.factories import message


def variant(classifier: Classifier, number: int) -> Classifier:
    """The same model with thresholds of its own, hence another version."""
    cuts = {wished: dict.fromkeys(classifier.labels, number / 100) for wished in classifier.thresholds}
    return replace(classifier, thresholds=cuts)


def filled(folder: Path, classifier: Classifier, count: int) -> list[str]:
    return [save(folder, variant(classifier, number), None) for number in range(count)]


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
    with pytest.raises(NotFound, match="nothing to go back to"):
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


def test_old_versions_make_room(tmp_path: Path, classifier: Classifier) -> None:
    """Their files go with them, and the folder stops growing."""
    named = filled(tmp_path, classifier, KEPT + 3)
    assert {one.version for one in versions(tmp_path)} == set(named[-KEPT:])
    assert {path.name for path in tmp_path.glob("weights-*")} == {f"weights-{name}.npz" for name in named[-KEPT:]}


def test_what_is_used_never_makes_room(tmp_path: Path, classifier: Classifier) -> None:
    """However many challengers come after it, nor does the version to roll back to."""
    first, second = filled(tmp_path, classifier, 2)
    for number in range(10, 10 + KEPT + 2):
        save(tmp_path, variant(classifier, number), None, activate=False)
    assert {first, second} <= {one.version for one in versions(tmp_path)}
    assert load(tmp_path).version == second
    assert roll_back(tmp_path) == first


def test_encoders_are_shared_and_go_with_their_last_version(
    tmp_path: Path, two_step_folder: Path, classifier: Classifier
) -> None:
    """Versions with the same encoder have one copy of it."""
    both = load(two_step_folder)
    filled(tmp_path, both, 2)
    assert len(list(tmp_path.glob("encoder-*"))) == 1
    filled(tmp_path, classifier, KEPT + 1)
    assert not list(tmp_path.glob("encoder-*"))


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


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_damaged_examples_are_refused(tmp_path: Path, classifier: Classifier, damage: str) -> None:
    """The model still answers; only its reasons are gone."""
    save(tmp_path, classifier, None, examples=[Example(row=0, label="repair", text="it leaks")])
    [file] = tmp_path.glob("examples-*")
    file.write_text(file.read_text().replace("leaks", "bleaks")) if damage == "changed" else file.unlink()
    with pytest.raises(ModelError, match="train"):
        load_examples(tmp_path)
    assert load(tmp_path).labels == classifier.labels


@pytest.mark.parametrize("file", ["encoder.onnx", "encoder.json", "tokenizer.json"])
def test_a_damaged_encoder_is_refused(tmp_path: Path, two_step_folder: Path, file: str) -> None:
    """A graph of other bytes, or one that is gone."""
    save(tmp_path, load(two_step_folder), None)
    [folder] = tmp_path.glob("encoder-*")
    target = folder / file
    content = target.read_bytes()
    target.unlink()  # a link to the encoder that other tests use
    if file == "encoder.onnx":
        target.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ModelError, match="train"):
        load(tmp_path)


def test_a_damaged_version_cannot_be_activated(tmp_path: Path, classifier: Classifier) -> None:
    """The one in use stays, and a manifest that cannot be read is no version."""
    first, second = filled(tmp_path, classifier, 2)
    (tmp_path / f"weights-{first}.npz").write_bytes(b"PK")
    with pytest.raises(ModelError, match="damaged"):
        roll_back(tmp_path)
    assert load(tmp_path).version == second
    (tmp_path / VERSIONS / f"{first}.json").write_text("{")
    assert [one.version for one in versions(tmp_path)] == [second]


def test_a_broken_manifest_does_not_stop_a_new_training(tmp_path: Path, classifier: Classifier) -> None:
    """The way out of every damage is to train again."""
    filled(tmp_path, classifier, 1)
    (tmp_path / MANIFEST).write_text("{")
    version = save(tmp_path, variant(classifier, 5), None)
    assert load(tmp_path).version == version
