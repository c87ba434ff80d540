"""The reviewer UI as a process: what is decided there leaves in the background, whatever goes wrong beside it."""

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import mail.smtp.sending
from cli.serve import Desk
from models.outbox import OutboxState
from models.review import Decision, Outcome, Review
from tests.flows.test_deploy import ROOT, until
from tests.office import Office, open_office

SETTINGS = """
[company]
name = "Kestrel Grove"

[mailboxes.support]
address = "support@kestrelgrove.example"
imap = { host = "127.0.0.1", port = 1, tls = "none" }
smtp = { host = "127.0.0.1", port = 1, tls = "none" }
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    desk = Desk(office.place)
    desk.start()
    yield desk
    desk.stop()


def yes(review: Review) -> Decision:
    return Decision(review_id=review.id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash=review.shown_hash)


def test_a_decision_is_delivered_in_the_background(office: Office, desk: Desk) -> None:
    """The reply leaves and its copy is filed, while the browser has its answer already."""
    desk.decide(yes(office.ask()))
    until(lambda: office.in_sent(), 20, "a copy in Sent")
    assert office.count(OutboxState.SENT) == 1
    assert len(office.servers.wire) == 1


def test_deciding_does_not_wait_for_smtp(office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow server slows nobody's click, and what is decided meanwhile goes out too."""
    answer, original = threading.Event(), mail.smtp.sending.send

    def slow(*args: Any, **kwargs: Any) -> Any:
        assert answer.wait(30)
        return original(*args, **kwargs)

    monkeypatch.setattr("tasks.send.send", slow)
    first, second = office.ask("ada1@example.com"), office.ask("ada2@example.com")
    desk.decide(yes(first))
    until(lambda: office.count(OutboxState.CLAIMED) == 1, 20, "a reply at the server")
    desk.decide(yes(second))
    assert office.servers.wire == []
    answer.set()
    until(lambda: len(office.servers.wire) == 2, 20, "both replies on the wire")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_delivery_that_fails_unexpectedly_is_not_the_last(
    office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw ends one delivery; the next decision is delivered, the failed one with it."""
    failed = threading.Event()

    def broken(*_args: Any, **_kwargs: Any) -> None:
        failed.set()
        raise ZeroDivisionError("a bug")

    first, second = office.ask("ada1@example.com"), office.ask("ada2@example.com")
    with monkeypatch.context() as patched:
        patched.setattr("tasks.deliver.send_replies", broken)
        desk.decide(yes(first))
        assert failed.wait(20)
    desk.decide(yes(second))
    until(lambda: len(office.servers.wire) == 2, 20, "both replies on the wire")


@contextmanager
def served(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """`mailstage serve`, and where its output lies."""
    (folder / "mailstage.toml").write_text(SETTINGS, encoding="utf-8")
    log = folder / "serve.log"
    command = [sys.executable, "-m", "cli", "serve", "--port", str(port), "-c", str(folder / "mailstage.toml")]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(os.environ), stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True
        )
        try:
            yield process, log
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(20)


def link_in(log: Path) -> str:
    found = re.search(r"http://\S+", log.read_text(encoding="utf-8"))
    return found[0] if found else ""


def test_serve_prints_a_link_answers_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    """On a port of its own choosing; the link leads to it, and the end is quiet."""
    with served(tmp_path, 0) as (process, log):
        link = until(lambda: link_in(log), 60, "the sign-in link")
        base = re.match(r"http://127\.0\.0\.1:\d+", link)
        assert base, link
        until(lambda: answers(f"{base[0]}/healthz"), 30, "an answer")
        with urllib.request.urlopen(link, timeout=10) as page:
            assert page.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, 130)
        assert "Traceback" not in log.read_text(encoding="utf-8")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as page:
            return bool(page.status == 200)
    except OSError:
        return False


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    """The line says how to choose another."""
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with served(tmp_path, other.getsockname()[1]) as (process, log):
            assert process.wait(60) == 1
            (line,) = log.read_text(encoding="utf-8").strip().splitlines()
            assert "--port" in line
