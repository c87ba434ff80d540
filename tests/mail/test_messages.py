"""Every oddity in tests/messages is read as the .json beside it says."""

import json
from pathlib import Path
from typing import Any

import pytest

from mail.reading import read_message

FOLDER = Path(__file__).parent.parent / "messages"
ODDITIES = sorted(FOLDER.glob("*.eml"))


@pytest.mark.parametrize("path", ODDITIES, ids=lambda path: path.stem)
def test_oddity_is_read_as_expected(path: Path) -> None:
    """The fields named in the .json, at any depth, have exactly these values."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    read = json.loads(read_message(path.read_bytes()).model_dump_json())
    assert of_shape(read, expected) == expected


def of_shape(read: Any, expected: Any) -> Any:
    """`read` without the fields that `expected` does not name."""
    if isinstance(read, dict) and isinstance(expected, dict):
        return {name: of_shape(read[name], value) for name, value in expected.items()}
    if isinstance(read, list) and isinstance(expected, list) and len(read) == len(expected):
        return [of_shape(*pair) for pair in zip(read, expected, strict=True)]
    return read


def test_each_oddity_has_its_expectation() -> None:
    """No message without a .json, no .json without a message."""
    assert {path.stem for path in FOLDER.glob("*.json")} == {path.stem for path in ODDITIES}
    assert len(ODDITIES) >= 25
