"""`mailstage backfill` as a person runs it: the flow, its progress, its summary, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.backfill import Lines, described, duration, explained
from mail.imap.session import ImapSession
from store.backfills import Backfill
from tests.company import Company

ROOT = Path(__file__).parents[2]
ORDERS = "orders@kestrelgrove.example"


@pytest.fixture
def old(company: Company) -> Company:
    """Forty mails in an archive, and batches of ten."""
    text = company.config.read_text(encoding="utf-8").replace("[limits]\n", "")
    company.config.write_text(text + "\n[limits]\nbatch = 10\n", encoding="utf-8")
    with ImapSession(company.place.mailbox("orders").imap) as session:
        session.existing_folder("Archive")
    for number in range(40):
        raw = f"From: ada{number}@example.net\r\nSubject: Order KG-{204000 + number}\r\n\r\nWhere is it?\r\n".encode()
        company.servers.deliver(ORDERS, raw, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number), "Archive")
    return company


def begin(company: Company, *options: str) -> "subprocess.Popen[str]":
    """On the test session's Prefect server, since one of its own would take 10 s to start."""
    from prefect.settings import get_current_settings

    environment = os.environ | {"PREFECT_API_URL": str(get_current_settings().api.url), "MAILSTAGE_LOG": "warning"}
    command = [sys.executable, "-m", "cli", "backfill", "orders", "--config", str(company.config), *options]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def backfill(company: Company, *options: str) -> "subprocess.CompletedProcess[str]":
    process = begin(company, *options)
    out, said = process.communicate(timeout=90)
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)


@pytest.mark.usefixtures("prefect_server")
def test_backfill_tells_how_far_it_is_and_ends_with_a_summary(old: Company) -> None:
    """Plain lines where there is no terminal, JSON where it is asked for, and `--status` afterwards."""
    nothing = backfill(old, "--status")
    assert "No old mail" in nothing.stdout
    done = backfill(old, "--since", "2026-03-11", "--until", "2026-03-31", "--folder", "Archive", "--json")
    assert done.returncode == 0, done.stderr
    assert "orders: backfilling Archive 20 of 20 (100%)" in done.stderr
    archive = [json.loads(line) for line in done.stdout.splitlines()][-1]
    assert (archive["folder"], archive["total"], archive["done"], archive["left"]) == ("Archive", 20, 20, 0)
    assert "20 of 20 done" in backfill(old, "--status").stdout


@pytest.mark.usefixtures("prefect_server")
def test_ctrl_c_stops_after_the_batch_and_says_how_to_go_on(old: Company) -> None:
    """What is left is shown; the same command then brings in the rest."""
    options = ("--since", "2026-03-01", "--folder", "Archive")
    process = begin(old, *options)
    assert process.stderr is not None
    for line in process.stderr:
        if "backfilling Archive" in line:
            process.send_signal(signal.SIGINT)
            break
    out, said = process.communicate(timeout=90)
    assert process.returncode == 130, said
    assert "the same command goes on" in said
    assert "of 40 done" in out
    assert " left" in out
    again = backfill(old, *options)
    assert again.returncode == 0, again.stderr
    assert "40 of 40 done" in again.stdout


def test_a_backfill_without_a_day_is_wrong_usage(company: Company) -> None:
    """The option is named; status 2."""
    command = [sys.executable, "-m", "cli", "backfill", "orders", "--config", str(company.config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--since" in done.stderr


def test_the_summary_says_of_how_many_the_model_was_not_sure() -> None:
    """And what becomes of them; nothing where there are none."""
    now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    row = Backfill(
        mailbox="orders", folder="INBOX", since=now.date(), uidvalidity=1, below=1, total=9, done=9, sorted=5, unsure=3,
        started=now, updated=now, finished=now,
    )  # fmt: skip
    assert "9 of 9 done, 5 sorted, 3 unsure, finished" in described(row)
    assert explained([row]).startswith("3 unsure")
    assert "mail client" in explained([row])
    assert explained([row.model_copy(update={"unsure": 0})]) == ""


def test_time_left_follows_the_pace_of_this_run(capsys: pytest.CaptureFixture[str]) -> None:
    """What an earlier run had done counts for the share, not for the pace; a line now and then is enough."""
    now = [0.0]
    lines = Lines(lambda: now[0])
    for seconds, done in ((0.0, 500), (1.0, 510), (10.0, 600), (40.0, 1000)):
        now[0] = seconds
        lines("orders", "backfilling INBOX", done, 1000)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "orders: backfilling INBOX 500 of 1000 (50%)",
        "orders: backfilling INBOX 600 of 1000 (60%), about 40 s left",
        "orders: backfilling INBOX 1000 of 1000 (100%)",
    ]
    assert [duration(seconds) for seconds in (45, 720, 12_000)] == ["45 s", "12 min", "3 h 20 min"]
