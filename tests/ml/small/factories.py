"""Small labelled data sets and messages for the tests of the sorting wing."""

import random

from ml.small.labelled import LabelledMail
from models.message import Address, Message

TOPICS = {
    "delivery": ["parcel", "courier", "tracking", "doorstep", "shipped"],
    "billing": ["invoice", "payment", "VAT", "amount", "charged"],
    "repair": ["broken", "leaks", "warranty", "pump", "noise"],
}
FOREIGN = ["choir practice", "lost cat", "football tickets", "wedding photos", "garden fence"]
FILLERS = ["hello there", "please help me", "since yesterday", "best regards", "I am waiting", "thank you"]


def all_words() -> set[str]:
    """Every word of `labelled`."""
    phrases = [*FOREIGN, *FILLERS, *(word for words in TOPICS.values() for word in words)]
    return {word for phrase in phrases for word in phrase.split()}


def labelled(count: int = 30, *, foreign: int = 0, seed: int = 1) -> list[LabelledMail]:
    """`count` rows of each topic, easy to tell apart, and `foreign` out-of-scope rows."""
    dice = random.Random(seed)
    rows = [
        LabelledMail(
            label=topic,
            subject=dice.choice(words),
            body=f"{dice.choice(FILLERS)} {' '.join(dice.sample(words, 3))} {dice.choice(FILLERS)} {number}",
        )
        for topic, words in TOPICS.items()
        for number in range(count)
    ]
    return rows + [
        LabelledMail(
            label=None, subject=dice.choice(FOREIGN), body=f"{dice.choice(FOREIGN)} {dice.choice(FOREIGN)} {n}"
        )
        for n in range(foreign)
    ]


def message(body: str = "", subject: str = "", sender: str = "ann@example.org", **fields: object) -> Message:
    return Message.model_validate(
        {"sender": Address(address=sender), "subject": subject, "text": body, "reply_text": body, **fields}
    )
