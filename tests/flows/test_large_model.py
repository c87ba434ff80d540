"""A large model that is named for sorting is asked in phase 1, once what the small one sorted is labelled."""

import asyncio

import pytest
import tomlkit

from flows.categorize import categorize
from models.case import Stage
from models.classification import Classification, DecidedBy
from models.rollout import Phase
from store import rollout
from store.classifications import latest_classification, opinion_in
from store.labels import pending_labels
from store.opinions import answer_instead, begin_asking, unasked_questions
from store.reviews import waiting
from tasks.consult import Consulted
from tasks.workplace import Workplace
from tests.cases import find_cases
from tests.company import Company
from tests.openai_server import OpenAiServer, openai_server, says_json

pytestmark = pytest.mark.usefixtures("prefect_server")


def name_large_model(company: Company, server: OpenAiServer) -> None:
    """In the settings file of the installation."""
    document = tomlkit.parse(company.config.read_text(encoding="utf-8")).unwrap()
    provider = {"name": "local", "kind": "openai_compatible", "model": "test", "base_url": server.url}
    document["providers"] = [provider]
    document["sorting"] = {**document.get("sorting", {}), "large_model": "local"}
    company.config.write_text(tomlkit.dumps(document), encoding="utf-8")


def test_what_the_small_model_leaves_open_is_asked_of_the_large_one(company: Company) -> None:
    """Of two mails the sure one alone passes without it."""
    with openai_server(says_json({"category": "product_question"})) as server:
        name_large_model(company, server)
        company.deliver("orders", "003", "007")
        company.run("orders")
        sorting = [prompt for prompt in server.prompts if "You sort the mail" in prompt]
    asked, *_ = [review for review in waiting(company.place.store, "orders") if review.kind == "category"]
    assert len(sorting) == 1
    opinion = opinion_in(asked.payload)
    assert opinion is not None
    assert opinion.category == "product_question"
    found = latest_classification(company.place.store, asked.case_id or 0)
    assert found is not None
    assert found.decided_by is not DecidedBy.LLM


def test_what_is_sorted_does_not_wait_for_the_large_model(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """It bears its label and is filed before that is asked; what that answers is labelled and filed in the same run."""
    before: list[set[Stage]] = []

    async def answers(place: Workplace, mailbox: str) -> Consulted:
        assert not pending_labels(place.store, mailbox, 1)
        before.append({case.stage for case in find_cases(place.store, mailbox)})
        (question,) = unasked_questions(place.store, mailbox, None, 2)
        rows = begin_asking(place.store, mailbox, [question], "m", 1)
        found = Classification(category="product_question", probability=0.97, decided_by=DecidedBy.LLM)
        assert answer_instead(place.store, rows[question.case.id], found, question, "it earned that")
        return Consulted(asked=1, answered=1)

    with openai_server() as server:
        name_large_model(company, server)
        rollout.set_phase(company.place.store, "orders", Phase.CATEGORIZE, "noor")
        company.deliver("orders", "003", "007")
        monkeypatch.setattr("flows.categorize.consulting", answers)
        asyncio.run(categorize("orders", str(company.config)))
    assert before == [{Stage.FILED, Stage.AWAITING_CATEGORY}]
    assert {case.stage for case in find_cases(company.place.store, "orders")} == {Stage.FILED}
    assert not pending_labels(company.place.store, "orders", 1)
