"""The copy in Sent: one, however many runs are at it and wherever one of them dies."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mail.imap.session import ImapSession
from tasks.reconcile import reconcile
from tests.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


def test_two_runs_at_once_file_one_copy(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The web UI and a scheduled run often deliver at the same moment."""
    office.approve()
    office.send()
    both, append = threading.Barrier(2, timeout=1.0), ImapSession.append_sent

    def slowly(session: ImapSession, *args: Any) -> None:
        # the second run, if it came this far too, would file its copy at the same time
        try:
            both.wait()
        except threading.BrokenBarrierError:
            append(session, *args)
        else:
            append(session, *args)

    monkeypatch.setattr(ImapSession, "append_sent", slowly)
    runs = [threading.Thread(target=reconcile, args=(office.place, "support")) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(office.in_sent()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_around_the_append_leaves_one_copy(
    office: Office, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The next run finds it by its Message-ID, or files it, once the dead run's hold has run out."""
    office.approve()
    office.send()
    append = ImapSession.append_sent

    def dying(session: ImapSession, *args: Any) -> None:
        if when == "after":
            append(session, *args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ImapSession, "append_sent", dying)
        with pytest.raises(KeyboardInterrupt):
            reconcile(office.place, "support")
    assert reconcile(office.place, "support") == 0, "another run may still be at it"
    office.inbox.clock.forward(seconds=46)
    assert reconcile(office.place, "support") == 1
    assert len(office.in_sent()) == 1
