"""Authentication-Results: whose word counts, and what it says of From."""

import pytest

from mail.reading import read_message
from mail.trust.judging import Receiver
from models.message import Authentication, SenderTrust

US = Receiver(authserv_ids=("mx.us.example",))
HOP = "Received: from out.example.com by mx.us.example; Mon, 1 Jun 2026 10:00:00 +0000"
EARLIER = "Received: from laptop by out.example.com; Mon, 1 Jun 2026 09:59:00 +0000"
AR = "Authentication-Results: "


def trust_of(*fields: str, receiver: Receiver = US, sender: str = "ada@example.com") -> SenderTrust:
    text = "\r\n".join((*fields, f"From: {sender}", "Subject: x", "", "Hello"))
    return read_message(text.encode(), receiver=receiver).trust


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("dmarc=pass header.from=example.com", "pass"),
        ("spf=pass smtp.mailfrom=bounce@mail.example.com; dkim=none", "pass"),
        ("dkim=pass header.d=example.com", "pass"),
        ("dkim=pass header.i=@mail.example.com", "pass"),
        ("dkim=fail header.d=example.com; dkim=pass header.d=example.com", "pass"),
        ("spf=fail smtp.mailfrom=list.example.net; dkim=pass header.d=example.com", "pass"),
        ("dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example", "none"),
        ("dkim=pass header.d=evilexample.com", "none"),
        ("spf=pass smtp.mailfrom=evil.example; dmarc=pass header.from=example.com", "fail"),
        ("dmarc=pass header.from=evil.example", "fail"),
        ("dmarc=fail (p=reject) header.from=example.com; spf=pass smtp.mailfrom=evil.example", "fail"),
        ("spf=fail smtp.mailfrom=example.com; dkim=fail header.d=example.com", "fail"),
        ("spf=softfail smtp.mailfrom=example.com", "fail"),
        ("spf=neutral; dkim=none; dmarc=none", "none"),
        ("dkim=temperror header.d=example.com", "temperror"),
        ("none", "none"),
        ('dkim=pass (say "dmarc=fail; spf=fail") header.d=example.com', "pass"),
        ("auth=pass smtp.auth=ada; iprev=pass", "none"),
        ("dkim=pass header.d=example.com" + "; spf=pass" * 10_000, "pass"),
        ("; ; =; dkim=; =pass; \x01 (((((", "none"),
    ],
)
def test_from_is_vouched_for_by_an_aligned_pass(results: str, expected: str) -> None:
    """RFC 7489 section 3.1: what passes must be of From's own organisation."""
    assert trust_of(f"{AR}mx.us.example; {results}", HOP).authenticated == expected


def test_what_a_verdict_rests_on_is_told() -> None:
    """For the reviewer, in the order of the header."""
    trust = trust_of(f"{AR}mx.us.example 1; spf=pass smtp.mailfrom=a@example.com; dkim=pass header.d=example.com", HOP)
    assert trust.details == ("spf=pass example.com", "dkim=pass example.com")
    assert trust.warnings == ()


@pytest.mark.parametrize(
    "fields",
    [
        [HOP, f"{AR}mx.evil.example; dmarc=pass"],
        [HOP, f"{AR}mx.us.example.evil.example; dmarc=pass"],
        [HOP, EARLIER, f"{AR}mx.us.example; dmarc=pass"],
        [HOP, f"X-{AR}mx.us.example; dmarc=pass"],
        [f"{AR}(mx.us.example;) mx.evil.example; dmarc=pass", HOP],
        [f"{AR}dmarc=pass", HOP],
    ],
    ids=["another server", "a longer name", "below our hop", "another field", "within a comment", "no name"],
)
def test_what_others_wrote_counts_for_nothing(fields: list[str]) -> None:
    """RFC 8601 section 5: only our own server's fields, and only those that it put on top."""
    assert trust_of(*fields) == SenderTrust()


def test_results_between_our_own_hops_count() -> None:
    """A mail passes several of our machines; the border server's field stands among their hops."""
    inner = "Received: from mx.us.example by store.us.example; Mon, 1 Jun 2026 10:00:01 +0000"
    local = "Received: from store by delivery.internal; Mon, 1 Jun 2026 10:00:02 +0000"
    good = f"{AR}mx.us.example; dmarc=pass"
    assert trust_of(local, inner, good, HOP, EARLIER).authenticated is Authentication.PASS
    assert trust_of(local, inner, HOP, good, EARLIER).authenticated is Authentication.PASS


def test_our_own_word_comes_before_a_forged_one_below_it() -> None:
    """A sender who writes our server's name into the mail only stands below what our server says."""
    forged = f"{AR}mx.us.example; dmarc=pass header.from=example.com"
    true = f"{AR}mx.us.example; dmarc=fail header.from=example.com"
    assert trust_of(true, HOP, forged).authenticated is Authentication.FAIL


def test_several_servers_and_one_without_a_name_can_be_trusted() -> None:
    """Microsoft 365 writes no name at all; an empty one in the settings stands for it."""
    both = Receiver(authserv_ids=("mx.us.example", ""))
    hop = "Received: from x by y.prod.example.com with SMTP"
    nameless = f"{AR}spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=none;dmarc=pass action=none"
    assert trust_of(nameless, hop, receiver=both).authenticated is Authentication.PASS
    assert trust_of(f"{AR}mx.us.example; dmarc=pass", HOP, receiver=both).authenticated is Authentication.PASS


def test_without_a_configured_server_nothing_vouches_and_failures_still_warn() -> None:
    """Whoever has not configured a server is told of failures, but no pass is believed."""
    nobody = Receiver()
    assert trust_of(f"{AR}x; dmarc=pass", receiver=nobody).authenticated is Authentication.NONE
    assert trust_of(f"{AR}x; dmarc=fail", receiver=nobody).warnings == ("The receiving server reports DMARC fail.",)


def test_failures_become_warnings_unless_another_check_vouches() -> None:
    """A forwarded mail fails SPF every day; that is no reason to doubt a valid signature."""
    failing = f"{AR}mx.us.example; spf=fail smtp.mailfrom=example.com; dkim=fail header.d=example.com"
    assert trust_of(failing, HOP).warnings == (
        "The receiving server reports SPF fail.",
        "The receiving server reports DKIM fail.",
    )
    forwarded = f"{AR}mx.us.example; spf=softfail smtp.mailfrom=x.example; dkim=pass header.d=example.com"
    assert trust_of(forwarded, HOP).warnings == ()


def test_a_stranger_who_claims_our_own_domain_is_flagged() -> None:
    """Once our server says who is who, mail from ourselves that it does not confirm is in doubt."""
    us = Receiver(own_addresses=frozenset({"support@kestrel.example"}), authserv_ids=("mx.us.example",))
    sender = "boss@kestrel.example"
    (warning,) = trust_of(HOP, receiver=us, sender=sender).warnings
    assert "our own domain kestrel.example" in warning
    confirmed = f"{AR}mx.us.example; dkim=pass header.d=kestrel.example"
    assert trust_of(confirmed, HOP, receiver=us, sender=sender).warnings == ()
