"""Signs of forged or redirected mail."""

import pytest

from mail.reading import read_message
from mail.trust.judging import same_organisation
from models.message import SenderTrust


def trust_of(*fields: str, body: str = "Hello") -> SenderTrust:
    return read_message("\r\n".join((*fields, "Subject: x", "", body)).encode()).trust


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (["From: a@example.com", "Reply-To: b@evil.example"], "b@evil.example"),
        (['From: "boss@bank.example" <x@evil.example>'], "boss@bank.example"),
        (["From: a@example.com", "From: b@example.net"], "more than one From"),
        (["From: a@example.com", "Reply-To: a@mail.example.com"], "a@mail.example.com"),
        (["From: a@gmail.com", "Reply-To: b@gmail.com"], "b@gmail.com"),
        (["From: a@example.com", "Reply-To: a@example.com, b@example.com"], "b@example.com"),
        (["From: a@example.com, b@example.net"], "more than one From"),
        (['From: "boss@gmail.com" <x@gmail.com>'], "boss@gmail.com"),
        (["From: a@example.com", "Authentication-Results: us; spf=fail; dkim=fail"], "SPF fail"),
        (
            ["From: a@example.com", "Authentication-Results: us; spf=pass", "Authentication-Results: us 1; dmarc=fail"],
            "DMARC fail",
        ),
        (["Subject: y"], "no sender address"),
        (["From: a@xn--pple-43d.com"], "look-alike"),
        (
            ["From: a@example.com", "Authentication-Results: mx.us.example; dmarc=fail header.from=example.com"],
            "DMARC fail",
        ),
    ],
)
def test_contradictions_become_warnings(fields: list[str], words: str) -> None:
    """Each as a sentence that a reviewer understands."""
    assert any(words in warning for warning in trust_of(*fields).warnings)


@pytest.mark.parametrize(
    "fields",
    [
        ["From: Ada <a@example.com>", "Reply-To: A@example.com"],
        ['From: "Ada (a@example.com)" <a@example.com>'],
        ["From: a@mühle.example"],
        ['From: "a@gmail.com" <a@gmail.com>', "Reply-To: a@gmail.com"],
        [
            "From: a@example.com",
            "Authentication-Results: mx.us.example; dmarc=pass",
            "Authentication-Results: x; dmarc=fail",
        ],
    ],
)
def test_ordinary_senders_raise_no_warning(fields: list[str]) -> None:
    """A warning that comes every day is read by nobody; only our own server's results count."""
    assert trust_of(*fields) == SenderTrust()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("example.com", "mail.example.com", True),
        ("example.co.uk", "other.co.uk", False),
        ("a.example.co.uk", "example.co.uk", True),
        ("example.com", "example.org", False),
        ("", "", False),
        ("gmail.com", "gmail.com", False),
        ("evilexample.com", "example.com", False),
    ],
)
def test_organisations_are_compared_by_registered_domain(one: str, other: str, same: bool) -> None:
    """A suffix alone proves nothing."""
    assert same_organisation(one, other) is same
