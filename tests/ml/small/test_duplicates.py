"""Which mails are of one wording."""

import pytest

from ml.small.labelled import MailText
from ml.small.learning.duplicates import LEAST_WORDS, hash_of_words, wording
from ml.small.learning.wordings import wordings
from ml.small.ngrams import folded
from models.campaign import Fingerprint
from store.campaigns import LIKE
from tests.factories import mail

KEPT = "0661d31801fabb6a06f450f201ce3603"
SUBJECT = "Your price increase"
TEXT = """{hello},

on {day} you told us that our plan {plan} will cost more from next year. We have been customers since {year} and did \
not agree to that. Please keep the old price for us, or tell us how we can end the contract without a fee before the \
new price applies.

{name}"""


def fingerprint(**said: str) -> Fingerprint:
    given = {"hello": "Dear team", "day": "3 March", "plan": "KG-1001", "year": "2019", "name": "Ada Lindqvist"}
    found = wording(SUBJECT, TEXT.format(**(given | said)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "said",
    [
        {"name": "Jonas van der Berg"},
        {"day": "17.04.2026", "plan": "KG-20077", "year": "2003"},
        {"hello": "Hello Mrs Kaya", "name": "Théo Marchand", "day": "1 April"},
    ],
)
def test_names_numbers_and_dates_do_not_part_a_wording(said: dict[str, str]) -> None:
    """What a campaign fills in for each sender leaves most word pairs as they are."""
    assert fingerprint().likeness(fingerprint(**said)) >= LIKE


def test_another_text_is_another_wording() -> None:
    """Two complaints about the same thing in other words are decided one by one."""
    other = wording(SUBJECT, "The letter about the new tariff came today. It is far too expensive and I want out.")
    assert other is not None
    assert fingerprint().likeness(other) < 0.2


def test_a_short_text_has_no_fingerprint() -> None:
    """Many people write a few words alike and mean different things."""
    assert wording("Re: offer", "Yes please, go on.") is None
    assert wording("", " ".join(["word"] * (LEAST_WORDS - 1))) is None
    assert wording("", "") is None


def test_short_texts_of_the_same_words_have_one_hash() -> None:
    """Names in a greeting, numbers, case and spacing apart; another word is another hash."""
    first, same, other = (
        hash_of_words(mail(text))
        for text in ("Hello Ada,\nsend invoice 17!", "Dear Mr Kaya,\nSend  invoice 4711.", "Send invoices 17")
    )
    assert first == same != other
    assert len(first) == 32


def test_a_fingerprint_is_the_same_for_ever() -> None:
    """Those of last month are in the store: another value for the same text would forget every campaign."""
    found = fingerprint()
    assert found.hex.startswith(KEPT)
    assert Fingerprint.of_hex(found.hex) == found


@pytest.mark.parametrize("text", ["发货了吗 " * 20, "\ud800 broken " * 20, "<b>" * 5_000, "a" * 100_000])
def test_odd_text_is_read(text: str) -> None:
    """Other scripts, lone surrogates and giant words: a fingerprint or none, never an error."""
    found = wording("", text)
    assert found is None or found.likeness(found) == 1.0


def test_short_mails_that_long_numbers_alone_set_apart_are_one_wording() -> None:
    """A form sends hundreds of them: to the thresholds they count once, long before they have a fingerprint."""
    texts = ["Where is order KG-200001?", "Where is order KG-200002?", "What is error E5?", "What is error E2?"]
    mails = [MailText("", text) for text in texts]
    assert wordings(mails, [folded(text) for text in texts]).tolist() == [0, 0, 2, 3]
