"""`mailstage model` and the answers to its question, typed into a terminal."""

from pathlib import Path

import pytest

from ml.small.manifest import read_manifest
from ml.small.training import train
from models.review import EVERY_MAILBOX
from store.audit import entries
from tests.cli.terminal import Terminal
from tests.ml.small.factories import labelled
from tests.tasks.learning import School, opened, with_question

SETTINGS = """
data = "."

[company]
name = "Kestrel Grove"

[sorting]
encoder = "off"

[mailboxes.support]
address = "support@kestrelgrove.example"
imap = { host = "127.0.0.1", port = 1, tls = "none" }
smtp = { host = "127.0.0.1", port = 1, tls = "none" }
""" + "".join(
    f'\n[[categories]]\nname = "{name}"\ndescription = "About it."\n'
    for name in ("delivery", "billing", "repair", "subscription")
)


@pytest.fixture
def mailstage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILSTAGE_USER", "noor")
    Path("mailstage.toml").write_text(SETTINGS, encoding="utf-8")
    return Terminal(capsys, monkeypatch)


@pytest.fixture
def school(tmp_path: Path, mailstage: Terminal) -> School:  # noqa: ARG001
    """A question about a new model waits in the current folder."""
    return with_question(tmp_path)


def test_the_question_in_the_queue_and_in_full(school: School, mailstage: Terminal) -> None:
    """For all mailboxes, with the evidence."""
    review, challenge = school.question()
    assert mailstage("queue", "--kind", "model") == 0
    assert "all mailboxes" in mailstage.out
    assert mailstage("show", review.id) == 0
    for words in (challenge.version, challenge.champion, "Newly right", "subscription", "p = 0.000", "newly right:"):
        assert words in mailstage.out, words
    (row,) = mailstage.json("show", review.id)
    assert row["review"]["mailbox"] == EVERY_MAILBOX  # type: ignore[index]


def test_yes_then_one_command_back(school: School, mailstage: Terminal) -> None:
    """What each says, what is listed, and what stands in the log."""
    review, challenge = school.question()
    assert mailstage("approve", review.id) == 0
    assert "The next run of each mailbox uses the new model." in mailstage.out
    versions = {row["version"]: row for row in mailstage.json("model", "list") if row["what"] == "version"}
    assert versions[challenge.version]["in_use"]
    assert versions[challenge.version]["note"] == f"approved by noor (review {review.id})"
    assert versions[challenge.champion]["previous"]
    assert mailstage("model", "rollback", "--reason", "worse") == 0
    assert f"Model {challenge.champion} is in use now" in mailstage.out
    assert school.in_use == challenge.champion
    assert entries(school.store, "model")[0].detail["reason"] == "worse"
    assert mailstage.json("model", "rollback") == [{"in_use": challenge.version, "before": challenge.champion}]


def test_no_needs_a_reason_and_keeps_the_model(school: School, mailstage: Terminal) -> None:
    """As every rejection; the version is listed as rejected, and overriding that takes a reason too."""
    review, challenge = school.question()
    assert "say why" in mailstage.refused("reject", review.id)
    assert mailstage("reject", review.id, "--reason", "not before the holidays") == 0
    assert "The model in use stays." in mailstage.out
    assert mailstage("model", "list") == 0
    assert "rejected by noor" in mailstage.out
    assert "in use" in mailstage.out
    assert "--force --reason" in mailstage.refused("model", "activate", challenge.version)
    assert mailstage("model", "activate", challenge.version, "--force", "--reason", "we changed our mind") == 0
    assert school.in_use == challenge.version


def test_comparisons_are_listed(school: School, mailstage: Terminal) -> None:
    """Also those that came to nothing would be: the log keeps each."""
    assert mailstage("model", "list") == 0
    assert "Challengers so far" in mailstage.out
    assert "better, after 60 decisions" in mailstage.out
    (past,) = [row for row in mailstage.json("model", "list") if row["what"] == "comparison"]
    assert (past["verdict"], past["changed"]) == ("better", 60)
    assert school.question()


def test_activate_by_name(mailstage: Terminal, tmp_path: Path) -> None:
    """A name that is none is answered with those there are."""
    opened(tmp_path).store.close()
    first = read_manifest(tmp_path / "model").version
    second = train(labelled(14), tmp_path / "model").version
    assert mailstage.json("model", "activate", first) == [{"in_use": first, "before": second}]
    assert mailstage("model", "activate", first) == 0
    assert "already" in mailstage.out
    said = mailstage.refused("model", "activate", "nonsense")
    assert first in said
    assert second in said


def test_without_a_model_each_command_says_so(mailstage: Terminal) -> None:
    """In one line."""
    assert "mailstage train" in mailstage.refused("model", "list")
    assert "mailstage train" in mailstage.refused("model", "rollback")
    assert "there are: none" in mailstage.refused("model", "activate", "3f9c2ab81d40")


def test_forget_leaves_one_version(mailstage: Terminal, tmp_path: Path) -> None:
    """What went is told and noted; without a terminal nothing goes unless that was said."""
    opened(tmp_path).store.close()
    folder = tmp_path / "model"
    first, second = read_manifest(folder).version, train(labelled(14), folder).version
    assert "--yes" in mailstage.refused("model", "forget")
    assert (folder / f"weights-{first}.npz").exists()
    assert mailstage("model", "forget", "--yes", "--reason", "erasure") == 0
    assert f"Removed {first}: " in mailstage.out
    assert f"{second} stays in use" in mailstage.out
    assert not list(folder.rglob(f"*{first}*"))
    assert len(list(folder.glob("rows-*"))) == 1
    assert "none to go back to" in mailstage.refused("model", "rollback")
    assert mailstage("model", "forget") == 0
    assert "nothing to forget" in mailstage.out


def test_forget_asks_on_a_terminal(mailstage: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A no changes nothing."""
    opened(tmp_path).store.close()
    first, second = read_manifest(tmp_path / "model").version, train(labelled(14), tmp_path / "model").version
    asked, answers = [], iter([False, True])

    def answer(question: str, **_options: object) -> bool:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr("cli.model.on_terminal", lambda: True)
    monkeypatch.setattr("typer.confirm", answer)
    assert "nothing was removed" in mailstage.refused("model", "forget")
    (told,) = mailstage.json("model", "forget")
    assert (told["in_use"], told["versions"]) == (second, [first])
    assert f"versions/{first}.json" in told["files"]  # type: ignore[operator]
    assert asked == [f"Remove 1 version, and keep {second} alone for good?"] * 2


def test_forget_waits_for_an_open_question(school: School, mailstage: Terminal) -> None:
    """It names the review."""
    review, _ = school.question()
    assert f"review {review.id} asks" in mailstage.refused("model", "forget", "--yes")


@pytest.mark.usefixtures("prefect_server")
def test_learn_by_hand(mailstage: Terminal, tmp_path: Path) -> None:
    """The same flow that Prefect runs once a week; with few decisions it says what is missing."""
    found = opened(tmp_path)
    (row,) = mailstage.json("model", "learn")
    assert (row["outcome"], row["changed"]) == ("too few", 0)
    found.teach(40)
    assert mailstage("model", "learn") == 0, mailstage.err
    review, _ = found.question()
    assert "more often right" in mailstage.out
    assert f"mailstage show {review.id}" in mailstage.out
