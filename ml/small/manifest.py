"""What a model folder says of its versions: one manifest each, which names the version's files with their hashes."""

import re
from datetime import date
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json

from ml.small.calibration import Calibration
from ml.small.weights import SecondStep
from models.drift import Reference
from models.errors import ModelError, ModelNotTrained, NotFound
from models.record import Record, canonical_hash

FORMAT = 4
MANIFEST, VERSIONS = "model.json", "versions"
REPORT, PAGE, SUSPECTS = "report.json", "report.html", "suspects.jsonl"
"""Of the version in use they lie beside `model.json`; of each they lie in its own folder under VERSIONS."""

_VERSION = re.compile(r"[0-9a-f]{12}")


class Manifest(Record):
    """What `model.json` holds. `sha256` is that of the weights file; `parent` the version that was used before.

    `earlier` are all that were ever in use and still lie there: the others are challengers.
    """

    format: int
    version: str
    labels: tuple[str, ...]
    calibration: Calibration
    thresholds: dict[str, dict[str, float]]
    second: SecondStep | None
    weights: str
    sha256: str
    trained: date | None
    scikit_learn: str
    parent: str = ""
    earlier: tuple[str, ...] = ()
    examples: str = ""
    """File with a line of each labelled mail that the model compares with; none where it compares with none."""
    examples_sha256: str = ""
    learned_from: str = ""
    """File of the labelled mail that it was trained on, see `ml.small.learning.kept_rows`."""
    rows: int = 0
    accuracy: float | None = None
    """Cross-validated, in [0, 1]."""
    reference: Reference | None = None
    """What the stream of mail is compared with; None for a model that was not measured."""
    suggests: bool = False


DECIDES = {"labels", "calibration", "thresholds", "second", "sha256", "suggests"}
"""What of a manifest decides an answer; weights and encoder do so by their hashes."""


def version_of(manifest: Manifest) -> str:
    """The name that a manifest must bear: a hash over all that decides an answer, so that a yes binds to all of it."""
    return canonical_hash(manifest.model_dump(mode="json", include=DECIDES))[:12]


def read_manifest(folder: Path, version: str = "") -> Manifest:
    """Of the model in use, or of `version`. Raises ModelNotTrained, NotFound or ModelError."""
    path = folder / VERSIONS / f"{version}.json" if version else folder / MANIFEST
    try:
        if version and not _VERSION.fullmatch(version):
            raise FileNotFoundError
        raw = path.read_bytes()
    except FileNotFoundError as error:
        if version:
            known = ", ".join(one.version for one in versions(folder)) or "none"
            raise NotFound(f"no version {version[:40]!a} of the model in {folder}; there are: {known}") from error
        raise ModelNotTrained(
            f"no model in {folder}: run `mailstage train --data labelled.jsonl --out {folder}`"
        ) from error
    except OSError as error:
        raise ModelError(f"the model in {folder} cannot be read: train it again ({brief(error)})") from error
    try:
        found = from_json(raw)
        if isinstance(found, dict) and found.get("format") != FORMAT:
            raise ModelError(f"the model in {folder} has format {found.get('format')}, not {FORMAT}: train it again")
        return Manifest.model_validate_json(raw)
    except ValueError as error:
        raise ModelError(f"the model in {folder} cannot be read: train it again ({brief(error)})") from error


def report_folder(folder: Path, version: str) -> Path:
    """Where the training report of a version lies."""
    return folder / VERSIONS / version


def versions(folder: Path) -> list[Manifest]:
    """All that are on disk, the newest first; one that cannot be read, or lies under another's name, is left out."""
    found = []
    for path in sorted((folder / VERSIONS).glob("*.json"), key=lambda path: -path.stat().st_mtime_ns):
        try:
            one = Manifest.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
        if one.version == path.stem:
            found.append(one)
    return found


def brief(error: Exception) -> str:
    """Of what an error says, or its type where it says nothing."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
