"""What every test stands on: no host but this machine, and a Prefect that belongs to the test session."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from cli.engine import QUIET

# before any import of Prefect, which reads its settings once
os.environ.update(
    QUIET, MAILSTAGE_LOG="warning", PREFECT_API_URL="", PREFECT_HOME=tempfile.mkdtemp(prefix="mailstage-prefect-")
)
os.environ.pop("MAILSTAGE_CONFIG", None)

from tests.company import Company, learned, open_company

LOCAL = ("127.", "localhost", "::1", "0.0.0.0")


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to any other host fails at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOCAL):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """One temporary Prefect server for all flow tests."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=240):
        yield


@pytest.fixture(scope="session")
def learned_data(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The example's model and knowledge, learned once for all tests and all workers of pytest-xdist."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "learned"
    whole = folder.with_suffix(".whole")
    with FileLock(folder.with_suffix(".lock")):
        if not whole.exists():
            learned(folder)
            whole.touch()
    return folder


@pytest.fixture
def company(tmp_path: Path, learned_data: Path) -> Iterator[Company]:
    """The example company with empty inboxes."""
    with open_company(tmp_path, learned_data) as opened:
        yield opened
