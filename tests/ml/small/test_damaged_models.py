"""No answer from half a model, nor from one that is not what it says; training again is the way out."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ml.small.classifier import Classifier
from ml.small.encoder.embedding import GRAPH
from ml.small.encoder.preparing import encoder_named
from ml.small.manifest import MANIFEST, VERSIONS, read_manifest, versions
from ml.small.registry import load, load_examples, roll_back, save
from ml.small.training import train
from ml.small.weights import copy_encoder, whole_encoder
from ml.small.why.examples import Example
from models.errors import ModelError
from tests.ml.small.factories import labelled
from tests.ml.small.tiny_bert import tiny_bert
from tests.ml.small.versions import filled, variant


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_damaged_examples_are_refused(tmp_path: Path, classifier: Classifier, damage: str) -> None:
    """The model still answers; only its reasons are gone."""
    save(tmp_path, classifier, None, examples=[Example(row=0, label="repair", text="it leaks")])
    [file] = tmp_path.glob("examples-*")
    file.write_text(file.read_text().replace("leaks", "bleaks")) if damage == "changed" else file.unlink()
    with pytest.raises(ModelError, match="train"):
        load_examples(tmp_path)
    assert load(tmp_path).labels == classifier.labels


CHANGES = [
    ('"passes":', '"passes":1'),
    ('"billing":', '"billing":1'),
    ('"scales":[', '"scales":[9'),
    ('"labels":["billing",', '"labels":['),
    ('"suggests":false', '"suggests":true'),
    ('"null":3', '"null":2'),
]


@pytest.mark.parametrize(("part", "changed"), CHANGES)
@pytest.mark.parametrize("named", [True, False])
def test_whatever_decides_an_answer_is_covered(
    tmp_path: Path, two_step_folder: Path, part: str, changed: str, named: bool
) -> None:
    """A manifest of other thresholds or categories is refused, by name and in use."""
    version = save(tmp_path, load(two_step_folder), None)
    path = tmp_path / VERSIONS / f"{version}.json" if named else tmp_path / MANIFEST
    text = read_manifest(tmp_path).model_dump_json()
    assert part in text
    path.write_text(text.replace(part, changed))
    with pytest.raises(ModelError, match=r"is damaged .* train it again"):
        load(tmp_path, version if named else "")


def test_another_version_under_its_name_is_refused(tmp_path: Path, classifier: Classifier) -> None:
    """Whole as it is; nor is it listed."""
    first, second = filled(tmp_path, classifier, 2)
    shutil.copyfile(tmp_path / VERSIONS / f"{first}.json", tmp_path / VERSIONS / f"{second}.json")
    with pytest.raises(ModelError, match="damaged"):
        load(tmp_path, second)
    assert [one.version for one in versions(tmp_path)] == [first]


@pytest.mark.parametrize("labels", [("billing", "repair"), ("a", "b", "c", "d", "e")])
def test_weights_of_another_number_of_categories_are_refused(
    tmp_path: Path, classifier: Classifier, labels: tuple[str, ...]
) -> None:
    """Where they do not fit the manifest, no mail is sorted wrongly or half."""
    save(tmp_path, replace(classifier, labels=labels), None)
    with pytest.raises(ModelError, match=r"bias has the shape|weights has the shape"):
        load(tmp_path)


@pytest.mark.parametrize(("file", "part", "changed"), [
    ("encoder.json", '"mean"', '"cls"'),
    ("tokenizer.json", '"Lowercase"', '"NFC"'),
    ("tuned.json", "", '{"base":"x","rows":0,"epochs":1,"seed":0,"seen":[]}'),
])  # fmt: skip
def test_an_encoder_that_reads_otherwise_is_refused(
    tmp_path: Path, two_step_folder: Path, file: str, part: str, changed: str
) -> None:
    """Each would still run, and give other vectors or other figures."""
    save(tmp_path, load(two_step_folder), None)
    [folder] = tmp_path.glob("encoder-*")
    content = (folder / file).read_text() if part else ""
    assert part in content
    (folder / file).unlink(missing_ok=True)
    (folder / file).write_text(content.replace(part, changed, 1))
    with pytest.raises(ModelError, match=r"is damaged .* train the model again"):
        load(tmp_path)


def test_training_again_repairs_an_encoder(tmp_path: Path, two_step_folder: Path) -> None:
    """As the message advises; half a copy of a crash is no hindrance, and goes in time."""
    whole = load(two_step_folder)
    version = save(tmp_path, whole, None)
    [folder] = tmp_path.glob("encoder-*")
    (folder / GRAPH).unlink()
    (folder / GRAPH).write_bytes(b"nonsense")
    half = folder.with_name(f"{folder.name}.0a1b2c3d.part")
    half.mkdir()
    os.utime(half, (0, 0))
    with pytest.raises(ModelError):
        load(tmp_path)
    assert save(tmp_path, whole, None) == version
    assert load(tmp_path).version == version
    assert [path.name for path in tmp_path.glob("encoder-*")] == [folder.name]


def test_damage_that_the_cache_shares_is_repaired_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link in the model folder and the file in the cache are one: the encoder is made ready anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source, folder = str(tiny_bert(tmp_path / "source")), tmp_path / "model"
    train(labelled(10), folder, encoder=encoder_named(source))
    [graph] = folder.glob("encoder-*/encoder.onnx")
    with graph.open("r+b") as file:
        file.write(b"nonsense")
    with pytest.raises(ModelError, match="train"):
        load(folder)
    train(labelled(10), folder, encoder=encoder_named(source))
    assert load(folder).second


def test_an_encoder_damaged_while_training_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model in use stays, and the next training finds a whole one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source, folder = str(tiny_bert(tmp_path / "source")), tmp_path / "model"
    used = train(labelled(10), folder).version
    encoder = encoder_named(source)
    assert encoder
    with (encoder.folder / GRAPH).open("r+b") as file:
        file.write(b"nonsense")
    with pytest.raises(ModelError, match="train the model again"):
        train(labelled(10), folder, encoder=encoder)
    assert load(folder).version == used
    assert not list(folder.glob("encoder-*"))


def test_a_copy_that_is_not_what_was_meant_is_not_put_in_place(tmp_path: Path, two_step_folder: Path) -> None:
    """Nothing is left of it."""
    said = read_manifest(two_step_folder).second
    assert said
    with pytest.raises(ModelError, match="changed meanwhile"):
        copy_encoder(two_step_folder / said.encoder, tmp_path, said.model_copy(update={"sha256": "0" * 64}))
    assert not list(tmp_path.iterdir())


def test_trainings_at_once_share_an_encoder(tmp_path: Path, two_step_folder: Path) -> None:
    """Whoever comes second finds it there, and nothing half done is left."""
    said = read_manifest(two_step_folder).second
    assert said
    with ThreadPoolExecutor(8) as threads:
        copies = [threads.submit(copy_encoder, two_step_folder / said.encoder, tmp_path, said) for _ in range(24)]
    assert not [copy for copy in copies if copy.exception()]
    assert [path.name for path in tmp_path.iterdir()] == [said.encoder]
    assert whole_encoder(tmp_path, said) == tmp_path / said.encoder


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
