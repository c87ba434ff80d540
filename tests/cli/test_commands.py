"""The command line: what a person types, and the one line they get when it does not work."""

import json
import os
from pathlib import Path

import pytest

from cli.app import main
from models.configuration import load_settings
from models.oauth2 import OAuth2
from models.secret import Secret
from tests.company import Company


class Command:
    """Runs `mailstage …` in this process; keeps status, output and errors."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        self._monkeypatch.setattr("sys.argv", ["mailstage", *map(str, arguments)])
        status: object = 0
        try:
            main()
        except SystemExit as end:
            status = end.code
        self.out, self.err = self._capsys.readouterr()
        return int(str(status or 0))


@pytest.fixture
def mailstage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(capsys, monkeypatch)


def one_line(command: Command) -> str:
    lines = command.err.strip().splitlines()
    assert len(lines) == 1, command.err
    return lines[0]


def test_help_names_every_command_and_shows_an_example(mailstage: Command) -> None:
    """The design's list of commands that scripts rely on, as far as it is built."""
    assert mailstage("--help") == 0
    for name in "demo init doctor run serve parse train categorize evaluate knowledge queue show approve edit".split():
        assert name in mailstage.out
    assert mailstage("approve", "--help") == 0
    assert "Example" in mailstage.out


def test_wrong_usage_exits_with_2(mailstage: Command) -> None:
    """As the design promises to scripts."""
    assert mailstage("approve", "twelve") == 2


def test_no_configuration_says_what_to_do(mailstage: Command) -> None:
    """The first thing a newcomer meets."""
    assert mailstage("queue") == 1
    assert "mailstage init" in one_line(mailstage)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("company = ", "cannot be read"),
        ("[company]\n", "company.name"),
        ("[company]\nname='x'\ntime_zone='Mars/Base'\n", "unknown time zone"),
        ("[company]\nname='x'\n[[categories]]\nname='a b'\ndescription=''\n", "categories.0.name"),
        ("[company]\nname='x'\ncolour='red'\n", "company.colour"),
    ],
)
def test_a_broken_configuration_names_the_place(mailstage: Command, text: str, expected: str) -> None:
    """File, place and problem in one line."""
    Path("mailstage.toml").write_text(text, encoding="utf-8")
    assert mailstage("queue") == 1
    assert expected in one_line(mailstage)


def test_init_writes_a_file_that_loads(mailstage: Command) -> None:
    """Then it refuses to overwrite it."""
    assert mailstage("init", "--address", "help@shop.example", "--host", "mail.shop.example") == 0
    settings = load_settings(Path("mailstage.toml"))
    assert settings.mailbox("help").imap.host == "mail.shop.example"
    assert mailstage("init", "--address", "help@shop.example") == 1
    assert "--force" in one_line(mailstage)


def test_init_for_oauth2_knows_two_providers_and_asks_others_for_a_command(mailstage: Command) -> None:
    """No password appears in the file; tokens are kept in the data folder."""
    assert mailstage("init", "--address", "team@gmail.com", "--oauth2") == 0
    settings = load_settings(Path("mailstage.toml"))
    imap = settings.mailbox("team").imap
    assert isinstance(imap.oauth2, OAuth2)
    assert (imap.user, imap.password, imap.oauth2.provider) == ("team@gmail.com", None, "google")
    assert imap.oauth2.folder == Path.cwd() / "data" / "oauth2"
    assert mailstage("init", "--address", "team@shop.example", "--oauth2", "--out", "other.toml") == 0
    assert isinstance(load_settings(Path("other.toml")).mailbox("team").smtp.oauth2, Secret)


def test_doctor_finds_everything_in_order(mailstage: Command, company: Company) -> None:
    """One line each, status 0."""
    assert mailstage("doctor", "-c", company.config, "--json") == 0
    findings = [json.loads(line) for line in mailstage.out.splitlines()]
    assert {finding["what"] for finding in findings} >= {"settings", "store", "model", "knowledge", "support IMAP"}


def test_doctor_goes_on_after_a_failure(mailstage: Command, company: Company) -> None:
    """A wrong password is one line among the others; status 1."""
    os.environ["WRONG"] = "guess"
    text = company.config.read_text(encoding="utf-8")
    secret = company.place.mailbox("support").imap.password
    assert secret is not None
    company.config.write_text(text.replace(secret.env, "WRONG"), encoding="utf-8")
    assert mailstage("doctor", "-c", company.config, "--json") == 1
    bad = [json.loads(line) for line in mailstage.out.splitlines() if '"ok": false' in line]
    assert bad
    assert all("support" in finding["what"] for finding in bad)


@pytest.mark.usefixtures("prefect_server")
def test_a_wrong_password_ends_a_run_with_one_line(
    mailstage: Command, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names the server and what to check."""
    secret = company.place.mailbox("support").imap.password
    assert secret is not None
    monkeypatch.setenv(secret.env, "guess")
    assert mailstage("run", "support", "-c", company.config) == 1
    assert "127.0.0.1" in one_line(mailstage)


@pytest.mark.usefixtures("prefect_server")
def test_a_server_that_is_down_ends_a_run_with_one_line(mailstage: Command, company: Company) -> None:
    """Connection refused, after the task's two retries."""
    text = company.config.read_text(encoding="utf-8")
    port = company.place.mailbox("support").imap.port
    company.config.write_text(text.replace(f"port = {port}", "port = 1"), encoding="utf-8")
    assert mailstage("run", "support", "-c", company.config) == 1
    assert "127.0.0.1:1" in one_line(mailstage)


def test_an_unknown_mailbox_lists_those_that_exist(mailstage: Command, company: Company) -> None:
    """Before Prefect is even started."""
    assert mailstage("run", "suport", "-c", company.config) == 1
    assert "support, orders, office" in one_line(mailstage)


@pytest.mark.usefixtures("prefect_server")
def test_a_model_that_knows_an_unknown_category_is_refused(mailstage: Command, company: Company) -> None:
    """The configuration lost a category that the model still answers with."""
    text = company.config.read_text(encoding="utf-8")
    company.config.write_text(text.replace('name = "subscription"', 'name = "beans"'), encoding="utf-8")
    company.deliver("support", "017")
    assert mailstage("run", "support", "-c", company.config) == 1
    assert "'subscription'" in one_line(mailstage)


def test_a_mailbox_without_a_model_says_how_to_train_one(mailstage: Command) -> None:
    """A fresh installation has none."""
    mailstage("init", "--address", "help@shop.example")
    assert mailstage("categorize", __file__) == 1
    assert "mailstage train" in one_line(mailstage)


def test_parse_prints_what_scripts_rely_on(mailstage: Command, tmp_path: Path) -> None:
    """One object a line, also for a file that is no mail."""
    (tmp_path / "good.eml").write_bytes(b"From: Ada <ada@example.com>\r\nSubject: Hi\r\n\r\nHello\r\n")
    (tmp_path / "empty.eml").write_bytes(b"")
    assert mailstage("parse", "good.eml", "empty.eml") == 0
    good, empty = (json.loads(line) for line in mailstage.out.splitlines())
    assert good["from"] == {"name": "Ada", "address": "ada@example.com"}
    assert set(good) >= set("file message_id in_reply_to references to cc subject date text reply_text".split())
    assert empty["defects"]


def test_phase_prints_the_evidence_and_refuses_without_it(mailstage: Command, company: Company) -> None:
    """A promotion needs evidence, or an override with a reason that the audit log keeps."""
    assert mailstage("phase", "office", "--to", "2", "--yes", "-c", company.config) == 1
    assert "30" in mailstage.out
    assert "--force" in one_line(mailstage)
    assert mailstage("phase", "office", "--to", "2", "--yes", "--force", "-r", "pilot", "-c", company.config) == 0
    assert mailstage("phase", "office", "--json", "-c", company.config) == 0
    assert json.loads(mailstage.out)["state"]["phase"] == 2


def test_a_demotion_takes_effect_at_once(mailstage: Command, company: Company) -> None:
    """No evidence is asked for on the way down."""
    assert mailstage("phase", "support", "--to", "1", "-c", company.config) == 0
    assert company.place.state("support").phase == 1


def test_pause_and_resume(mailstage: Command, company: Company) -> None:
    """For one mailbox, and for all at once."""
    assert mailstage("pause", "all", "-r", "incident", "-c", company.config) == 0
    assert not company.place.may_act("orders")
    assert mailstage("resume", "orders", "-c", company.config) == 0
    assert "resume all" in mailstage.out
    assert mailstage("resume", "all", "-c", company.config) == 0
    assert company.place.may_act("orders")


def test_an_empty_queue_says_so(mailstage: Command, company: Company) -> None:
    """Rather than printing an empty table."""
    assert mailstage("queue", "-c", company.config) == 0
    assert "Nothing waits" in mailstage.out
