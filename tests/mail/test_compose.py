"""Replies: deterministic bytes, safe headers, the right recipients, and read back as they were written."""

import email
import email.policy
import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mail.reading import read_message
from mail.smtp.compose import MAX_REFERENCES, reply_bytes, reply_recipients, reply_subject
from mail.smtp.fields import envelope
from mail.smtp.history import ATTRIBUTION, quoted_history
from models.draft import Draft, Provenance
from models.errors import MailError
from models.message import Address, Kind, Message

DATE = datetime(2025, 3, 3, 12, 0, tzinfo=UTC)
SHOP = Address(name="Shop", address="shop@example.org")
ADA = Address(name="Ada Lind", address="ada@example.com")
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n")
KNOWN_FIELDS = {
    "from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
    "x-auto-response-suppress", "x-loop", "mime-version", "content-type",
}  # fmt: skip


def message(**changes: object) -> Message:
    return Message(
        message_id="<one@example.com>",
        sender=ADA,
        to=(SHOP,),
        subject="Grinder",
        text="It rattles.\n> old\n",
        date=DATE,
    ).model_copy(update=changes)


def draft(**changes: object) -> Draft:
    return Draft(
        sender=SHOP,
        to=(ADA,),
        subject="Re: Grinder",
        body="",
        language="en",
        provenance=Provenance(provider="x", model="y"),
    ).model_copy(update=changes)


def compose(
    draft: Draft,
    body: str = "Clean it.",
    original: Message | None = None,
    signature: str = "Team",
    automatic: bool = False,
) -> bytes:
    answered = original or message()
    return reply_bytes(
        draft=draft,
        body=body,
        original=answered,
        message_id="<case-1@example.org>",
        date=DATE,
        signature=signature,
        history=quoted_history([answered], draft.language),
        automatic=automatic,
    )


def test_equal_input_gives_equal_bytes() -> None:
    """What was approved by hash is what is sent, even when it is built again."""
    assert compose(draft()) == compose(draft())


def test_reply_reads_back_as_written() -> None:
    """Our own reader finds body, thread links and people; the quote and signature are told apart."""
    raw = compose(draft(), body="Grüße, bitte reinigen.\n\nFrom here it works.\n.dot", signature="Das Team")
    read = read_message(raw)
    assert read.reply_text == "Grüße, bitte reinigen.\n\nFrom here it works.\n.dot"
    assert read.text.endswith("On 2025-03-03 12:00, Ada Lind wrote:\n> It rattles.\n>> old\n")
    assert (read.sender, read.to, read.subject) == (SHOP, (ADA,), "Re: Grinder")
    assert (read.in_reply_to, read.references) == ("<one@example.com>", ("<one@example.com>",))
    assert (read.message_id, read.date, read.defects) == ("<case-1@example.org>", DATE, ())


def test_every_line_is_short_and_seven_bit() -> None:
    """At most 998 octets a line (RFC 5322 section 2.1.1), ASCII alone, CRLF everywhere."""
    raw = compose(draft(subject="Ü" * 200), body="x" * 5000 + "\nж" * 500, signature="ß")
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("language", list(ATTRIBUTION))
def test_quoted_history_is_recognised_in_every_language(language: str) -> None:
    """An answer to our answer is trimmed to what is new, whatever the attribution says."""
    read = read_message(compose(draft(language=language), signature=""))
    assert read.reply_text == "Clean it."


def test_automatic_replies_are_marked_as_such() -> None:
    """So that no other machine answers them (RFC 3834 section 5); a person's replies are not marked."""
    assert read_message(compose(draft(), automatic=True)).kind is Kind.AUTO_REPLY
    assert read_message(compose(draft())).kind is Kind.HUMAN
    assert b"X-Auto-Response-Suppress: All\r\n" in compose(draft(), automatic=True)


def test_automatic_replies_quote_nothing() -> None:
    """From may be forged: then the quoted text would be a stranger's, sent by us to a third person."""
    read = read_message(compose(draft(), automatic=True))
    assert "rattles" not in read.text + read.html
    assert "rattles" in read_message(compose(draft())).text


def test_references_stay_bounded_and_keep_both_ends() -> None:
    """The first id holds the thread together, the last ones place the reply."""
    ids = tuple(f"<{n}@example.com>" for n in range(100))
    references = read_message(compose(draft(), original=message(references=ids))).references
    assert len(references) == MAX_REFERENCES
    assert references[0] == ids[0]
    assert references[-2:] == (ids[-1], "<one@example.com>")


def test_long_history_is_cut() -> None:
    """A mail of a megabyte is not sent back whole."""
    assert len(compose(draft(), original=message(text="words and more\n" * 70_000))) < 40_000


def test_html_part_escapes_what_the_text_says() -> None:
    """A body that looks like HTML stays text."""
    read = read_message(compose(draft(), body="<script>alert(1)</script> & <b>bold</b>"))
    assert "<script>" not in read.html
    assert "&lt;script&gt;" in read.html


ODD = [
    "a@b.c\r\nBcc: evil@x.y", "a b@c.d", "a@b@c", "<a@b.c>", "", "a,b@c.d", "a@-x-", "ä b@c.d", "\u202ea@b.c",
    "a\0@b.c", "a@b.c\n", "a\n@b.c",
]  # fmt: skip


@pytest.mark.parametrize("address", ODD)
def test_address_that_cannot_stand_in_a_header_is_refused(address: str) -> None:
    """Refused, not repaired: a repaired address is somebody else's."""
    with pytest.raises(MailError, match="address"):
        compose(draft(to=(Address(address=address),)))


@pytest.mark.parametrize("message_id", ["", "<a@b>\n", "<a@b>\r\nX: y", "<a b@c>", "<a@b><c@d>", "<ä@b>"])
def test_odd_message_id_is_refused(message_id: str) -> None:
    """The id is how a resend is recognised, so it must survive the way."""
    with pytest.raises(MailError, match="Message-ID"):
        reply_bytes(
            draft=draft(), body="x", original=message(), message_id=message_id, date=DATE, signature="", automatic=False
        )


def test_international_domain_is_sent_in_its_ascii_form() -> None:
    """IDNA, so that any server understands it."""
    assert b"<info@xn--mhle-0ra.example>" in compose(draft(to=(Address(name="M", address="info@mühle.example"),)))


def test_a_local_part_beyond_ascii_stands_in_the_header_as_it_is() -> None:
    """UTF-8 in the header (RFC 6532), for servers with SMTPUTF8; the body stays 7-bit."""
    raw = compose(draft(to=(Address(name="Jürgen", address="jürgen@mühle.example"),)))
    head, _, body = raw.partition(b"\r\n\r\n")
    assert "<jürgen@xn--mhle-0ra.example>".encode() in head
    assert body.isascii()
    assert read_message(raw).to[0].address.startswith("jürgen@")


@given(
    subject=st.text(max_size=300),
    name=st.text(max_size=100),
    body=st.text(max_size=500),
    signature=st.text(max_size=50),
    foreign_id=st.text(max_size=60),
    foreign_name=st.text(max_size=60),
    automatic=st.booleans(),
)
@example("a\r\nBcc: e@x.y", "\x00\x1b[2J", "b\r\n.\r\n", "--\r\n", "<a@b>\r\nX: y", "n\u2028Bcc: e@x", True)
@example("=?utf-8?Q?=0D=0ABcc:_e@x?=", '"\\', "\x0b\x0c\x85", "", "<é@b>", "=?utf-8?B?DQo=?=", False)
def test_no_value_can_add_a_header(
    subject: str, name: str, body: str, signature: str, foreign_id: str, foreign_name: str, automatic: bool
) -> None:
    """Whatever the strings hold, the header has exactly our fields, once each, and three parts."""
    original = message(
        message_id=foreign_id,
        references=(foreign_id, "<ok@x>"),
        sender=Address(name=foreign_name, address="ada@example.com"),
    )
    raw = compose(
        draft(
            subject=subject,
            sender=Address(name=name, address="shop@example.org"),
            to=(Address(name=name, address="ada@example.com"),),
            cc=(Address(name=foreign_name, address="bob@example.com"),),
        ),
        body,
        original,
        signature,
        automatic,
    )
    assert not CONTROLS.search(raw), "no control character but CR LF and the tab, anywhere"
    parsed = email.message_from_bytes(raw)
    fields = [field.lower() for field, _ in parsed.items()]
    assert set(fields) <= KNOWN_FIELDS
    assert len(set(fields)) == len(fields)
    assert len(list(parsed.walk())) == 3
    assert parsed.defects == []
    read = read_message(raw)
    assert [one.address for one in (read.sender, *read.to, *read.cc)] == [
        "shop@example.org",
        "ada@example.com",
        "bob@example.com",
    ]
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(address=st.text(max_size=40) | st.from_regex(r"[a-zü.+]{1,9}@[a-z.-]{1,9}[\r\n\x00 <>]?.{0,5}", fullmatch=True))
def test_an_address_stands_as_it_is_or_not_at_all(address: str) -> None:
    """Never repaired into another, never more than one."""
    try:
        raw = compose(draft(to=(Address(address=address),)))
    except MailError:
        return
    (read,) = read_message(raw).to
    assert envelope(address).lower() == read.address
    assert {field.lower() for field, _ in email.message_from_bytes(raw).items()} <= KNOWN_FIELDS


PRINTABLE = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=90
)


@given(name=PRINTABLE.filter(lambda name: name == name.strip("'\"")))
def test_a_name_survives_the_round_trip(name: str) -> None:
    """Any script, quotes and backslashes inside, `=?` and all."""
    (read,) = read_message(compose(draft(to=(Address(name=name, address="ada@example.com"),)))).to
    assert read == Address(name=name, address="ada@example.com")


@given(
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=400)
)
def test_body_survives_the_round_trip(body: str) -> None:
    """Any printable text arrives as it was approved."""
    read = read_message(compose(draft(), body=body, original=message(text=""), signature=""))
    assert read.text.rstrip() == body.rstrip()


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=200))
def test_subject_survives_the_round_trip(subject: str) -> None:
    """Encoded words are cut between characters, never inside."""
    assert read_message(compose(draft(subject=subject))).subject == subject


def test_reply_goes_to_from_or_to_a_reply_to_of_the_same_organisation() -> None:
    """A Reply-To elsewhere is not followed: it is how answers are stolen."""
    near, far = Address(address="ada@mail.example.com"), Address(address="ada@evil.example")
    assert reply_recipients(message(), frozenset()) == (ADA,)
    assert reply_recipients(message(reply_to=(near,)), frozenset()) == (near,)
    assert reply_recipients(message(reply_to=(far,)), frozenset()) == (ADA,)
    assert reply_recipients(message(reply_to=(near, far)), frozenset()) == (ADA,)
    assert reply_recipients(message(reply_to=(near, ADA)), frozenset()) == (ADA,)
    assert reply_recipients(message(reply_to=(near, near)), frozenset()) == (near,)


def test_a_reply_to_of_a_freemail_neighbour_is_not_followed() -> None:
    """Two strangers share gmail.com; equal addresses are one person."""
    sender, other = Address(address="ada@gmail.com"), Address(address="eve@gmail.com")
    assert reply_recipients(message(sender=sender, reply_to=(other,)), frozenset()) == (sender,)
    assert reply_recipients(message(sender=sender, reply_to=(sender,)), frozenset()) == (sender,)


def test_nobody_is_answered_who_must_not_be() -> None:
    """No own address, no daemon, no no-reply sender, no automatic mail."""
    own = frozenset({"shop@example.org", "ada@example.com"})
    assert reply_recipients(message(), own) == ()
    assert (
        reply_recipients(
            message(reply_to=(Address(address="ada@example.com"),), sender=Address(address="x@example.com")), own
        )
        == ()
    )
    for address in ("mailer-daemon@x.example", "no-reply@x.example", "postmaster@x.example", "", "not an address"):
        assert reply_recipients(message(sender=Address(address=address)), frozenset()) == ()
    for kind in set(Kind) - {Kind.HUMAN}:
        assert reply_recipients(message(kind=kind), frozenset()) == ()


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Grinder", "Re: Grinder"),
        ("RE: AW: Re[2]: Grinder", "Re: Grinder"),
        ("Re: [Ticket 7] Grinder", "Re: [Ticket 7] Grinder"),
        ("", "Re:"),
        ("a\r\nBcc: x@y.z", "Re: a Bcc: x@y.z"),
    ],
)
def test_reply_subject_has_one_re(subject: str, expected: str) -> None:
    """Once in front, tags kept, control characters gone."""
    assert reply_subject(subject) == expected
