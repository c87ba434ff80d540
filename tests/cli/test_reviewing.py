"""Deciding from the command line: every kind of question, every answer, and the one line when it does not work."""

import json
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from rich.console import Console

from models.asking import Asking
from models.case import Stage
from models.classification import Classification, DecidedBy
from models.outbox import OutboxState, RecipientResult, RecipientState
from models.record import canonical_hash
from models.review import Outcome, Review, ReviewKind
from models.rollout import Phase
from store import rollout
from store.classifications import Categorized, latest_classification, save_categorized
from store.drafts import ask_approval, hand_over
from store.outbox import begin_transmission, claim_next, find_outbox
from store.outcome import record_results
from store.reviews import get_review, open_mailbox_review, waiting
from store.unknown import ask_whether_sent
from tests.cases import find_cases
from tests.cli.terminal import Terminal
from tests.factories import Inbox, lost_for_all, mail, reply
from tests.ml.small.factories import labelled

SETTINGS = """
[company]
name = "Kestrel Grove"
languages = ["en", "de"]

[mailboxes.support]
address = "support@kestrelgrove.example"
team = "Support"
phase = 2
imap = { host = "127.0.0.1", port = 1, tls = "none" }
smtp = { host = "127.0.0.1", port = 1, tls = "none" }

[[categories]]
name = "order_status"
description = "Where an order is."
risk = "low"

[[categories]]
name = "complaint"
description = "Anger."
risk = "high"
"""


@dataclass
class Office(Terminal):
    """One installation in the current folder, and `mailstage …` typed into it."""

    inbox: Inbox

    def review(self, number: int) -> Review:
        return get_review(self.inbox.store, number)

    def stage(self) -> Stage:
        (case,) = find_cases(self.inbox.store, "support")
        return case.stage

    def queued(self) -> list[bytes]:
        return [item.raw for item in find_outbox(self.inbox.store, "support", OutboxState.QUEUED)]

    def asks_category(self, *, foreign: bool = False) -> int:
        self.inbox.asked_category(foreign=foreign)
        return self._last()

    def asks_draft(self) -> int:
        ask_approval(self.inbox.store, self.inbox.drafted(), reply(), "each reply is approved by a person")
        return self._last()

    def asks_action(self) -> int:
        """A case that was handed to a person, with an empty reply to fill in."""
        hand_over(self.inbox.store, self.inbox.categorized(), reply(""), "a legal threat")
        return self._last()

    def asks_whether_sent(self) -> int:
        """An approved reply whose connection broke after the final dot."""
        assert self("approve", self.asks_draft()) == 0
        item = claim_next(self.inbox.store, "support", 60)
        assert item is not None
        assert begin_transmission(self.inbox.store, item)
        record_results(self.inbox.store, item, lost_for_all(item))
        ask_whether_sent(self.inbox.store, item)
        return self._last()

    def asks_promotion(self) -> int:
        payload = {"from": 2, "to": 3, "why": "the evidence suffices"}
        shown = canonical_hash(payload)
        number = open_mailbox_review(self.inbox.store, "support", ReviewKind.PROMOTION, shown, payload)
        assert number is not None
        return number

    def _last(self) -> int:
        return waiting(self.inbox.store)[-1].id


@pytest.fixture
def mailstage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Office:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILSTAGE_USER", "noor")
    Path("mailstage.toml").write_text(SETTINGS, encoding="utf-8")
    Path("data").mkdir()
    return Office(capsys, monkeypatch, Inbox(Path("data").resolve()))


def test_the_queue_lists_every_kind_of_question(mailstage: Office) -> None:
    """As a table, and as one JSON object a line."""
    mailstage.inbox.asked_category(mail(message_id="<a@example.com>"))
    case = mailstage.inbox.drafted(mail(message_id="<b@example.com>"))
    ask_approval(mailstage.inbox.store, case, reply(), "each reply is approved by a person")
    angry = mailstage.inbox.categorized(mail(message_id="<c@example.com>"), "complaint")
    hand_over(mailstage.inbox.store, angry, reply(""), "the customer is angry")
    mailstage.asks_promotion()
    rows = mailstage.json("queue")
    assert [row["kind"] for row in rows] == ["category", "draft", "action", "promotion"]
    assert all(row["outcome"] is None for row in rows)
    assert mailstage("queue", "--mailbox", "support") == 0
    for word in ("category", "draft", "action", "promotion", "ada@example.com", "the customer is angry"):
        assert word in mailstage.out


@pytest.mark.parametrize("width", [80, 120])
def test_the_queue_cuts_no_reason(mailstage: Office, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """On a terminal of the usual widths each word of it stands there whole, and no line is longer than that."""
    monkeypatch.setattr("cli.show.console", Console(width=width, highlight=False))
    case = mailstage.inbox.receive(mail(subject="A rather long subject about an order that was never delivered"))
    assert case is not None
    why = (
        "it stands between delivery_problem (43%) and order_status (33%); 3 more like it wait; 12 like it were answered"
    )
    found = Classification(category="order_status", probability=0.4, abstained=True, why="not sure")
    asking = Asking(value=0.9, because=why)
    save_categorized(mailstage.inbox.store, [Categorized(case, found, Stage.AWAITING_CATEGORY, "not sure", asking)])
    assert mailstage("queue") == 0
    assert why in " ".join(mailstage.out.split())
    assert "A rather long subject about an order that was never delivered" in " ".join(mailstage.out.split())
    assert mailstage("show", mailstage._last()) == 0
    assert "Why: not sure\nWorth asking: it stands between" in mailstage.out
    assert max(map(len, mailstage.out.splitlines())) <= width


def test_the_queue_of_an_unknown_mailbox_is_refused(mailstage: Office) -> None:
    """An empty table would look as if nothing waited."""
    assert "suport" in mailstage.refused("queue", "--mailbox", "suport")


def test_show_prints_the_mail_the_draft_and_why(mailstage: Office) -> None:
    """All that is needed to decide; as JSON the same in parts."""
    number = mailstage.asks_draft()
    assert mailstage("show", number) == 0
    for words in ("Where is my order KG-204518?", "It ships today.", "each reply is approved", "order_status"):
        assert words in mailstage.out
    (shown,) = mailstage.json("show", number)
    parts = {"review", "case", "classification", "reasons", "draft", "edit", "copy_in_drafts", "recipients"}
    assert set(shown) == parts
    assert shown["reasons"] is None
    assert isinstance(shown["draft"], dict)
    assert shown["draft"]["body"] == "It ships today."


def test_show_says_who_has_decided(mailstage: Office) -> None:
    """A number from yesterday's list still opens."""
    number = mailstage.asks_draft()
    assert mailstage("approve", number) == 0
    assert mailstage("show", number) == 0
    assert "approved by noor" in mailstage.out


def test_show_says_who_got_the_reply(mailstage: Office) -> None:
    """Whoever is asked whether it was sent, or told that somebody lacks it, sees the server's words for each."""
    number = mailstage.asks_whether_sent()
    assert mailstage("show", number) == 0
    assert "? unknown · ada@example.com: line lost" in mailstage.out
    (shown,) = mailstage.json("show", number)
    assert isinstance(shown["recipients"], list)
    (told,) = shown["recipients"]
    assert (told["address"], told["state"], told["text"]) == ("ada@example.com", "unknown", "line lost")


def test_show_tells_what_stands_below_a_reply_that_a_person_writes(mailstage: Office) -> None:
    """Signature and quoted history go out with it, so they are seen before."""
    below = reply("").model_copy(update={"signature": "Support", "history": "Ada wrote:\n> Where is it?"})
    hand_over(mailstage.inbox.store, mailstage.inbox.categorized(), below, "a legal threat")
    assert mailstage("show", mailstage._last()) == 0
    for words in ("yours to write", "Support", "> Where is it?"):
        assert words in mailstage.out


@pytest.mark.parametrize("name", ["asks_category", "asks_draft", "asks_action", "asks_whether_sent", "asks_promotion"])
def test_show_opens_every_kind(mailstage: Office, name: str) -> None:
    """With its number and its kind in the first line."""
    number = getattr(mailstage, name)()
    assert mailstage("show", number) == 0
    assert mailstage.out.startswith(f"Review {number} · {mailstage.review(number).kind}")


def test_a_mail_cannot_command_the_terminal(mailstage: Office) -> None:
    """Escape sequences and markup of a hostile mail are shown, not obeyed."""
    mailstage.inbox.asked_category(mail("\x1b[2J\x9b31m[bold]Hello[/bold] [/]", subject="\x1b]0;owned\x07[red]"))
    assert mailstage("show", mailstage._last()) == 0
    assert "[bold]Hello[/bold] [/]" in mailstage.out
    assert mailstage("queue") == 0
    assert not {"\x1b", "\x9b", "\x07"} & set(mailstage.out)


def test_approving_a_draft_queues_it_as_it_is(mailstage: Office) -> None:
    """The review names who decided."""
    number = mailstage.asks_draft()
    assert mailstage("approve", number, "-r", "fine") == 0
    review = mailstage.review(number)
    assert (review.outcome, review.decided_by, review.reason) == (Outcome.APPROVED, "noor", "fine")
    (raw,) = mailstage.queued()
    assert b"It ships today." in raw


def test_approving_a_category_takes_the_models_first_guess(mailstage: Office) -> None:
    """With --category a person knows better, and the review counts as edited."""
    number = mailstage.asks_category()
    assert mailstage("approve", number) == 0
    (case,) = find_cases(mailstage.inbox.store, "support")
    assert (case.stage, case.category) == (Stage.CATEGORIZED, "order_status")


def test_another_category_counts_as_an_edit(mailstage: Office) -> None:
    """It tells the model that it was wrong."""
    number = mailstage.asks_category()
    assert mailstage("approve", number, "--category", "complaint") == 0
    (case,) = find_cases(mailstage.inbox.store, "support")
    assert case.category == "complaint"
    assert mailstage.review(number).outcome is Outcome.EDITED


def test_naming_the_category_that_was_proposed_is_an_approval(mailstage: Office) -> None:
    """The model was right, however the person says so; the line tells what the mail counts as."""
    number = mailstage.asks_category()
    assert mailstage("approve", number, "--category", "order_status") == 0
    assert "recorded as order_status" in mailstage.out
    assert mailstage.review(number).outcome is Outcome.APPROVED


def test_a_yes_to_no_category_is_no_category(mailstage: Office) -> None:
    """What is least unlike was not proposed: a plain yes to it would teach the model something that nobody said."""
    number = mailstage.asks_category(foreign=True)
    assert "none for none of these" in mailstage.refused("approve", number)
    assert mailstage.review(number).outcome is None
    assert mailstage("approve", number, "--category", "none") == 0
    assert "filed as none of the categories" in mailstage.out
    (case,) = find_cases(mailstage.inbox.store, "support")
    assert (case.stage, case.category) == (Stage.FILED, None)
    found = latest_classification(mailstage.inbox.store, case.id)
    assert found is not None
    assert (found.category, found.decided_by) == (None, DecidedBy.HUMAN)


def test_a_category_that_does_not_exist_is_refused(mailstage: Office) -> None:
    """The line lists those that do; the question stays open."""
    number = mailstage.asks_category()
    assert "order_status, complaint" in mailstage.refused("approve", number, "--category", "praise")
    assert mailstage.review(number).outcome is None


def test_rejecting_a_category_files_the_mail(mailstage: Office) -> None:
    """It is none of them."""
    assert mailstage("reject", mailstage.asks_category(), "-r", "spam") == 0
    assert mailstage.stage() is Stage.FILED


def test_an_edit_from_a_file_is_sent_as_written(mailstage: Office, tmp_path: Path) -> None:
    """The text of the file, and the review counts as edited."""
    number = mailstage.asks_draft()
    (tmp_path / "reply.txt").write_text("It left on Monday.\n", encoding="utf-8")
    assert mailstage("edit", number, "--file", "reply.txt") == 0
    review = mailstage.review(number)
    assert review.outcome is Outcome.EDITED
    assert (review.edit or "").strip() == "It left on Monday."
    (raw,) = mailstage.queued()
    assert b"It left on Monday." in raw
    assert b"It ships today." not in raw


def test_an_edit_comes_from_standard_input(mailstage: Office) -> None:
    """For scripts: `… | mailstage edit 12 --file -`."""
    assert mailstage("edit", mailstage.asks_draft(), "--file", "-", typed="Es ging am Montag ab – grüße.\n") == 0
    (raw,) = mailstage.queued()
    assert b"Montag" in raw


def test_control_characters_are_left_out_of_what_is_kept(mailstage: Office) -> None:
    """PostgreSQL keeps no NUL, and an escape would act in the terminal of whoever reads the log."""
    number = mailstage.asks_draft()
    words = ("edit", number, "--file", "-", "--reason", "so\x1b[2J it \udcff is")
    assert mailstage(*words, typed="It left\x00 on\n\tMonday.") == 0
    assert mailstage.review(number).edit == "It left on\n\tMonday."
    assert mailstage.review(number).reason == "so[2J it  is"


def test_an_unchanged_edit_counts_as_approved(mailstage: Office) -> None:
    """White space at the ends is no change of mind."""
    number = mailstage.asks_draft()
    assert mailstage("edit", number, "--file", "-", typed="\nIt ships today.\n\n") == 0
    assert mailstage.review(number).outcome is Outcome.APPROVED
    assert mailstage.review(number).edit is None


def test_the_editor_is_opened_on_the_draft(mailstage: Office, tmp_path: Path) -> None:
    """$EDITOR is any program that changes a file."""
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/today/tomorrow/" "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    mailstage.monkeypatch.delenv("VISUAL", raising=False)
    mailstage.monkeypatch.setenv("EDITOR", str(editor))
    assert mailstage("edit", mailstage.asks_draft()) == 0
    assert b"It ships tomorrow." in mailstage.queued()[0]


@pytest.mark.parametrize("content", [b"", b"  \n\n", b"\xff\xfe\x00"], ids=["empty", "blank", "not UTF-8"])
def test_an_edit_that_is_no_text_is_refused(mailstage: Office, tmp_path: Path, content: bytes) -> None:
    """The question stays open and nothing is queued."""
    number = mailstage.asks_draft()
    (tmp_path / "reply.txt").write_bytes(content)
    assert mailstage.refused("edit", number, "--file", "reply.txt")
    assert mailstage.review(number).outcome is None
    assert mailstage.queued() == []


def test_an_edit_from_a_missing_file_is_refused(mailstage: Office) -> None:
    """The line names the file."""
    assert "nowhere.txt" in mailstage.refused("edit", mailstage.asks_draft(), "--file", "nowhere.txt")


@pytest.mark.parametrize("name", ["asks_category", "asks_promotion"])
def test_a_question_without_a_reply_cannot_be_edited(mailstage: Office, name: str) -> None:
    """The line names the commands that fit."""
    number = getattr(mailstage, name)()
    assert "approve or reject" in mailstage.refused("edit", number, "--file", "-", typed="Hello")


@pytest.mark.parametrize("name", ["asks_category", "asks_draft", "asks_action", "asks_whether_sent", "asks_promotion"])
def test_a_rejection_without_a_reason_is_refused(mailstage: Office, name: str) -> None:
    """The reason is what the system learns from."""
    number = getattr(mailstage, name)()
    assert "why" in mailstage.refused("reject", number)
    assert "why" in mailstage.refused("reject", number, "--reason", "  ")
    assert mailstage.review(number).outcome is None


@pytest.mark.parametrize("name", ["asks_category", "asks_draft", "asks_action", "asks_whether_sent", "asks_promotion"])
def test_deciding_twice_is_refused(mailstage: Office, name: str) -> None:
    """The first answer stands, whatever it was."""
    number = getattr(mailstage, name)()
    assert mailstage("reject", number, "--reason", "no") == 0
    assert "already decided (rejected by noor)" in mailstage.refused("reject", number, "--reason", "really not")
    mailstage.refused("approve", number)
    assert mailstage.review(number).outcome is Outcome.REJECTED


def test_taking_a_rejected_category_says_that_it_is_decided(mailstage: Office) -> None:
    """And by whom, as with every other kind."""
    number = mailstage.asks_category()
    assert mailstage("reject", number, "--reason", "spam") == 0
    assert "already decided (rejected by noor)" in mailstage.refused("approve", number)


def test_an_edit_after_the_decision_is_refused(mailstage: Office) -> None:
    """Nothing is queued twice."""
    number = mailstage.asks_draft()
    assert mailstage("approve", number) == 0
    assert "already decided" in mailstage.refused("edit", number, "--file", "-", typed="Something else")
    assert len(mailstage.queued()) == 1


def test_a_rejected_draft_is_never_queued(mailstage: Office) -> None:
    """The case is filed with the reason."""
    assert mailstage("reject", mailstage.asks_draft(), "--reason", "wrong order") == 0
    assert "Nothing is sent" in mailstage.out
    assert mailstage.stage() is Stage.FILED
    assert mailstage.queued() == []


def test_an_action_is_dealt_with_or_answered(mailstage: Office) -> None:
    """Approve means that nothing needs to be sent any more."""
    assert mailstage("approve", mailstage.asks_action(), "-r", "called her") == 0
    assert mailstage.stage() is Stage.FILED
    assert mailstage.queued() == []


def test_an_action_is_answered_with_an_edit(mailstage: Office) -> None:
    """A person writes what no machine may."""
    assert mailstage("edit", mailstage.asks_action(), "--file", "-", typed="I am sorry.\n\nNoor") == 0
    assert mailstage.stage() is Stage.APPROVED
    assert b"I am sorry." in mailstage.queued()[0]


def test_a_refused_reply_may_go_out_again_in_the_same_words(mailstage: Office) -> None:
    """An unchanged edit of a question that is no approval is a reply, not a "dealt with"; `show` has the words."""
    assert mailstage("edit", mailstage.asks_draft(), "--file", "-", typed="It ships on Friday.") == 0
    item = claim_next(mailstage.inbox.store, "support", 60)
    assert item is not None
    refused = [RecipientResult(address=name, state=RecipientState.REFUSED, code=550) for name in item.pending]
    record_results(mailstage.inbox.store, item, refused)
    number = mailstage._last()
    assert mailstage("show", number) == 0
    assert mailstage.out.index("It ships on Friday.") < mailstage.out.index("It ships today.")
    assert mailstage("edit", number, "--file", "-", typed="It ships today.") == 0
    assert b"It ships today." in mailstage.queued()[0]


def test_a_person_says_that_a_reply_was_sent(mailstage: Office) -> None:
    """Then it is never sent again."""
    assert mailstage("approve", mailstage.asks_whether_sent()) == 0
    assert mailstage.stage() is Stage.SENT
    assert mailstage.queued() == []


def test_a_person_says_that_a_reply_was_not_sent(mailstage: Office) -> None:
    """Then the same bytes go out again."""
    assert mailstage("reject", mailstage.asks_whether_sent(), "-r", "not in the server's log") == 0
    assert mailstage.stage() is Stage.APPROVED
    assert len(mailstage.queued()) == 1


def test_a_promotion_takes_effect_at_once(mailstage: Office) -> None:
    """And a rejected one leaves the phase as it is."""
    rollout.ensure(mailstage.inbox.store, "support", Phase.DRAFT)
    assert mailstage("reject", mailstage.asks_promotion(), "-r", "too early") == 0
    assert rollout.state(mailstage.inbox.store, "support").phase is Phase.DRAFT
    assert mailstage("approve", mailstage.asks_promotion()) == 0
    assert rollout.state(mailstage.inbox.store, "support").phase is Phase.CONVERSE


def test_a_paused_mailbox_approves_nothing(mailstage: Office) -> None:
    """The line says how to go on; the question stays open."""
    number = mailstage.asks_draft()
    assert mailstage("pause", "support") == 0
    assert "mailstage resume support" in mailstage.refused("approve", number)
    assert mailstage("resume", "support") == 0
    assert mailstage("approve", number) == 0


@pytest.mark.parametrize("command", [("show",), ("approve",), ("edit", "--file", "-"), ("reject", "-r", "no")])
def test_a_review_that_does_not_exist_is_refused(mailstage: Office, command: tuple[str, ...]) -> None:
    """The line names the command that lists them."""
    name, *options = command
    assert "mailstage queue" in mailstage.refused(name, 999, *options)


def test_train_evaluate_and_categorize(mailstage: Office, tmp_path: Path) -> None:
    """From labelled lines to a category for one mail, all as JSON."""
    rows = [row.model_dump(by_alias=True, exclude={"text"}) for row in labelled(20, foreign=20)]
    (tmp_path / "mail.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    (report,) = mailstage.json("train", "--data", "mail.jsonl", "--out", "model")
    assert report["labels"] == {"billing": 20, "delivery": 20, "repair": 20}
    assert mailstage("evaluate", "categorize", "--model", "model", "--data", "mail.jsonl") == 0
    figures = json.loads(mailstage.out)
    assert figures["n"] == len(rows)
    assert figures["accuracy"] > 0.9
    assert (figures["unknown_labels"], mailstage.err) == ([], "")
    shouted = [{**row, "label": row["label"] and row["label"].upper()} for row in rows]
    (tmp_path / "shouted.jsonl").write_text("\n".join(json.dumps(row) for row in shouted), encoding="utf-8")
    assert mailstage("evaluate", "categorize", "--model", "model", "--data", "shouted.jsonl") == 0
    assert json.loads(mailstage.out)["unknown_labels"] == ["BILLING", "DELIVERY", "REPAIR"]
    assert "3 labels unknown to the model: BILLING (did you mean billing?), " in mailstage.err
    question = EmailMessage()
    question["From"], question["Subject"] = "Ada <ada@example.com>", "invoice payment"
    question.set_content("My invoice: the amount charged and the VAT differ from the payment.\n")
    (tmp_path / "mail.eml").write_bytes(question.as_bytes())
    assert mailstage("categorize", "--model", "model", "mail.eml") == 0
    found = json.loads(mailstage.out)
    assert found["file"] == "mail.eml"
    assert found["category"] == "billing"
    assert "reasons" not in found
    assert found["milliseconds"] > 0
    assert found["tone"].keys() == {"urgent", "negative", "positive"}
    assert found["language"] == "en"
    assert 0.5 < found["language_probability"] < 1
    assert mailstage("categorize", "--model", "model", "--precision", "0.99", "mail.eml") == 0
    assert json.loads(mailstage.out)["category"] == "billing"
    assert mailstage("categorize", "--model", "model", "--precision", "0.9", "mail.eml") == 2
    assert mailstage("categorize", "--model", "model", "--why", "mail.eml") == 0
    reasons = json.loads(mailstage.out)["reasons"]
    assert reasons["category"] == "billing"
    assert {one["words"] for one in reasons["words"]} & {"invoice", "payment"}


def test_train_says_where_its_report_lies(mailstage: Office, tmp_path: Path) -> None:
    """A page to open in a browser; JSON stays JSON."""
    rows = [row.model_dump(by_alias=True, exclude={"text"}) for row in labelled(12)]
    (tmp_path / "mail.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert mailstage("train", "--data", "mail.jsonl", "--out", "model") == 0
    assert str(Path("model", "report.html")) in mailstage.out
    assert (tmp_path / "model" / "report.html").is_file()


@pytest.mark.parametrize(
    ("line", "problem"), [("{", "not JSON"), ('{"text": "hello"}', "label"), ('{"label": "a"}', "text"), ("", "rows")]
)
def test_a_broken_line_of_labelled_mail_is_named(mailstage: Office, tmp_path: Path, line: str, problem: str) -> None:
    """File, line and problem; no model is written."""
    (tmp_path / "mail.jsonl").write_text(line, encoding="utf-8")
    said = mailstage.refused("train", "--data", "mail.jsonl", "--out", "model", "--json")
    assert "mail.jsonl" in said
    assert problem in said
    assert not (tmp_path / "model").exists()


def test_training_on_a_missing_file_is_refused(mailstage: Office) -> None:
    """The line names it."""
    assert "nowhere.jsonl" in mailstage.refused("train", "--data", "nowhere.jsonl", "--out", "model", "--json")


def test_knowledge_is_added_and_found(mailstage: Office, tmp_path: Path) -> None:
    """A second time it costs nothing; what is deleted disappears."""
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "warranty.md").write_text("# Warranty\n\nThe warranty on machines lasts three years.\n", encoding="utf-8")
    (folder / "beans.md").write_text("# Beans\n\nA subscription to beans may be paused.\n", encoding="utf-8")
    (first,) = mailstage.json("knowledge", "add", "handbook")
    assert (first["documents"], first["unchanged"]) == (2, 0)
    (second,) = mailstage.json("knowledge", "add", "handbook")
    assert second["unchanged"] == 2
    found = mailstage.json("knowledge", "search", "how long is the warranty on a machine", "-k", "1")
    assert [str(passage["document"]).endswith("warranty.md") for passage in found] == [True]
    (folder / "beans.md").unlink()
    (third,) = mailstage.json("knowledge", "add", "handbook")
    assert third["removed"] == 1


def test_knowledge_is_told_in_one_line_and_found_in_order(
    mailstage: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However many documents there are; the best passage is the first, without a figure that says nothing."""
    folder = tmp_path / "handbook"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.md").write_text(f"# Part {number}\n\nThe warranty of part {number} lasts three years.\n")
    with caplog.at_level("INFO", logger="mailstage"):
        assert mailstage("knowledge", "add", "handbook") == 0
    assert mailstage.out.splitlines() == ["12 documents, 12 passages; 0 unchanged, 0 removed."]
    assert (mailstage.err, caplog.records) == ("", [])
    assert mailstage("knowledge", "search", "how long is the warranty", "-k", "2") == 0
    assert [line[:2] for line in mailstage.out.splitlines() if not line.startswith(" ")] == ["1.", "2."]


def test_searching_before_anything_was_added(mailstage: Office) -> None:
    """No trace of a stack; either nothing is found, or one line says what to do."""
    status = mailstage("knowledge", "search", "warranty")
    said = mailstage.out if status == 0 else mailstage.err
    assert len(said.strip().splitlines()) == 1
    assert "knowledge" in said


def test_link_prints_another_sign_in_link(mailstage: Office) -> None:
    """A new one each time, for the address in the settings."""
    assert mailstage("link") == 0
    first = mailstage.out.strip()
    assert first.startswith("http://127.0.0.1:8433/")
    assert mailstage("link") == 0
    assert mailstage.out.strip() != first
