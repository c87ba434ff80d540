"""A model folder that somebody signed anew: every hash is right, and what it says cannot be. One line, no traceback."""

import hashlib
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from ml.small.classifier import Classifier
from ml.small.manifest import MANIFEST, Manifest, read_manifest, version_of
from ml.small.registry import activate, load, load_examples, save
from ml.small.removal import tidy
from models.errors import ModelError, NotFound

pytestmark = pytest.mark.filterwarnings("error")
Said = dict[str, Any]
Arrays = dict[str, Any]


def signed(folder: Path, change: Callable[[Said], None]) -> None:
    """The manifest changed, under the version that its content asks for."""
    said = json.loads((folder / MANIFEST).read_bytes())
    change(said)
    said["version"] = version_of(Manifest.model_validate_json(json.dumps(said)))
    (folder / MANIFEST).write_text(json.dumps(said))


def weighed(folder: Path, content: bytes) -> None:
    """Other bytes in place of the weights, hash and version made right."""
    (folder / read_manifest(folder).weights).write_bytes(content)
    signed(folder, lambda said: said.update(sha256=hashlib.sha256(content).hexdigest()))


def arrays(folder: Path, change: Callable[[Arrays], None]) -> bytes:
    with np.load(folder / read_manifest(folder).weights) as stored:
        found = dict(stored)
    change(found)
    buffer = BytesIO()
    np.savez(buffer, **found)
    return buffer.getvalue()


def refused(folder: Path) -> str:
    with pytest.raises(ModelError, match="train") as caught:
        load(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path, two_step_folder: Path) -> Path:
    save(tmp_path, load(two_step_folder), None)
    return tmp_path


def test_what_was_signed_as_it_was_is_read(folder: Path) -> None:
    """The ways to tamper that are used here leave a sound model sound."""
    weighed(folder, arrays(folder, lambda _: None))
    assert load(folder).second


def declared(shape: tuple[int, ...], content: bytes = b"") -> bytes:
    """One array as NumPy writes it, its size a lie."""
    buffer = BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return buffer.getvalue() + content


def zipped(**files: bytes) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04pickle",
        b"PK\x03\x04",
        b"\x93NUMPY\x01\x00",
        zipped(buckets=declared((10**13,))),
        zipped(buckets=declared((4,), b"xx")),
        zipped(buckets=b"\x93NUMPY\x01\x00\x10\x00{'descr': 1+1}  \n"),
    ],
)
def test_what_is_no_file_of_arrays_is_refused(folder: Path, content: bytes) -> None:
    """Empty, another format, cut off, or larger than any memory."""
    weighed(folder, content)
    assert "weights" in refused(folder)


@pytest.mark.parametrize("name", ["weights", "bias", "idf", "kernel", "references"])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(folder: Path, name: str, number: float) -> None:
    """They would make no probability."""
    weighed(folder, arrays(folder, lambda found: found[name].__setitem__(0, number)))
    assert "not all finite" in refused(folder)


@pytest.mark.parametrize("name", ["buckets", "targets"])
@pytest.mark.parametrize("number", [-1, 10**6 + 10**9])
def test_places_that_there_are_not_are_refused(folder: Path, name: str, number: int) -> None:
    """A negative one would be another's."""
    weighed(folder, arrays(folder, lambda found: found[name].__setitem__(0, number)))
    assert name in refused(folder) or "out of bounds" in refused(folder)


def thresholds(value: Any) -> Callable[[Said], None]:
    def change(said: Said) -> None:
        said["thresholds"]["0.95"]["billing"] = value

    return change


CHANGES: dict[str, Callable[[Said], None]] = {
    "a threshold under 0": thresholds(-5),
    "a threshold over 1": thresholds(7),
    "a threshold that is no number": thresholds("NaN"),
    "no thresholds": lambda said: said.update(thresholds={}),
    "none of one precision": lambda said: said["thresholds"].pop("0.99"),
    "a label twice": lambda said: said["labels"].__setitem__(0, said["labels"][1]),
    "one scale for two steps": lambda said: said["second"]["calibration"].update(scales=[1.0]),
    "a scale that makes all certain": lambda said: said["calibration"].update(scales=[1e308]),
    "an infinite scale": lambda said: said["calibration"].update(scales=["Infinity"]),
    "a curve of two lengths": lambda said: said["calibration"].update(curve={"said": [0, 1], "holds": [1]}),
    "a curve that falls": lambda said: said["calibration"].update(curve={"said": [1, 0], "holds": [0, 1]}),
    "a curve beyond 1": lambda said: said["calibration"].update(curve={"said": [0, 1], "holds": ["NaN", 1]}),
    "signs of another number": lambda said: said["calibration"]["novelty"].update(weights=[1.0]),
    "a sign without a scale": lambda said: said["calibration"]["novelty"]["scale"].__setitem__(0, 0),
    "no step at all": lambda said: said["second"].update(passes="NaN"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_manifest_that_cannot_be_is_refused(folder: Path, change: Callable[[Said], None]) -> None:
    """Before any mail is read with it."""
    signed(folder, change)
    assert "cannot be used: train it again (" in refused(folder)


@pytest.mark.parametrize("content", ["[" * 200_000, '{"format":' + "9" * 10_000 + "}", "[]", "null", "\x00"])
def test_a_manifest_that_is_no_record_is_refused(folder: Path, content: str) -> None:
    """However deep or large."""
    (folder / MANIFEST).write_text(content)
    refused(folder)


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "..", "~", "x" * 5_000, "\x1b[2J"])
def test_a_name_that_no_version_has_is_not_found(folder: Path, name: str) -> None:
    """Nor does it reach the terminal as it is."""
    with pytest.raises(NotFound, match="there are: ") as caught:
        activate(folder, name)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("field", ["weights", "examples"])
def test_a_file_that_has_no_name_is_refused(folder: Path, classifier: Classifier, field: str) -> None:
    """The names of files are no part of what is signed."""
    save(folder, classifier, None)
    said = json.loads((folder / MANIFEST).read_bytes()) | {field: "a\x00b"}
    (folder / MANIFEST).write_text(json.dumps(said))
    with pytest.raises(ModelError, match="cannot be read"):
        (load if field == "weights" else load_examples)(folder)
    tidy(folder)
