"""A file that several write at once is always one of those that they wrote."""

import os
import stat
import threading
from pathlib import Path

import pytest

from ml.small.whole_files import write_whole

CONTENTS = [bytes([letter]) * 300_000 for letter in b"abc"]


def test_writers_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    """None fails, no reader sees a mixture, and nothing is left beside it."""
    path, troubles, read = tmp_path / "model.json", list[OSError](), set[bytes]()
    write_whole(path, CONTENTS[0])

    def write(content: bytes) -> None:
        try:
            for _ in range(40):
                write_whole(path, content)
        except OSError as error:
            troubles.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in CONTENTS]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        read.add(path.read_bytes())
    assert not troubles
    assert read <= set(CONTENTS)
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no half of what was meant."""
    path = tmp_path / "model.json"
    write_whole(path, b"old")

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_of_ones_own_takes_the_place_of_an_open_one_and_of_a_link(tmp_path: Path) -> None:
    """What others could read they read no longer, and what a link led to is not written over."""
    path, target = tmp_path / "rows.jsonl", tmp_path / "precious"
    path.touch(0o644)
    write_whole(path, b"mail", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    target.write_bytes(b"precious")
    path.unlink()
    path.symlink_to(target)
    write_whole(path, b"mail", mode=0o600)
    assert target.read_bytes() == b"precious"
    assert path.read_bytes() == b"mail"
