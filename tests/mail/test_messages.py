"""Every oddity in tests/messages is read as the .json beside it says."""

import json
from pathlib import Path

import pytest

from mail.reading import read_message

FOLDER = Path(__file__).parent.parent / "messages"
ODDITIES = sorted(FOLDER.glob("*.eml"))


@pytest.mark.parametrize("path", ODDITIES, ids=lambda path: path.stem)
def test_oddity_is_read_as_expected(path: Path) -> None:
    """The fields named in the .json have exactly these values."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    read = json.loads(read_message(path.read_bytes()).model_dump_json())
    assert {name: read[name] for name in expected} == expected


def test_each_oddity_has_its_expectation() -> None:
    """No message without a .json, no .json without a message."""
    assert {path.stem for path in FOLDER.glob("*.json")} == {path.stem for path in ODDITIES}
    assert len(ODDITIES) >= 25
