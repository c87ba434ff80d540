"""What sort of sender wrote a message, by header, and who can be answered."""

import pytest

from mail.kind import nobody_home
from mail.reading import read_message
from models.message import Address, Kind


def kind_of(*fields: str, body: str = "Hello there", subject: str = "Question") -> Kind:
    header = "\r\n".join(("From: ada@example.com", f"Subject: {subject}", *fields))
    return read_message(f"{header}\r\n\r\n{body}\r\n".encode()).kind


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("Auto-Submitted: auto-replied (vacation)", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-generated", Kind.NOTIFICATION),
        ("Auto-Submitted: no", Kind.HUMAN),
        ("X-Autoreply: yes", Kind.AUTO_REPLY),
        ("X-Autorespond: Re: your mail", Kind.AUTO_REPLY),
        ("Precedence: auto_reply", Kind.AUTO_REPLY),
        ("Precedence: bulk", Kind.BULK),
        ("Precedence: list", Kind.LIST),
        ("List-Unsubscribe: <https://example.com/out>", Kind.BULK),
        ("Feedback-ID: 1:2:3", Kind.BULK),
        ("X-Auto-Response-Suppress: All", Kind.NOTIFICATION),
        ("X-Auto-Response-Suppress: DR, RN", Kind.HUMAN),
        ("Return-Path: <>", Kind.NOTIFICATION),
        ("X-Failed-Recipients: bo@example.com", Kind.BOUNCE),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", Kind.HUMAN),
        ("Content-Type: text/calendar; method=REPLY", Kind.CALENDAR),
        ("X-Priority: 1", Kind.HUMAN),
    ],
)
def test_headers_give_machines_away(field: str, kind: Kind) -> None:
    """RFC 3834, RFC 5230 section 4.6, RFC 2369, and what servers do besides."""
    assert kind_of(field) is kind


@pytest.mark.parametrize(
    "subject",
    ["Automatische Antwort: Mühle", "Abwesenheitsnotiz", "Out of office: Grinder", "Automatic reply: Grinder",
     "Respuesta automática: Molinillo", "Réponse automatique : Moulin", "Afwezig tot maandag",
             "Automatisch antwoord: x",
     "Risposta automatica: x", "Resposta automática: x", "Autosvar: x", "Automatyczna odpowiedź: x", "自动回复: x"],
)  # fmt: skip
def test_subjects_of_absence_notes_are_known(subject: str) -> None:
    """Some programs set no header at all."""
    assert kind_of(subject=subject) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    ["My automatic grinder", "The office machine", "Away with the old one?", "Question about an undelivered parcel"],
)
def test_customers_who_use_such_words_stay_human(subject: str) -> None:
    """A missed customer is worse than an answered machine that is caught elsewhere."""
    assert kind_of(subject=subject) is Kind.HUMAN


@pytest.mark.parametrize(
    ("address", "nobody"),
    [
        ("no-reply@example.com", True),
        ("noreply+123@example.com", True),
        ("do_not_reply@example.com", True),
        ("mailer-daemon@example.com", True),
        ("postmaster@example.com", True),
        ("notifications@example.com", True),
        ("nora.reply@example.com", False),
        ("bounce.house@example.com", True),
        ("ada@noreply.example.com", False),
        ("ada@example.com", False),
    ],
)
def test_addresses_where_nobody_reads(address: str, nobody: bool) -> None:
    """By the local part alone."""
    assert nobody_home(Address(address=address)) is nobody
