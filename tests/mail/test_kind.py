"""What sort of sender wrote a message, by header, and who can be answered."""

import pytest

from mail.kinds.kind import nobody_home
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
        ("List-Archive: <https://example.com/archive>", Kind.BULK),
        ("X-Apple-Action: VACATION", Kind.AUTO_REPLY),
        ("X-BeenThere: list@example.com", Kind.LIST),
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


def test_read_receipts_are_neither_vacation_nor_person() -> None:
    """RFC 8098, and the ones that carry no report."""
    report = "Content-Type: multipart/report; report-type=disposition-notification; boundary=b"
    body = "--b\r\n\r\nYour mail was displayed.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n--b--"
    assert kind_of(report, body=body) is Kind.NOTIFICATION
    assert kind_of(subject="Read: Grinder", body="Your message was read on Monday.") is Kind.NOTIFICATION
    assert kind_of(subject="Gelesen: Mühle", body="Ihre Nachricht wurde am Montag gelesen.") is Kind.NOTIFICATION
    assert kind_of(subject="Read: my complaint", body="Please read this, I want my money back.") is Kind.HUMAN


def test_a_list_that_refuses_our_mail_bounces_it() -> None:
    """Old list software answers strangers by a mail of its own; other list mail stays list mail."""
    software = "X-MLServer: fml [fml 4.0 STABLE]"
    assert kind_of(software, subject="NOT MEMBER article from ada@example.com (grinders ML)") is Kind.BOUNCE
    assert kind_of(software, subject="[grinders] Which grinder?") is Kind.LIST


def test_complaints_are_told_from_bounces() -> None:
    """RFC 5965, and what Apple Mail sends for somebody who wants no more."""
    report = "Content-Type: multipart/report; report-type=feedback-report; boundary=b"
    body = "--b\r\n\r\nAbuse.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n--b--"
    assert kind_of(report, body=body) is Kind.FEEDBACK_REPORT
    assert kind_of("X-Apple-Unsubscribe: true", "Auto-Submitted: auto-replied") is Kind.FEEDBACK_REPORT


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
