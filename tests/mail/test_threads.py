"""Base subjects and parents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.threads import base_subject, parent_ids, without_prefixes
from models.message import Message


@pytest.mark.parametrize(
    "subject",
    ["Invoice 7", "Re: Invoice 7", "RE: re: Invoice 7", "AW: Invoice 7", "Antw.: Invoice 7", "WG: AW: Invoice 7",
     "RÉ: Invoice 7", "RV: Invoice 7", "SV: VS: Invoice 7", "TR: Invoice 7", "Fwd: Invoice 7", "FW: Invoice 7 (fwd)",
     "[Fwd: Invoice 7]", "Re[2]: Invoice 7", "Re(3): Invoice 7", "Re : Invoice 7", "Odp: Invoice 7", "R: Invoice 7",
     "I: Invoice 7", "回复：Invoice 7", "Ответ: Invoice 7", "[Support] Re: [ext] Invoice 7", "  Re:\tInvoice   7 "],
)  # fmt: skip
def test_reply_marks_of_any_language_are_removed(subject: str) -> None:
    """All of them are one conversation (RFC 5256 section 2.1)."""
    assert base_subject(subject) == "Invoice 7"


@pytest.mark.parametrize("subject", ["Regarding: tea", "Return", "Invoice: 7", "[tag]", "Area: 51", ""])
def test_words_that_only_begin_alike_stay(subject: str) -> None:
    """A subject is never emptied and no word is cut."""
    assert base_subject(subject) == subject


def test_tags_stay_in_a_reply_subject() -> None:
    """`[Ticket 7]` is how another system finds its ticket."""
    assert without_prefixes("Re: AW: [Ticket 7] Tea") == "[Ticket 7] Tea"


@given(st.text(max_size=300))
def test_base_subject_never_raises_and_is_stable(subject: str) -> None:
    """Applied twice it changes nothing more."""
    once = base_subject(subject)
    assert base_subject(once) == once
    assert base_subject(f"Re: {once}") == once or not once


def test_parents_come_nearest_first_and_once() -> None:
    """In-Reply-To, then References from the end; never the message itself."""
    message = Message(message_id="<d>", in_reply_to="<c>", references=("<a>", "<b>", "<c>", "<d>"))
    assert parent_ids(message) == ("<c>", "<b>", "<a>")
    assert parent_ids(Message(message_id="<d>")) == ()
