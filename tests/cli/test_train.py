"""`mailstage train`: from files, from the folders of a mailbox, from descriptions; as a person types it."""

import json
import stat
from pathlib import Path

import pytest

from cli.app import main
from cli.teaching import taken_from
from mail.imap.session import ImapSession
from ml.small.encoder.preparing import OFF
from ml.small.labelled import read_labelled
from ml.small.registry import load
from tasks.from_folders import TakenFrom
from tests.company import Company

ORDERS = "orders@kestrelgrove.example"


def train(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["mailstage", "train", "--encoder", OFF, *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return int(str(end.code or 0))
    return 0


@pytest.fixture
def filed(company: Company) -> Company:
    """A dozen mails in each of two folders; one is called like a category."""
    with ImapSession(company.place.mailbox("orders").imap) as session:
        for folder in ("Order status", "Bills"):
            session.existing_folder(folder)
    for number in range(12):
        for folder, text in (("Order status", "Where is the parcel?"), ("Bills", "The invoice has no VAT.")):
            head = f"From: ada{number}@example.net\r\nSubject: {text}\r\n"
            company.servers.deliver(ORDERS, f"{head}\r\n{text} It is number {number}.\r\n".encode(), folder=folder)
    return company


def test_folders_are_learned_and_kept_where_asked(
    filed: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was taken from where is told; the file is what --data reads, and nobody else's to read."""
    kept, out = tmp_path / "kept.jsonl", tmp_path / "model"
    named = ("--from-folders", "orders", "--folder", "Bills=invoice_billing", "--keep", kept)
    assert train(monkeypatch, *named, "--config", filed.config, "--out", out, "--json") == 0
    printed, told = capsys.readouterr()
    assert json.loads(printed)["labels"] == {"invoice_billing": 12, "order_status": 12}
    assert "Bills: 12 of invoice_billing\n" in told
    assert "Order status: 12 of order_status\n" in told
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert {row.label for row in read_labelled(kept)} == {"invoice_billing", "order_status"}
    assert train(monkeypatch, "--data", kept, "--out", tmp_path / "again", "--json") == 0
    assert load(tmp_path / "again").version == load(out).version


def test_nothing_to_learn_from_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And so is more than one thing at a time that do not go together."""
    assert train(monkeypatch) == 2
    assert train(monkeypatch, "--data", "rows.jsonl", "--from-descriptions") == 2
    assert train(monkeypatch, "--data", "rows.jsonl", "--folder", "Bills=invoice") == 2
    assert "--from-folders" in capsys.readouterr().err


def test_descriptions_without_an_encoder_are_one_clear_line(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words in common say too little."""
    assert train(monkeypatch, "--from-descriptions", "--config", company.config) == 1
    assert "descriptions alone need a sentence encoder" in capsys.readouterr().err


def test_what_was_left_out_is_counted() -> None:
    """Each reason that there was."""
    source = TakenFrom(folder="INBOX", keyword="vip", category=None, taken=3, own=2, torn=1)
    assert taken_from(source) == "INBOX, keyword vip: 3 of no category; left out: 2 our own, 1 under two categories"
