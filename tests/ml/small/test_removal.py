"""What goes from a model folder, and what never does."""

import os
import shutil
from pathlib import Path

import pytest

from ml.small.classifier import Classifier
from ml.small.manifest import VERSIONS, read_manifest, versions
from ml.small.registry import activate, forget_others, load, roll_back, save
from ml.small.removal import KEPT
from ml.small.training import train
from models.errors import ModelError, NotFound
from tests.ml.small.factories import labelled
from tests.ml.small.versions import filled, variant


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


def test_a_challenger_is_not_pushed_out_by_later_trainings(tmp_path: Path, classifier: Classifier) -> None:
    """A person may be asked about it; of challengers themselves the newest stay."""
    save(tmp_path, variant(classifier, 0), None)
    waiting = save(tmp_path, variant(classifier, 50), None, activate=False)
    for number in range(1, KEPT + 3):
        save(tmp_path, variant(classifier, number), None)
    assert load(tmp_path, waiting).version == waiting
    assert len(versions(tmp_path)) == KEPT + 1
    later = [save(tmp_path, variant(classifier, 51 + number), None, activate=False) for number in range(KEPT)]
    known = {one.version for one in versions(tmp_path)}
    assert waiting not in known
    assert set(later) < known


def test_a_challenger_counts_as_used_once_it_was(tmp_path: Path, classifier: Classifier) -> None:
    """It then goes as those do that were in use."""
    waiting = save(tmp_path, variant(classifier, 50), None, activate=False)
    activate(tmp_path, waiting)
    filled(tmp_path, classifier, KEPT)
    assert waiting not in {one.version for one in versions(tmp_path)}


THEIRS = ("rows-x.jsonl", "examples-2026.jsonl", "weights-mine.npz", "rows-0123456789abcdef.txt")


def foreign_files(folder: Path) -> list[Path]:
    """Of the user, in the very folder that the model is written to."""
    (folder / "encoder-mine").mkdir(parents=True)
    found = [folder / name for name in THEIRS] + [folder / "encoder-mine" / "notes.txt"]
    for path in found:
        path.write_text("mine")
    return found


def test_files_of_the_user_are_never_removed(tmp_path: Path, classifier: Classifier) -> None:
    """`train --data rows-x.jsonl --out .` must not destroy what it learns from."""
    theirs = foreign_files(tmp_path)
    filled(tmp_path, classifier, KEPT + 3)
    forget_others(tmp_path)
    assert all(path.read_text() == "mine" for path in theirs)


@pytest.mark.parametrize("name", ["..", "../rows-0123456789abcdef.jsonl", "model.json", ""])
def test_a_manifest_can_name_no_file_of_others(tmp_path: Path, classifier: Classifier, name: str) -> None:
    """Whatever an old one says, only names that Mailstage gives are removed."""
    folder, theirs = tmp_path / "model", tmp_path / "rows-0123456789abcdef.jsonl"
    first, *_ = filled(folder, classifier, KEPT)
    theirs.write_text("mine")
    path = folder / VERSIONS / f"{first}.json"
    forged = read_manifest(folder, first).model_copy(update={"learned_from": name, "examples": name})
    path.write_text(forged.model_dump_json())
    os.utime(path, (0, 0))
    newest = save(folder, variant(classifier, 50), None)
    assert not path.exists()
    assert load(folder).version == newest
    assert theirs.read_text() == "mine"


HALF_DONE = (
    "rows-0123456789abcdef.jsonl.part",
    "rows-0123456789abcdef.jsonl.0a1b2c3d.part",
    "suspects.jsonl.0a1b2c3d.part",
    "versions/0123456789ab.json.0a1b2c3d.part",
    "versions/VERSION/suspects.jsonl.0a1b2c3d.part",
)


def test_what_a_killed_training_left_goes_once_nobody_can_be_writing_it(tmp_path: Path, classifier: Classifier) -> None:
    """It may hold mail; what another training has just begun stays, and so does what only looks like it."""
    [version] = filled(tmp_path, classifier, 1)
    (tmp_path / VERSIONS / version).mkdir()
    halves = [tmp_path / name.replace("VERSION", version) for name in HALF_DONE]
    begun, theirs = tmp_path / f"{HALF_DONE[1]}".replace("0a1b", "ffff"), tmp_path / "notes.jsonl.0a1b2c3d.part"
    for path in (*halves, begun, theirs):
        path.write_text("half a file")
        os.utime(path, None if path == begun else (0, 0))
    save(tmp_path, variant(classifier, 50), None)
    assert not [path for path in halves if path.exists()]
    assert begun.exists()
    assert theirs.exists()


def test_to_forget_leaves_the_version_in_use_alone(tmp_path: Path) -> None:
    """Of mail that others learned from nothing is left, whatever a crash or an older Mailstage left behind."""
    for count in (10, 11):
        train(labelled(count), tmp_path)
    train(labelled(13), tmp_path, activate=False)
    version = train(labelled(12), tmp_path).version
    alone = tmp_path / "alone"
    train(labelled(12), alone)
    for name in HALF_DONE:
        (tmp_path / name.replace("VERSION", version)).write_text("half a file")
    (tmp_path / "encoder-0123456789ab.old").mkdir()
    (tmp_path / VERSIONS / "0123456789ab.json").write_text('{"format": 1}')
    forget_others(tmp_path)
    assert load(tmp_path).version == version
    names = {str(path.relative_to(alone)) for path in alone.rglob("*")}
    shutil.rmtree(alone)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")} == names
    with pytest.raises(NotFound):
        roll_back(tmp_path)


def test_a_damaged_model_keeps_its_way_back(tmp_path: Path, classifier: Classifier) -> None:
    """Nothing is forgotten then."""
    first, second = filled(tmp_path, classifier, 2)
    (tmp_path / f"weights-{second}.npz").write_bytes(b"PK")
    with pytest.raises(ModelError, match="damaged"):
        forget_others(tmp_path)
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
