"""Base subjects and parents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.threads import base_subject, is_forward, parent_ids, without_prefixes
from models.message import Bounce, Message


@pytest.mark.parametrize(
    "subject",
    ["Invoice 7", "Re: Invoice 7", "RE: re: Invoice 7", "AW: Invoice 7", "Antw.: Invoice 7", "WG: AW: Invoice 7",
     "RÉ: Invoice 7", "RV: Invoice 7", "SV: VS: Invoice 7", "TR: Invoice 7", "Fwd: Invoice 7", "FW: Invoice 7 (fwd)",
     "[Fwd: Invoice 7]", "Re[2]: Invoice 7", "Re(3): Invoice 7", "Re : Invoice 7", "Odp: Invoice 7", "R: Invoice 7",
     "I: Invoice 7", "回复：Invoice 7", "Ответ: Invoice 7", "[Support] Re: [ext] Invoice 7", "  Re:\tInvoice   7 ",
     "Re^2: Invoice 7", "Re*2: Invoice 7", "Re2: Invoice 7", "RES: Invoice 7", "RIF: Invoice 7", "VB: SV: Invoice 7",
     "Doorst: Invoice 7", "Vá: Invoice 7", "YNT: Invoice 7", "İLT: Invoice 7", "PD: Invoice 7", "ENC: Invoice 7",
     "转发: 回复: Invoice 7", "答复: Invoice 7", "回覆：轉寄：Invoice 7", "返信: Invoice 7",
     "Re: Re[4]: FW: AW: Invoice 7",
     "Відп: Invoice 7", "Απ: Invoice 7", "Automatische Antwort: Invoice 7", "Automatic reply: Invoice 7",
     "Réponse automatique : Invoice 7", "Respuesta automática: Re: Invoice 7", "Automatisch antwoord: Invoice 7",
     "Automatiskt svar: Invoice 7", "Odpowiedź automatyczna: Invoice 7", "自动回复: Invoice 7",
     "Undeliverable: Invoice 7",
     "Unzustellbar: Re: Invoice 7", "Out of Office: Invoice 7"],
)  # fmt: skip
def test_reply_marks_of_any_language_are_removed(subject: str) -> None:
    """All of them are one conversation (RFC 5256 section 2.1)."""
    assert base_subject(subject) == "Invoice 7"


@pytest.mark.parametrize(
    "subject",
    [
        "Regarding: tea",
        "Reset: my password",
        "Trouble: steam",
        "From: Ada",
        "Automatic: on",
        "Pump: broken",
        "Return",
        "Invoice: 7",
        "[tag]",
        "Area: 51",
        "",
    ],
)
def test_words_that_only_begin_alike_stay(subject: str) -> None:
    """A subject is never emptied and no word is cut."""
    assert base_subject(subject) == subject


def test_tags_stay_in_a_reply_subject() -> None:
    """`[Ticket 7]` is how another system finds its ticket."""
    assert without_prefixes("Re: AW: [Ticket 7] Tea") == "[Ticket 7] Tea"


@pytest.mark.parametrize(
    "subject",
    ["Fwd: Tea", "FW: Tea", "WG: AW: Tea", "TR : Tea", "RV: Tea", "I: Tea", "Doorst: Tea", "VB: Tea", "VL: Tea",
    "PD: Tea",
     "Enc: Tea", "İlt: Tea", "Пересл: Tea", "转发：Tea", "轉寄: Tea", "[Fwd: Tea]", "Tea (fwd)", "[Support] Fwd: Tea"],
)  # fmt: skip
def test_forward_is_told_by_its_subject(subject: str) -> None:
    """Outlook gives no other sign."""
    assert is_forward(subject)
    assert not is_forward(f"Re: {subject.removesuffix(' (fwd)')}")
    assert not is_forward(f"AW: {subject.removesuffix(' (fwd)')}")


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


def test_bounce_belongs_to_the_mail_that_came_back() -> None:
    """Its id stands in the returned message, seldom in the bounce's own header."""
    message = Message(message_id="<d>", in_reply_to="<c>", bounce=Bounce(original_message_id="<sent>"))
    assert parent_ids(message) == ("<sent>", "<c>")
