"""What a category is called says what it is about: one more example of it, worth most where there are few.

With ten rows a category it gives the encoder's step 0.6 points of accuracy (BANKING77, four draws from its training
rows), with hundreds it drowns. Such rows are learned from and never measured.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ml.small.labelled import MailText
from ml.small.ngrams import folded
from ml.small.rows import Examples

_BETWEEN_WORDS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")


def words_of(label: str) -> str:
    """`order_status`, `order-status` and `orderStatus` as `order status`; empty for what is no word, as `A1`."""
    words = " ".join(filter(None, _BETWEEN_WORDS.split(label)))
    return words if sum(character.isalpha() for character in words) > 1 else ""


def with_names(examples: Examples, descriptions: Mapping[str, Sequence[str]] | None = None) -> Examples:
    """The examples, and after them one of each category for its name, or for each of its `descriptions`."""
    told = descriptions or {}
    texts = [
        (text, target)
        for target, category in enumerate(examples.categories)
        for text in told.get(category, (words_of(category),))
        if text
    ]
    mails = tuple(MailText("", text) for text, _ in texts)
    added = np.array([target for _, target in texts], dtype=np.int64)
    return replace(
        examples,
        mails=(*examples.mails, *mails),
        keys=(*examples.keys, *(folded(mail.body) for mail in mails)),
        targets=np.concatenate([examples.targets, added]),
        groups=np.concatenate([examples.groups, len(examples.groups) + np.arange(len(added))]),
        numbers=np.concatenate([examples.numbers, np.zeros_like(added)]),
    )
