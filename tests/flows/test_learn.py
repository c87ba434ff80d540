"""What reviewers decide becomes a model, through real flows, embedded servers and a person's yes."""

import asyncio
import random
from email.message import EmailMessage

import pytest

from flows.learn import learn
from ml.small.manifest import read_manifest
from ml.small.training import train
from models.challenge import LearningOutcome
from models.review import Decision, Outcome, Review, ReviewKind
from store.challenges import challenge_of, open_question
from store.classifications import latest_classification
from store.reviews import waiting
from tasks.decide import decide_review
from tests.cases import find_cases
from tests.company import Company
from tests.ml.small.factories import labelled
from tests.tasks.learning import NEW_TOPIC

pytestmark = pytest.mark.usefixtures("prefect_server")
KNOWN = {"delivery": "delivery_problem", "billing": "invoice_billing", "repair": "warranty_repair"}
NEW = "subscription"
"""A category that the first model has never heard of."""


def decide(company: Company, review: Review, outcome: Outcome, **more: str) -> None:
    decision = Decision(review_id=review.id, outcome=outcome, decided_by="noor", shown_hash=review.shown_hash, **more)
    decide_review(company.place, decision)


def deliver(company: Company, count: int, seed: int) -> None:
    """Mails of the new category in the office's inbox."""
    dice = random.Random(seed)
    for number in range(count):
        letter = EmailMessage()
        letter["From"], letter["To"] = f"ada{seed}.{number}@example.com", "office@kestrelgrove.example"
        letter["Subject"] = dice.choice(NEW_TOPIC)
        letter.set_content(f"Please, {' '.join(dice.sample(NEW_TOPIC, 4))}, says number {number}\n")
        company.servers.deliver("office@kestrelgrove.example", letter.as_bytes())


def test_a_category_is_learned_from_reviewers(company: Company) -> None:
    """The weekly flow asks, a person says yes, and the very next run of a mailbox sorts with the new model."""
    store, folder = company.place.store, company.place.settings.model_dir
    old = [row.model_copy(update={"label": KNOWN.get(row.label or "")}) for row in labelled(40, foreign=30)]
    champion = train(old, folder).version
    deliver(company, 40, seed=1)
    company.run("office")
    for review in waiting(store, "office", [ReviewKind.CATEGORY]):
        decide(company, review, Outcome.EDITED, category=NEW)
    report = asyncio.run(learn(str(company.config)))
    assert report.outcome is LearningOutcome.ASKED, report.why
    question = open_question(store)
    assert question is not None
    assert read_manifest(folder).version == champion
    decide(company, question, Outcome.APPROVED)
    deliver(company, 1, seed=2)
    company.run("office")
    found = latest_classification(store, find_cases(store, "office")[-1].id)
    assert found is not None
    assert found.model_version == challenge_of(question).version
    assert NEW in (found.category, *(other.category for other in found.alternatives[:1]))
