"""Trained models on disk: a folder holds several versions, and `model.json` names the one that is used.

Each file is named in its version's manifest with its hash.
`model.json` is replaced last and in one step: a crash at any line leaves either the old model or the new one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ml.small.classifier import Classifier
from ml.small.labelled import LabelledMail
from ml.small.learning.kept_rows import packed_rows
from ml.small.manifest import (
    FORMAT,
    MANIFEST,
    PAGE,
    REPORT,
    SUSPECTS,
    VERSIONS,
    Manifest,
    brief,
    read_manifest,
    report_folder,
    version_of,
)
from ml.small.removal import others, remove, tidy
from ml.small.soundness import expect_sound, expect_sound_weights
from ml.small.weights import copy_encoder, packed_weights, second_step, unpacked_weights
from ml.small.whole_files import write_whole
from ml.small.why.examples import Example, packed_examples, unpacked_examples
from models.drift import Reference
from models.errors import MissingExtra, ModelError, NotFound


@dataclass(frozen=True, slots=True)
class Learned:
    """What a model was trained on, how many of it had text, and the cross-validated accuracy."""

    mails: Sequence[LabelledMail]
    rows: int
    accuracy: float
    reference: Reference | None = None


def save(
    folder: Path,
    classifier: Classifier,
    trained: date | None,
    *,
    examples: Sequence[Example] = (),
    learned: Learned | None = None,
    activate: bool = True,
) -> str:
    """Writes a version into the model folder and returns its name: a hash over everything that decides an answer."""
    from sklearn import __version__ as scikit_learn

    weights = packed_weights(classifier)
    shown = packed_examples(examples)
    learned_from, mails = packed_rows(learned.mails) if learned else ("", b"")
    try:
        second = second_step(classifier.second) if classifier.second else None
    except OSError as error:
        raise ModelError(f"the encoder cannot be read: train the model again ({brief(error)})") from error
    draft = Manifest(
        format=FORMAT,
        version="",
        labels=classifier.labels,
        calibration=classifier.calibration,
        thresholds={wished: dict(cuts) for wished, cuts in classifier.thresholds.items()},
        second=second,
        weights="",
        sha256=hashlib.sha256(weights).hexdigest(),
        trained=trained,
        scikit_learn=scikit_learn,
        examples_sha256=hashlib.sha256(shown).hexdigest() if shown else "",
        learned_from=learned_from,
        rows=learned.rows if learned else 0,
        accuracy=learned.accuracy if learned else None,
        reference=learned.reference if learned else None,
        suggests=classifier.suggests,
    )
    # as it will be read: an int where a float is due has another hash
    version = version_of(Manifest.model_validate_json(draft.model_dump_json()))
    files = {"weights": f"weights-{version}.npz", "examples": f"examples-{version}.jsonl" if shown else ""}
    manifest = draft.model_copy(update={"version": version, **files})
    try:
        (folder / VERSIONS).mkdir(parents=True, exist_ok=True)
        if classifier.second and second:
            copy_encoder(classifier.second.encoder.folder, folder, second)
        write_whole(folder / manifest.weights, weights)
        if shown:
            write_whole(folder / manifest.examples, shown, mode=0o600)
        if learned:
            write_whole(folder / learned_from, mails, mode=0o600)
        write_whole(folder / VERSIONS / f"{version}.json", manifest.model_dump_json(indent=1).encode())
        if activate:
            _activate(folder, manifest)
        tidy(folder)
    except OSError as error:
        raise ModelError(f"the model cannot be written to {folder}: {error.strerror or error}") from error
    return version


def load(folder: Path, version: str = "") -> Classifier:
    """The model in use, or `version`, hashes checked. Raises ModelNotTrained where none is, ModelError if broken."""
    manifest = read_manifest(folder, version)
    damaged = f"the model in {folder} is damaged (its hash differs): train it again"
    if manifest.version != version_of(manifest) or version not in ("", manifest.version):
        raise ModelError(damaged)
    try:
        packed = (folder / Path(manifest.weights).name).read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"the weights in {folder} cannot be read: train the model again ({brief(error)})") from error
    if hashlib.sha256(packed).hexdigest() != manifest.sha256:
        raise ModelError(damaged)
    labels = len(manifest.labels) + (manifest.calibration.null is not None)
    try:
        linear, second = unpacked_weights(packed, folder, manifest.second, labels)
        expect_sound_weights(linear, second.model if second else None)
    except (ModelError, MissingExtra):
        raise
    # somebody may have signed any file at all, and zipfile, zlib and NumPy raise a dozen types over one
    except Exception as error:
        raise ModelError(f"the weights in {folder} cannot be read: train the model again ({brief(error)})") from error
    try:
        expect_sound(manifest)
    except ValueError as error:
        raise ModelError(f"the model in {folder} cannot be used: train it again ({brief(error)})") from error
    return Classifier(
        manifest.version,
        manifest.labels,
        linear,
        manifest.calibration,
        manifest.thresholds,
        second,
        manifest.suggests,
    )


def load_examples(folder: Path, version: str = "") -> dict[int, Example]:
    """By row; empty for a model that compares with none. Raises ModelNotTrained, or ModelError if damaged."""
    manifest = read_manifest(folder, version)
    if not manifest.examples:
        return {}
    try:
        lines = (folder / Path(manifest.examples).name).read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"the examples in {folder} cannot be read: train the model again ({brief(error)})") from error
    if hashlib.sha256(lines).hexdigest() != manifest.examples_sha256:
        raise ModelError(f"the examples in {folder} are damaged (their hash differs): train the model again")
    return unpacked_examples(lines)


def activate(folder: Path, version: str) -> None:
    """From now on `version` is used. Raises NotFound, ModelError for one that is damaged, or OSError."""
    load(folder, version)
    _activate(folder, read_manifest(folder, version))


def roll_back(folder: Path) -> str:
    """Back to the version that was used before; returns it. Raises NotFound where there is none."""
    parent = read_manifest(folder).parent
    if not parent:
        raise NotFound(f"no version lies in {folder} that was in use before: there is none to go back to")
    activate(folder, parent)
    return parent


def forget_others(folder: Path) -> None:
    """Leaves the version in use alone, with no way back. Raises OSError, or ModelError before anything is removed."""
    load(folder)
    alone = read_manifest(folder).model_copy(update={"parent": "", "earlier": ()})
    write_whole(folder / MANIFEST, alone.model_dump_json(indent=1).encode())
    remove(others(folder))


def _activate(folder: Path, manifest: Manifest) -> None:
    try:
        used = read_manifest(folder)
    except ModelError:
        used = None
    if used:
        parent = used.parent if used.version == manifest.version else used.version
        before = (one for one in (used.version, *used.earlier) if (folder / VERSIONS / f"{one}.json").is_file())
        earlier = tuple(one for one in dict.fromkeys(before) if one != manifest.version)
        manifest = manifest.model_copy(update={"parent": parent, "earlier": earlier})
    write_whole(folder / MANIFEST, manifest.model_dump_json(indent=1).encode())
    _show_report(folder, manifest.version)


def _show_report(folder: Path, version: str) -> None:
    """What lies beside `model.json` is of the model in use; one that was not measured has no report."""
    for name in (REPORT, PAGE, SUSPECTS):
        source = report_folder(folder, version) / name
        if source.is_file():
            write_whole(folder / name, source.read_bytes(), mode=0o600)
        else:
            (folder / name).unlink(missing_ok=True)
