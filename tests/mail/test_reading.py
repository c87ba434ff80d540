"""The front door: bounded, never raising anything but UnreadableMessage, no lone surrogates."""

import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.reading import TRUNCATED_HEADER, read_message
from models.errors import UnreadableMessage
from models.settings import Limits

LEVELS = Limits().nesting
HEAD = b"From: ada@example.com\r\nSubject: x\r\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3, "no mail header"),
        (b"just a sentence without any header\n", "no mail header"),
        (HEAD + b"\r\n" + b"x" * 2_000, "limits.message_bytes"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 20, "limits.parts"),
        (TRUNCATED_HEADER + b" 99999999\r\n" + HEAD, "99999999 bytes"),
    ],
)
def test_hopeless_bytes_are_unreadable(raw: bytes, why: str) -> None:
    """The reason says what to do, so that quarantine explains itself."""
    with pytest.raises(UnreadableMessage, match=why):
        read_message(raw, Limits(message_bytes=1_000, parts=10))


def nested(levels: int) -> bytes:
    opening = (b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(levels))
    return HEAD + b"".join(opening) + b"\r\nbottom\r\n"


def test_nesting_stops_at_a_bound() -> None:
    """Ten thousand levels end neither in a RecursionError nor in silence; the bound is a setting."""
    with pytest.raises(UnreadableMessage, match=r"limits\.nesting"):
        read_message(nested(10_000))
    assert read_message(nested(LEVELS - 1)).reply_text == "bottom"
    assert read_message(nested(120), Limits(nesting=150)).reply_text == "bottom"


def test_text_is_cut_at_its_limit() -> None:
    """And the cut is no secret."""
    message = read_message(HEAD + b"\r\n" + b"word " * 1_000, Limits(text_chars=100))
    assert len(message.text) == 100
    assert "text cut after 100 characters" in message.defects


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"To: " + b"(" * 500_000,
        HEAD + b"To: " + b'"<' * 500_000,
        HEAD + b"To: " + b"a" * 1_000_000,
        HEAD + b"References: " + b"<" * 500_000,
        b"From: a@b.c\r\nSubject: " + b"=?utf-8?q?a?= " * 100_000,
        b"From: a@b.c\r\nSubject: " + b"Re: " * 300_000,
        HEAD + b"Content-Type: text/plain" + b"; a=b" * 100_000,
        b"X-A: 1\r\n" * 300_000 + HEAD,
        HEAD + b"Content-Transfer-Encoding: x-uuencode\r\n\r\n" + b"begin 644 a\n" * 100_000,
        HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 500_000,
        b"From: mailer-daemon@x\r\n\r\n" + b"a@" * 500_000,
        b"x-" * 1_000_000 + b"\r\n" + HEAD,
        nested(3_000),
    ],
    ids=range(13),
)
def test_hostile_header_or_body_takes_bounded_time(raw: bytes) -> None:
    """The worst shapes of a few hundred kilobytes take a second or so of processor time."""
    start = time.process_time()
    with suppress(UnreadableMessage):
        read_message(raw)
    assert time.process_time() - start < 3


_PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [b"\r\n", b"\r\n\r\n", b"\r", b"\0", b"--b", b"--b--", b"=?utf-8?b?", b"?=", b"=\xed\xa0\x80",
             b"\xed\xa0\x80",
             b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: text/html; charset=utf-7\r\n",
             b"Content-Transfer-Encoding: base64\r\n", b"From: ", b"Subject: ", b"Date: ", b"+2AA-", b"<p>", b'"',
             b"<", b";"]
        ),
    ),
    max_size=40,
)  # fmt: skip


@given(_PIECES)
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    """Nothing else is raised, and every string of the record can be stored as UTF-8."""
    try:
        message = read_message(HEAD + b"".join(pieces))
    except UnreadableMessage:
        return
    message.model_dump_json().encode("utf-8")
    assert "\0" not in message.text + message.subject + message.html


def peak(raw: bytes) -> int:
    tracemalloc.start()
    try:
        read_message(raw)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(10)
def test_flowed_lines_beyond_the_limit_are_never_joined() -> None:
    """A list of millions of empty lines takes fifty times the memory of the mail."""
    raw = HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\nhi\r\n" + b"\n" * 4_000_000
    assert peak(raw) < 8 * len(raw)
    assert any("text cut" in defect for defect in read_message(raw).defects)


@pytest.mark.timeout(10)
def test_nested_parts_do_not_multiply_the_memory() -> None:
    """Each level is let go before the next is read."""
    body = b"A" * 2_000_000
    for level in range(LEVELS - 1):
        body = b"Content-Type: multipart/mixed; boundary=b%02d\n\n--b%02d\n%b\n--b%02d--\n" % (
            level,
            level,
            body,
            level,
        )
    assert peak(HEAD + body) < 12 * len(body)
