"""`mailstage train`: from files, from the folders of a mailbox, from descriptions; as a person types it."""

import json
import stat
from pathlib import Path

import pytest

from cli.app import main
from cli.example import EXAMPLES
from cli.teaching import keep_rows, taken_from
from mail.imap.session import ImapSession
from ml.small.encoder.embedding import Encoder
from ml.small.encoder.preparing import OFF
from ml.small.labelled import read_labelled
from ml.small.manifest import read_manifest
from ml.small.registry import load
from tasks.from_folders import TakenFrom
from tests.company import Company
from tests.ml.small.factories import all_words, labelled
from tests.ml.small.tiny_encoder import tiny_encoder

ORDERS = "orders@kestrelgrove.example"


def train(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    return typed(monkeypatch, "train", "--encoder", OFF, *arguments)


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["mailstage", *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return int(str(end.code or 0))
    return 0


@pytest.fixture
def filed(company: Company) -> Company:
    """A dozen mails in each of two folders; one is called like a category."""
    with ImapSession(company.place.mailbox("orders").imap) as session:
        for folder in ("Order status", "Bills", "Holidays"):
            session.existing_folder(folder)
    company.servers.deliver(ORDERS, b"From: ada@example.net\r\nSubject: Palms\r\n\r\nSun.\r\n", folder="Holidays")
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
    assert "Passed over, not called like a category: Holidays (1)\n" in told
    assert "--folder 'NAME=category'" in told
    shown = json.loads(printed)
    assert {one["folder"]: one["taken"] for one in shown["folders"]} == {"Bills": 12, "Order status": 12}
    assert {"folder": "Holidays", "mails": 1, "why": "not called like a category"} in shown["passed_over"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert {row.label for row in read_labelled(kept)} == {"invoice_billing", "order_status"}
    assert train(monkeypatch, "--data", kept, "--out", tmp_path / "again", "--json") == 0
    assert load(tmp_path / "again").version == load(out).version


def test_kept_rows_are_the_owners_whatever_lay_there(tmp_path: Path) -> None:
    """A file that others could read, or a link to another, gives way to one of its own."""
    kept, other = tmp_path / "rows.jsonl", tmp_path / "other"
    other.write_text("of somebody else")
    for linked in (False, True):
        kept.unlink(missing_ok=True)
        kept.symlink_to(other) if linked else kept.touch(0o644)
        keep_rows(kept, labelled(2))
        assert stat.S_IMODE(kept.lstat().st_mode) == 0o600
        assert len(read_labelled(kept)) == 6
    assert other.read_text() == "of somebody else"


def test_nothing_to_learn_from_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And so is more than one thing at a time that do not go together."""
    assert train(monkeypatch) == 2
    assert train(monkeypatch, "--data", "rows.jsonl", "--from-descriptions") == 2
    assert train(monkeypatch, "--data", "rows.jsonl", "--folder", "Bills=invoice") == 2
    assert "--from-folders" in capsys.readouterr().err


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Labelled mail of three topics in a file."""
    keep_rows(tmp_path / "rows.jsonl", labelled(12))
    return tmp_path / "rows.jsonl"


@pytest.fixture
def encoder(tmp_path: Path) -> Encoder:
    return tiny_encoder(tmp_path / "encoder", all_words())


@pytest.mark.parametrize("command", [("train",), ("encoder", "tune")])
@pytest.mark.parametrize("seed", ["-1", "99999999999"])
def test_a_seed_that_no_generator_takes_is_wrong_usage(
    command: tuple[str, ...], seed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said of the option, before anything is read."""
    assert typed(monkeypatch, *command, "--data", "no-file", "--out", "nowhere", "--seed", seed) == 2
    assert "--seed" in capsys.readouterr().err


def test_the_largest_seed_is_taken(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By every generator of a training."""
    assert train(monkeypatch, "--data", data, "--out", tmp_path / "model", "--seed", 2**32 - 1) == 0


def test_the_encoder_is_that_of_the_settings_wherever_the_model_goes(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --out too; without a settings file the default will do, unless somebody has named one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ml.small.encoder.preparing._bundled", lambda: None)
    monkeypatch.delenv("MAILSTAGE_CONFIG", raising=False)
    assert typed(monkeypatch, "train", "--data", data, "--out", "model") == 0
    monkeypatch.setenv("MAILSTAGE_CONFIG", "gone.toml")
    assert typed(monkeypatch, "train", "--data", data, "--out", "model") == 1
    assert "gone.toml does not exist" in capsys.readouterr().err
    monkeypatch.delenv("MAILSTAGE_CONFIG")
    text = (EXAMPLES / "mailstage.toml").read_text(encoding="utf-8")
    Path("mailstage.toml").write_text(f'{text}\n[sorting]\nencoder = "no/such"\n', encoding="utf-8")
    assert typed(monkeypatch, "train", "--data", data, "--out", "model") == 1
    assert "no/such" in capsys.readouterr().err


def test_descriptions_without_an_encoder_are_one_clear_line(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words in common say too little."""
    assert (
        train(monkeypatch, "--from-descriptions", "--config", company.config, "--out", company.config.parent / "new")
        == 1
    )
    assert "descriptions alone need a sentence encoder" in capsys.readouterr().err


def test_descriptions_replace_a_measured_model_only_by_force(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], encoder: Encoder
) -> None:
    """The line says what would be lost and how to go back; one that only suggests is replaced without a question."""
    monkeypatch.setattr("ml.small.encoder.preparing.encoder_named", lambda _name: encoder)
    settings = ("--config", EXAMPLES / "mailstage.toml", "--out", tmp_path)
    assert train(monkeypatch, "--from-descriptions", *settings) == 0
    assert train(monkeypatch, "--from-descriptions", *settings) == 0
    assert train(monkeypatch, "--data", data, *settings) == 0
    measured = read_manifest(tmp_path).version
    capsys.readouterr()
    assert train(monkeypatch, "--from-descriptions", *settings) == 1
    said = capsys.readouterr().err
    assert f"({measured}) was measured on 36 labelled mails" in said
    assert "`mailstage model rollback`" in said
    assert read_manifest(tmp_path).version == measured
    assert train(monkeypatch, "--from-descriptions", "--force", *settings) == 0
    assert read_manifest(tmp_path).suggests
    assert read_manifest(tmp_path).parent == measured
    assert train(monkeypatch, "--data", data, "--force", *settings) == 2


def test_what_is_piped_is_the_result_alone(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The steps of a training go to standard error."""
    assert train(monkeypatch, "--data", data, "--out", tmp_path / "model") == 0
    printed, told = capsys.readouterr()
    assert printed.startswith("Learned 3 categories from 36 mails")
    assert len(told.splitlines()) > 2


def test_the_help_shows_each_way_to_learn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As a person would type it."""
    assert train(monkeypatch, "--help") == 0
    examples = [line for line in capsys.readouterr().out.splitlines() if "Example: mailstage train" in line]
    assert [next(word for word in line.split() if word.startswith("--")) for line in examples] == [
        "--data",
        "--from-folders",
        "--from-descriptions",
    ]


def test_what_was_left_out_is_counted() -> None:
    """Each reason that there was."""
    source = TakenFrom(folder="INBOX", keyword="vip", category=None, taken=3, own=2, torn=1)
    assert taken_from(source) == "INBOX, keyword vip: 3 of no category; left out: 2 our own, 1 under two categories"
