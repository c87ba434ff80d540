"""A large model that is named for sorting is asked in phase 1, after the small one and before the labels."""

import pytest
import tomlkit

from models.classification import DecidedBy
from store.classifications import latest_classification, opinion_in
from store.reviews import waiting
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
