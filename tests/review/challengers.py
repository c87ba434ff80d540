"""A question about a new model, as the learning flow asks it."""

from typing import Any

from models.challenge import CategoryChange, Challenge, ChangedAnswer, Comparison, Standing, Verdict
from models.review import Review
from store.challenges import ask_about_model
from tests.review.factories import World, last_review

COMPARISON = Comparison(
    n=412,
    from_decisions=57,
    champion=Standing(rows=1_630, accuracy=0.9053, coverage=0.7816, precision=0.9534, cost=0.9466),
    challenger=Standing(rows=1_862, accuracy=0.9466, coverage=0.8544, precision=0.9659, cost=0.7282),
    gained=23,
    lost=6,
    better_p=0.00116,
    worse_p=0.99966,
    cheaper_p=0.0031,
    dearer_p=0.997,
    wrong_cost=20.0,
    cost_low=-0.4102,
    cost_high=-0.0316,
    verdict=Verdict.BETTER,
    why="a model that learned from reviewers' decisions is more often right: 94.7% right against 90.5% on 412 mails "
    "that neither was trained on",
    categories=(
        CategoryChange(category="warranty", n=96, before=91, after=89),
        CategoryChange(category="invoice", n=71, before=64, after=66),
        CategoryChange(category="partner", n=38, before=22, after=33),
        CategoryChange(category=None, n=52, before=45, after=51),
    ),
    examples=(
        ChangedAnswer(
            text="Grove G2 · my grinder came with a scratch, can I send it back or is that a repair?",
            label="warranty",
            before="warranty",
            after="product_question",
            right_before=True,
        ),
        ChangedAnswer(
            text="Kestrel in onze winkel · Wij verkopen al tien jaar espressomachines in Gent en zouden graag de Duo …",
            label="partner",
            before="product_question",
            after="partner",
            right_before=False,
        ),
        ChangedAnswer(
            text="Vacature · Hierbij solliciteer ik naar de functie van <b>servicemonteur</b> in Utrecht",
            label=None,
            before="warranty",
            after=None,
            right_before=False,
        ),
    ),
)


def make_challenge(**fields: Any) -> Challenge:
    given: dict[str, Any] = {
        "why": COMPARISON.why,
        "version": "3f9c2ab81d40",
        "sha256": "d" * 64,
        "champion": "91b07ce4a2f5",
        "rows": 2_274,
        "changed": 281,
        "comparison": COMPARISON,
    }
    return Challenge(**(given | fields))


def ask_model(world: World, **fields: Any) -> Review:
    """The question waits; `fields` change what it says."""
    assert ask_about_model(world.store, make_challenge(**fields)) is not None
    return last_review(world)
