"""What moves a mailbox up and down: evidence, a person's yes, and quality that drops."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from models.case import Stage
from models.classification import Classification
from models.errors import ApprovalError
from models.message import Address
from models.review import Decision, Outcome, Review, ReviewKind
from models.rollout import Phase, Requirement
from models.settings import Company, MailboxSettings, MailServer, Policy, Settings
from store import rollout
from store.audit import entries
from store.classifications import Categorized, save_categorized
from store.decisions import approve_reply, close_without_reply
from store.drafts import add_draft, ask_approval
from store.reviews import get_review, waiting
from tasks.decide import decide_review
from tasks.measure import RECENT, evidence_for, fall_back, propose_promotion
from tasks.workplace import Workplace
from tests.factories import TEAM, Inbox, mail, outgoing, reply

NEEDED = Requirement(reviewed=10, category_accuracy=0.5, acceptance=0.6, open_incidents=1)
NOWHERE = MailServer(host="127.0.0.1", port=1)


@dataclass
class Record:
    """A mailbox and the decisions that people have taken in it."""

    inbox: Inbox
    place: Workplace
    count: int = 0

    def stands_in(self, phase: Phase) -> None:
        rollout.set_phase(self.inbox.store, "support", phase, "noor")
        self.inbox.clock.forward(seconds=1)

    @property
    def phase(self) -> Phase:
        return self.place.state("support").phase

    def decided(self, number: int, outcome: Outcome = Outcome.APPROVED, by: str = "noor") -> None:
        """So many drafts, each of a mail of its own, decided alike."""
        for _ in range(number):
            self._decide_draft(outcome, by)

    def _decide_draft(self, outcome: Outcome, by: str) -> None:
        self.count += 1
        sender = Address(name="Ada", address=f"ada{self.count}@example.com")
        self.inbox.save(self.inbox.arrival(mail(message_id=f"<{self.count}@example.com>", sender=sender)))
        case = self.inbox.cases(Stage.RECEIVED)[-1]
        sure = Classification(category="order_status", probability=0.95)
        save_categorized(self.inbox.store, [Categorized(case, sure, Stage.CATEGORIZED)])
        case = add_draft(self.inbox.store, self.inbox.cases(Stage.CATEGORIZED)[-1], reply())
        ask_approval(self.inbox.store, case, reply(), "each reply is approved by a person")
        review = waiting(self.inbox.store, "support", [ReviewKind.DRAFT])[-1]
        decision = Decision(
            review_id=review.id, outcome=outcome, decided_by=by, shown_hash=review.shown_hash, reason="because"
        )
        self.inbox.clock.forward(seconds=1)
        if outcome is Outcome.REJECTED:
            close_without_reply(self.inbox.store, decision)
        else:
            approve_reply(self.inbox.store, decision, outgoing(message_id=f"<r{self.count}@ours.example>"))

    def proposed(self) -> Review:
        number = propose_promotion(self.place, "support")
        assert number is not None
        return get_review(self.inbox.store, number)

    def decide(self, review: Review, outcome: Outcome, reason: str = "") -> None:
        decision = Decision(
            review_id=review.id, outcome=outcome, decided_by="noor", shown_hash=review.shown_hash, reason=reason
        )
        decide_review(self.place, decision)


@pytest.fixture
def support(tmp_path: Path) -> Record:
    inbox = Inbox(tmp_path)
    box = MailboxSettings(address=TEAM.address, imap=NOWHERE, smtp=NOWHERE)
    settings = Settings(
        company=Company(name="Kestrel Grove"),
        data=tmp_path,
        mailboxes={"support": box},
        policy=Policy(promotion=NEEDED),
    )
    record = Record(inbox, Workplace(settings, inbox.store))
    record.stands_in(Phase.DRAFT)
    return record


def test_good_evidence_proposes_a_promotion(support: Record) -> None:
    """The question says from where, to where, and on what evidence."""
    support.decided(NEEDED.reviewed)
    review = support.proposed()
    assert (review.kind, review.mailbox, review.case_id) == (ReviewKind.PROMOTION, "support", None)
    assert (review.payload["from"], review.payload["to"]) == (2, 3)
    assert review.payload["evidence"]["reviewed"] == NEEDED.reviewed
    assert review.payload["evidence"]["acceptance"]["successes"] == NEEDED.reviewed
    assert support.phase is Phase.DRAFT, "a proposal moves nothing"


def test_the_same_question_is_asked_once(support: Record) -> None:
    """However often the upkeep runs, and however the evidence grows meanwhile."""
    support.decided(NEEDED.reviewed)
    support.proposed()
    assert propose_promotion(support.place, "support") is None
    support.decided(1)
    assert propose_promotion(support.place, "support") is None
    assert len(waiting(support.inbox.store, "support", [ReviewKind.PROMOTION])) == 1


def test_short_evidence_proposes_nothing(support: Record) -> None:
    """One decision fewer than needed."""
    support.decided(NEEDED.reviewed - 1)
    assert propose_promotion(support.place, "support") is None
    assert evidence_for(support.place, "support").shortfalls


def test_the_lower_end_of_the_interval_counts(support: Record) -> None:
    """Seven of ten are 70%, but surely no more than 40%."""
    support.decided(7)
    support.decided(3, Outcome.REJECTED)
    assert propose_promotion(support.place, "support") is None


def test_open_incidents_stand_against_a_promotion(support: Record) -> None:
    """More than allowed of mail that is with a person or in quarantine."""
    support.decided(NEEDED.reviewed)
    for number in range(NEEDED.open_incidents + 1):
        arrival = support.inbox.arrival(mail(message_id=f"<broken{number}@example.com>"))
        support.inbox.save(type(arrival)(arrival.fetched, arrival.message, arrival.thread, False, Stage.QUARANTINED))
    assert propose_promotion(support.place, "support") is None


def test_what_the_policy_approved_is_no_evidence(support: Record) -> None:
    """A mailbox does not vouch for itself."""
    support.decided(NEEDED.reviewed, by="policy")
    assert propose_promotion(support.place, "support") is None


def test_a_paused_mailbox_is_not_proposed(support: Record) -> None:
    """Whether it is paused alone or with all."""
    support.decided(NEEDED.reviewed)
    for name in ("support", rollout.EVERYTHING):
        rollout.set_paused(support.inbox.store, name, True, "noor", start=Phase.DRAFT)
        assert propose_promotion(support.place, "support") is None
        rollout.set_paused(support.inbox.store, name, False, "noor", start=Phase.DRAFT)
    assert support.proposed()


def test_the_last_phase_is_the_last(support: Record) -> None:
    """There is nothing above phase 3."""
    support.decided(NEEDED.reviewed)
    support.stands_in(Phase.CONVERSE)
    assert propose_promotion(support.place, "support") is None


def test_a_yes_promotes_and_is_written_down(support: Record) -> None:
    """In the name of who said so."""
    support.decided(NEEDED.reviewed)
    support.decide(support.proposed(), Outcome.APPROVED)
    assert support.phase is Phase.CONVERSE
    assert support.place.state("support").changed_by == "noor"
    actions = [(entry.actor, entry.action) for entry in entries(support.inbox.store, "mailbox")]
    assert {("noor", "phase"), ("noor", "promotion approved")} <= set(actions)


def test_a_no_leaves_the_phase(support: Record) -> None:
    """With a reason, as every no."""
    support.decided(NEEDED.reviewed)
    review = support.proposed()
    with pytest.raises(ApprovalError, match="why"):
        support.decide(review, Outcome.REJECTED)
    support.decide(review, Outcome.REJECTED, "too early")
    assert support.phase is Phase.DRAFT
    assert get_review(support.inbox.store, review.id).outcome is Outcome.REJECTED


@pytest.mark.parametrize("meanwhile", [Phase.CATEGORIZE, Phase.CONVERSE])
def test_a_yes_to_an_outdated_question_changes_nothing(support: Record, meanwhile: Phase) -> None:
    """The phase has changed since; the question can still be answered with no."""
    support.decided(NEEDED.reviewed)
    review = support.proposed()
    support.stands_in(meanwhile)
    with pytest.raises(ApprovalError, match="no longer in phase 2"):
        support.decide(review, Outcome.APPROVED)
    assert support.phase is meanwhile
    support.decide(review, Outcome.REJECTED, "overtaken")
    assert support.phase is meanwhile


def test_bad_drafts_take_a_mailbox_one_phase_down(support: Record) -> None:
    """None of ten went out unchanged: even the upper end of the interval is under 60%."""
    support.stands_in(Phase.CONVERSE)
    support.decided(NEEDED.reviewed, Outcome.REJECTED)
    assert fall_back(support.place, "support")
    assert support.phase is Phase.DRAFT
    state = support.place.state("support")
    assert state.changed_by == "mailstage"
    assert "0 of the last 10" in state.reason


def test_it_does_not_fall_further_on_the_same_evidence(support: Record) -> None:
    """The count begins anew with each phase."""
    support.stands_in(Phase.CONVERSE)
    support.decided(NEEDED.reviewed, Outcome.REJECTED)
    assert fall_back(support.place, "support")
    support.inbox.clock.forward(hours=1)
    assert not fall_back(support.place, "support")
    assert support.phase is Phase.DRAFT


def test_it_does_not_fall_before_enough_was_decided(support: Record) -> None:
    """Nine bad drafts in a row may be chance; the evidence for going up would not count them either."""
    support.decided(NEEDED.reviewed - 1, Outcome.REJECTED)
    assert not fall_back(support.place, "support")
    assert support.phase is Phase.DRAFT


def test_it_does_not_fall_while_the_interval_holds_the_requirement(support: Record) -> None:
    """Four of ten are too few, but 60% is still possible."""
    support.decided(4)
    support.decided(6, Outcome.REJECTED)
    assert not fall_back(support.place, "support")


def test_old_successes_do_not_hide_a_drop(support: Record) -> None:
    """Only the most recent decisions count."""
    support.decided(RECENT)
    support.decided(RECENT // 2 + 10, Outcome.EDITED)
    assert fall_back(support.place, "support")
    assert support.phase is Phase.CATEGORIZE


def test_the_first_phase_is_the_last_on_the_way_down(support: Record) -> None:
    """Sorting goes on whatever becomes of drafts."""
    support.stands_in(Phase.CATEGORIZE)
    support.decided(NEEDED.reviewed, Outcome.REJECTED)
    assert not fall_back(support.place, "support")
    assert support.phase is Phase.CATEGORIZE
