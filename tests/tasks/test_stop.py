"""A run that is asked to end: at a point where nothing is half done, and never with a reply on the wire."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mail.smtp.sending import send
from models.outbox import OutboxState
from tasks.send import send_replies
from tasks.stop import Stopped, StopSign, stop_if_asked
from tests.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


def test_a_reply_on_the_wire_is_waited_for_and_the_next_not_begun(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is sent and known to be sent; the second stays queued for the next run."""
    office.approve("ada1@example.com")
    office.approve("ada2@example.com")
    sending, answer = threading.Event(), threading.Event()

    def slow(*args: Any, **more: Any) -> Any:
        sending.set()
        assert answer.wait(20)
        return send(*args, **more)

    monkeypatch.setattr("tasks.send.send", slow)
    sign = StopSign()

    def run() -> None:
        with sign.obeyed():
            send_replies(office.place, "support")

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        assert sending.wait(20)
        sign.ask()
        assert not sign.wait_for_the_wire(0.1)
        answer.set()
        assert sign.wait_for_the_wire(20)
        with pytest.raises(Stopped):
            running.result(20)
    assert office.reached() == ["ada1@example.com"]
    assert office.count(OutboxState.SENT) == 1
    assert office.count(OutboxState.QUEUED) == 1


def test_a_run_that_nobody_asks_goes_on() -> None:
    """Also outside of any watch, where there is no sign at all."""
    stop_if_asked()
    sign = StopSign()
    with sign.obeyed():
        stop_if_asked()
        sign.ask()
        with pytest.raises(Stopped):
            stop_if_asked()
    stop_if_asked()
