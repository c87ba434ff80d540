"""Every command of the README works as it stands there."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import tomlkit

from cli.app import main
from cli.example import EXAMPLES, fill
from models.category import Category, RequiredField
from models.configuration import load_settings
from models.oauth2 import OAuth2
from models.record import Record
from models.rollout import Requirement
from models.settings import Company as CompanySettings
from models.settings import Limits, MailboxSettings, MailServer, Policy, Provider, ReviewSettings, Settings
from tests.company import EXAMPLE, Company

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(heading: str) -> list[list[str]]:
    """The words of each line in the `sh` block under a heading."""
    block = re.search(rf"^## {re.escape(heading)}.*?^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert block is not None, heading
    lines = (line.split("  #")[0] for line in block.group(1).splitlines())
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def run(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One command in this process; it must end well."""
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code in (0, None), words


def test_the_make_targets_exist() -> None:
    """Those in code blocks and those in running text."""
    targets = set(re.findall(r"`?make ([a-z-]+)", README))
    assert targets >= {"demo", "test", "check", "bench", "clean", "test-servers"}
    for target in targets:
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("prefect_server")
def test_the_tour_of_the_demo_data(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each shows what its comment says, on the mail of the mailbox that the demo runs first, so that the numbers are
    the demo's; `serve` has its own test."""
    fill(company.servers, EXAMPLE)
    company.run("support")
    monkeypatch.setenv("MAILSTAGE_CONFIG", str(company.config))
    tour = [words for words in commands("What the demo shows") if words[0] == "mailstage" and words[1] != "serve"]
    assert [words[1] for words in tour] == ["queue", "show", "reject", "knowledge", "phase"]
    said = {}
    for words in tour:
        run(words, monkeypatch)
        said[words[1]] = capsys.readouterr().out
    number = tour[1][2]
    assert number in [line.split()[0] for line in said["queue"].splitlines() if line[:1].isdigit()]
    for shown in ("they ·", "draft to", "[1] ", "cited"):  # the thread, the draft, its sources, its checks
        assert shown in said["show"]
    assert f"Review {number}: rejected" in said["reject"]
    assert "3 years" in said["knowledge"]


@pytest.mark.usefixtures("prefect_server")
def test_connecting_a_mailbox(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From `init` to `run`; the servers that `init` guesses are replaced by those of the test."""
    folder = tmp_path / "mine"
    (folder / "handbook").mkdir(parents=True)
    (folder / "handbook" / "returns.md").write_text("# Returns\n\nYou can return it for 30 days.\n", encoding="utf-8")
    row = '{{"from":"a@example.com","to":"s@example.com","subject":"s{0}","body":"{1} {0}","label":"{2}"}}'
    rows = [row.format(n, "where do I find it, a question", "question") for n in range(12)]
    rows += [row.format(n, "this is broken, I complain", "complaint") for n in range(12)]
    (folder / "labelled.jsonl").write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MAILSTAGE_PASSWORD", "secret")
    done = []
    for words in commands("Connecting your own mailbox, in five minutes"):
        if words[0] != "mailstage" or words[1] == "watch":  # `watch` stays, and has tests of its own
            continue
        run(words, monkeypatch)
        done.append(words[1])
        if words[1] == "init":
            _point_at(company, folder / "mailstage.toml")
    assert done == ["init", "knowledge", "train", "doctor", "run", "backfill"]


def _point_at(company: Company, config: Path) -> None:
    document = tomlkit.parse(config.read_text(encoding="utf-8"))
    box = document["mailboxes"]["support"]
    for protocol, server in (
        ("imap", company.place.mailbox("support").imap),
        ("smtp", company.place.mailbox("support").smtp),
    ):
        box[protocol].update({"host": server.host, "port": server.port, "tls": "none", "user": server.user})
    config.write_text(tomlkit.dumps(document), encoding="utf-8")


def test_promoting_a_mailbox(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without evidence the promotion is refused in one line; all else ends well."""
    monkeypatch.setenv("MAILSTAGE_CONFIG", str(company.config))
    run(["mailstage", "phase", "support", "--to", "1"], monkeypatch)
    for words in commands("Promoting a mailbox"):
        if words[-2:] == ["--to", "2"]:
            monkeypatch.setattr("sys.argv", words)
            with pytest.raises(SystemExit) as end:
                main()
            assert end.value.code == 1
            assert "evidence" in capsys.readouterr().err
        else:
            run(words, monkeypatch)


def test_the_providers_of_the_readme_are_valid_settings(tmp_path: Path) -> None:
    """The block goes into the example's settings as it stands."""
    block = re.search(r"^```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert block is not None
    config = tmp_path / "mailstage.toml"
    config.write_text((EXAMPLES / "mailstage.toml").read_text(encoding="utf-8") + block.group(1), encoding="utf-8")
    assert [provider.name for provider in load_settings(config).providers] == ["local", "remote"]


def test_prefects_commands_are_those_of_the_deployment_test() -> None:
    """tests/flows/test_deploy.py runs them for real."""
    source = (ROOT / "tests" / "flows" / "test_deploy.py").read_text(encoding="utf-8")
    for words in commands("Deploying with Prefect"):
        assert words[0] == "prefect"
        assert all(f'"{word}"' in source for word in words[1:]), words


def test_every_setting_is_documented() -> None:
    """A name that docs/settings.md leaves out is a setting that nobody finds."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_0-9]+", page))
    boxes: list[type[Record]] = [MailboxSettings, MailServer, OAuth2]
    tables: list[type[Record]] = [Category, RequiredField, Provider, Policy, Requirement, Limits, ReviewSettings]
    records: list[type[Record]] = [Settings, CompanySettings, *boxes, *tables]
    missing = {f"{record.__name__}.{name}" for record in records for name in record.model_fields if name not in words}
    assert missing <= {"OAuth2.folder"}, "it is always in the data folder"
