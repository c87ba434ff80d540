"""The whole road, as flows, on embedded servers: what arrives, what a person decides, what goes over the wire."""

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from mail.reading import read_message
from models.case import Stage
from models.draft import DraftPurpose
from models.errors import TemplateError
from models.outbox import OutboxState, RecipientResult, RecipientState
from models.review import Decision, Outcome, Outgoing, Review, ReviewKind
from models.rollout import Phase
from models.settings import MailServer
from store import rollout
from store.cases import get_case
from store.conversations import get_conversation, get_turns
from store.drafts import latest_draft
from store.outbox import find_outbox
from store.reviews import waiting
from tasks.decide import decide_review
from tests.cases import find_cases
from tests.company import Company

pytestmark = pytest.mark.usefixtures("prefect_server")
ADA = "ada.lindqvist@example.com"


def decide(company: Company, review: Review, outcome: Outcome, **more: str) -> None:
    decision = Decision(review_id=review.id, outcome=outcome, decided_by="noor", shown_hash=review.shown_hash, **more)
    decide_review(company.place, decision)


def stages(company: Company, mailbox: str) -> list[Stage]:
    return [case.stage for case in find_cases(company.place.store, mailbox)]


def test_phase_1_sorts_labels_and_files(company: Company) -> None:
    """A mailbox in phase 1 writes nothing but labels: here as folders, since pymap refuses keywords."""
    company.deliver("office", "001", "016")
    company.run("office")
    assert stages(company, "office") == [Stage.FILED, Stage.SKIPPED]
    assert company.servers.wire == []
    assert len(company.servers.mails("office@kestrelgrove.example", "Mailstage/Partnership")) == 1


def test_a_person_is_asked_for_the_category_and_the_mail_goes_on(company: Company) -> None:
    """Under the threshold the case waits; the answer takes it to the next phase."""
    company.deliver("orders", "007")
    company.run("orders")
    (review,) = waiting(company.place.store, "orders")
    assert review.kind is ReviewKind.CATEGORY
    decide(company, review, Outcome.EDITED, category="product_question")
    company.run("orders")
    (review,) = waiting(company.place.store, "orders")
    assert review.kind is ReviewKind.DRAFT


def test_phase_2_sends_only_what_a_person_approved(company: Company) -> None:
    """An edit goes over the wire exactly as it was approved, and a copy lies in Sent."""
    company.deliver("orders", "003")
    company.run("orders")
    assert company.servers.wire == []
    (review,) = waiting(company.place.store, "orders")
    decide(company, review, Outcome.EDITED, body="Guten Tag,\n\ndie Rechnung liegt bei.\n")
    company.run("orders")
    (sent,) = company.servers.wire
    (item,) = find_outbox(company.place.store, "orders", OutboxState.SENT)
    assert hashlib.sha256(sent.raw).hexdigest() == item.approved_hash
    assert "die Rechnung liegt bei" in read_message(sent.raw).text
    in_sent = company.servers.mails("orders@kestrelgrove.example", "Sent")
    assert [read_message(raw).message_id for raw in in_sent] == [item.message_id]
    company.run("orders")
    assert len(company.servers.wire) == 1, "promise D"


def test_a_rejected_draft_is_not_sent(company: Company) -> None:
    """The reason stands with the case."""
    company.deliver("orders", "003")
    company.run("orders")
    decide(company, waiting(company.place.store, "orders")[0], Outcome.REJECTED, reason="wrong invoice")
    company.run("orders")
    (case,) = find_cases(company.place.store, "orders")
    assert case.stage is Stage.FILED
    assert "wrong invoice" in case.reason
    assert company.servers.wire == []


def test_phase_3_asks_for_what_is_missing_and_takes_the_answer_up(company: Company) -> None:
    """Ada's serial number is asked for by policy; her answer joins the conversation with the fact in it."""
    from cli.customers import answer_of
    from cli.example import EXAMPLES

    company.deliver("support", "011")
    company.run("support")
    (question,) = company.sent_to(ADA)
    (case,) = find_cases(company.place.store, "support")
    draft = latest_draft(company.place.store, case.id)
    assert draft is not None
    assert draft.purpose is DraftPurpose.ASK
    text = (EXAMPLES / "customers" / "ada-lindqvist.txt").read_text(encoding="utf-8")
    raw = answer_of(question, ADA, text, company.place.store.clock())
    company.servers.deliver("support@kestrelgrove.example", raw, company.place.store.clock())
    company.run("support")
    first, second = find_cases(company.place.store, "support")
    assert first.conversation_id == second.conversation_id
    conversation = get_conversation(company.place.store, first.conversation_id)
    assert conversation.facts["serial_number"] == "K2-0052816"
    assert [turn.ours for turn in get_turns(company.place.store, first.conversation_id)] == [False, True, False]


def test_danger_goes_to_a_person_without_a_draft(company: Company) -> None:
    """An angry complaint, a legal threat, and a mail with hidden instructions: nothing is sent."""
    company.deliver("support", "025", "053", "021")
    company.run("support")
    for review in waiting(company.place.store, "support", [ReviewKind.CATEGORY]):
        decide(company, review, Outcome.EDITED, category="complaint")
    company.run("support")
    assert set(stages(company, "support")) == {Stage.ESCALATED}
    assert company.servers.wire == []
    (review, *_) = waiting(company.place.store, "support", [ReviewKind.ACTION])
    decide(company, review, Outcome.EDITED, body="I have called you back.\n\nNoor")
    company.run("support")
    assert len(company.servers.wire) == 1


def test_a_pause_stops_drafts_and_sending_at_once(company: Company) -> None:
    """The kill switch is read before every model call and every send; afterwards the road goes on."""
    company.deliver("support", "011")
    rollout.set_paused(company.place.store, "support", True, "noor", start=Phase.CONVERSE)
    company.run("support")
    assert stages(company, "support") == [Stage.CATEGORIZED]
    rollout.set_paused(company.place.store, "support", False, "noor")
    company.run("support")
    assert len(company.sent_to(ADA)) == 1


def test_a_demotion_recalls_what_the_policy_had_approved(company: Company) -> None:
    """What has not left yet goes before a person instead."""
    from flows.categorize import categorize
    from tasks.converse import converse
    from tasks.draft import draft_replies

    company.deliver("support", "011")
    asyncio.run(categorize("support", str(company.config)))
    draft_replies(company.place, "support", None)
    converse(company.place, "support")
    assert len(find_outbox(company.place.store, "support", OutboxState.QUEUED)) == 1
    rollout.set_phase(company.place.store, "support", Phase.DRAFT, "noor")
    company.run("support")
    assert company.servers.wire == []
    assert len(waiting(company.place.store, "support", [ReviewKind.DRAFT])) == 1


def test_a_broken_template_stops_its_category_alone(company: Company) -> None:
    """The error names file and line; the other mail goes on, and the mended template takes up what was left."""
    folder = company.config.parent / "own"
    (folder / "replies").mkdir(parents=True)
    broken = folder / "replies" / "subscription.txt.j2"
    broken.write_text("Hello {{ nmae }}\n", encoding="utf-8")
    text = company.config.read_text(encoding="utf-8")
    company.config.write_text(text.replace('data = "data"', 'data = "data"\ntemplates = "own"', 1), encoding="utf-8")
    company.deliver("support", "011", "037")
    with pytest.raises(TemplateError, match=r"subscription\.txt\.j2.*line 1"):
        company.run("support")
    assert stages(company, "support")[1] is Stage.CATEGORIZED
    broken.unlink()
    company.run("support")
    assert Stage.CATEGORIZED not in stages(company, "support")


def test_unreadable_mail_is_quarantined_and_the_rest_flows(company: Company) -> None:
    """Promise Q: visible, with its raw bytes, and nothing else waits for it."""
    company.servers.deliver("support@kestrelgrove.example", b"\x00\x00\x00")
    company.deliver("support", "011")
    company.run("support")
    assert stages(company, "support") == [Stage.QUARANTINED, Stage.SENT]


def test_automatic_mail_is_never_answered(company: Company) -> None:
    """Newsletter, vacation notice, bounce, read receipt."""
    company.deliver("support", "006", "008", "009", "019", "027")
    company.run("support")
    assert set(stages(company, "support")) == {Stage.SKIPPED}


def test_a_refused_reply_comes_back_to_a_person(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """5xx: delivered to nobody, so a person may write another."""

    def refuse(_server: MailServer, outgoing: Outgoing, **_bounds: object) -> tuple[RecipientResult, ...]:
        no = RecipientResult(address="", state=RecipientState.REFUSED, code=550, text="no such user")
        return tuple(no.model_copy(update={"address": name}) for name in outgoing.recipients)

    company.deliver("support", "011")
    with monkeypatch.context() as patched:
        patched.setattr("tasks.send.send", refuse)
        company.run("support")
    (review,) = waiting(company.place.store, "support")
    assert "550" in review.payload["why"]
    assert get_case(company.place.store, review.case_id or 0).stage is Stage.ESCALATED
    decide(company, review, Outcome.EDITED, body="Once more.\n")
    company.run("support")
    assert len(company.sent_to(ADA)) == 1


def test_the_demo_shows_the_whole_road(tmp_path: Path) -> None:
    """`mailstage demo --no-serve` ends with status 0, a table, and mail on the wire."""
    command = [sys.executable, "-m", "cli", "demo", "--no-serve", "--data", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    for word in ("support", "orders", "office", "mails/s", "Waiting for you", ADA):
        assert word in done.stdout
