"""`mailstage watch` as a process: mail is on the road at once, decisions are carried out, and it ends in order."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from cli.status import StatusLine
from mail.imap.session import ImapSession
from models.case import Stage
from models.review import Decision, Outcome, Review, ReviewKind
from models.settings import Tls
from store.reviews import waiting
from store.rollout import EVERYTHING, set_paused
from tasks.decide import decide_review
from tasks.workplace import Workplace
from tests.cases import find_cases
from tests.company import Company
from tests.dovecot import DovecotServer
from tests.flows.test_deploy import ROOT, until

pytestmark = pytest.mark.usefixtures("prefect_server")


class Watching:
    """A running `mailstage watch --json` and the lines it has said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(json.loads(line) for line in self.process.stdout)

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in list(self.lines) if line["event"] == event]

    def until(self, event: str, number: int = 1, seconds: float = 60.0) -> dict[str, Any]:
        """The `number`th line of this kind."""

        def done() -> bool:
            said = len(self.said(event)) >= number
            assert said or self.process.poll() is None or event == "stopped", "it has ended"
            return said

        until(done, seconds, f"{number} times {event!r}")
        return self.said(event)[number - 1]


@contextmanager
def watch(config: Path, *arguments: str) -> Iterator[Watching]:
    from prefect.settings import get_current_settings

    environment = os.environ | {"PREFECT_API_URL": str(get_current_settings().api.url)}
    command = [sys.executable, "-m", "cli", "watch", "support", "--json", "-c", str(config), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield Watching(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)


def approve(place: Workplace, review: Review) -> None:
    decide_review(
        place,
        Decision(review_id=review.id, outcome=Outcome.APPROVED, decided_by="noor", shown_hash=review.shown_hash),
    )


def drafts(place: Workplace) -> list[Review]:
    return waiting(place.store, "support", [ReviewKind.DRAFT])


def test_mail_goes_its_way_and_decisions_are_carried_out(company: Company) -> None:
    """From arrival to a question, from a person's yes to the wire, and SIGTERM ends it all."""
    with watch(company.config) as watching:
        watching.until("idle")
        watching.until("pass")
        company.deliver("support", "017", "022")
        watching.until("new")
        first = until(lambda: drafts(company.place), 60, "a draft that waits for a person")
        approve(company.place, first[0])
        until(lambda: company.servers.wire, 60, "the approved reply on the wire")
        watching.process.send_signal(signal.SIGTERM)
        assert watching.process.wait(20) == 0
        watching.until("stopped", seconds=5.0)


def test_a_pause_holds_and_the_end_of_it_is_seen(company: Company) -> None:
    """Mail is fetched and sorted, nothing is drafted or sent; `resume` in another process sets it going."""
    store = company.place.store
    with watch(company.config) as watching:
        watching.until("idle")
        watching.until("pass")
        set_paused(store, EVERYTHING, True, "noor")
        company.deliver("support", "017", "022")
        watching.until("new")
        until(lambda: find_cases(store, "support", [Stage.CATEGORIZED]), 60, "a sorted mail")
        passes = len(watching.said("pass"))
        watching.until("pass", passes + 1)
        assert drafts(company.place) == []
        assert company.servers.wire == []
        set_paused(store, EVERYTHING, False, "noor")
        until(lambda: drafts(company.place), 60, "a draft after the pause")


def test_a_misspelt_mailbox_is_one_line(company: Company) -> None:
    """Before Prefect is started."""
    command = [sys.executable, "-m", "cli", "watch", "suport", "-c", str(company.config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "suport" in done.stderr


@pytest.mark.dovecot
def test_dovecot_restarted_under_it_loses_nothing(company: Company) -> None:
    """Killed, mail put in while nobody listens, started again: every mail has its case, and Ctrl-C ends it."""
    with DovecotServer(["support"]) as dovecot:
        document = tomlkit.parse(company.config.read_text(encoding="utf-8"))
        imap = dovecot.imap("support", Tls.TLS).model_dump(mode="json", exclude_defaults=True)
        document["mailboxes"]["support"]["imap"] = imap
        company.config.write_text(tomlkit.dumps(document), encoding="utf-8")

        def cases() -> int:
            return len(find_cases(company.place.store, "support"))

        with watch(company.config) as watching:
            watching.until("idle")
            dovecot.deliver("support", raw(1))
            until(lambda: cases() == 1, 60, "the first mail's case")
            dovecot.kill()
            lost = watching.until("reconnecting")
            assert lost["why"]
            dovecot.start()
            dovecot.deliver("support", [raw(n) for n in range(2, 40)])
            until(lambda: cases() == 39, 90, "a case for each mail")
            assert len(watching.said("reconnecting")) < 20
            stages = {case.stage for case in find_cases(company.place.store, "support")}
            assert Stage.QUARANTINED not in stages
            watching.process.send_signal(signal.SIGINT)
            assert watching.process.wait(20) == 0


def test_a_folder_that_cannot_be_read_is_told_once_and_its_return_too(company: Company) -> None:
    """The inbox is read all the same; somebody makes the folder, and the next look finds it."""
    document = tomlkit.parse(company.config.read_text(encoding="utf-8"))
    document["mailboxes"]["support"]["folders"] = ["Orders"]
    company.config.write_text(tomlkit.dumps(document), encoding="utf-8")
    with watch(company.config) as watching:
        assert "'Orders'" in watching.until("unread")["why"]
        company.deliver("support", "017")
        watching.until("new")
        with ImapSession(company.place.mailbox("support").imap) as session:
            session.existing_folder("Orders")
        assert "why" not in watching.until("unread", 2)


def raw(number: int) -> bytes:
    return f"From: c{number}@example.com\r\nMessage-ID: <{number}@example.com>\r\nSubject: Hello\r\n\r\nHi\r\n".encode()


def test_a_status_line_is_a_sentence() -> None:
    """What a person reads, with the reason and the wait."""
    from datetime import UTC, datetime

    now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    lost = StatusLine(at=now, event="reconnecting", mailbox="support", folder="INBOX", wait=12.4, why="it was closed")
    assert lost.sentence == "INBOX: reconnecting in 12 s because it was closed"
    assert StatusLine(at=now, event="new", new=3).sentence == "3 new"
    assert StatusLine(at=now, event="pass", sent=1, waiting=2, seconds=1.26).sentence == (
        "1 sent, 2 waiting for a person (1.3 s)"
    )
