"""The tree of parts: delimiters that are missing, doubled, glued or foreign, and text chosen among what is found."""

import time
from contextlib import suppress

import pytest

from mail.reading import read_message
from models.errors import UnreadableMessage
from models.message import Message
from models.settings import Limits

HEAD = b"From: ada@example.com\nSubject: x\nDate: Mon, 3 Mar 2025 10:00:00 +0100\nMessage-ID: <1@x>\n"


def read(body: str, limits: Limits | None = None) -> Message:
    return read_message(HEAD + body.encode(), limits or Limits())


def mixed(*parts: str, kind: str = "mixed", boundary: str = "b", end: str = "--b--\n") -> str:
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n{inner}{end}"


def plain(text: str, more: str = "") -> str:
    return f"Content-Type: text/plain\n{more}\n{text}"


def html(text: str) -> str:
    return f"Content-Type: text/html\n\n<p>{text}</p>"


LOST = "multipart with a missing or wrong boundary"
WHOLE = "multipart without parts was read as text"
SAME = "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
NO_GAP = "Content-Type: multipart/mixed; boundary=c\n--c\n"
TWO_TYPES = "Content-Type: multipart/alternative; boundary=b\nContent-Type: text/plain\n\n"


@pytest.mark.parametrize(
    ("body", "text", "defect"),
    [
        (mixed(plain("one"), plain("two")), "one\n\ntwo", ""),
        (mixed(plain("one"), end=""), "one\n", "multipart without a closing delimiter"),
        (mixed(plain("one\n--bc\n--b2--")), "one\n--bc\n--b2--", ""),
        (mixed(plain("one")).removesuffix("\n--b--\n") + "--b--", "one", ""),
        ("Content-Type: multipart/mixed\n\n--q\n" + plain("one") + "\n--q--\n", "one", LOST),
        (mixed(plain("one"), boundary="q", end="--q--\n").replace("=q", "=other"), "one", LOST),
        ("\nThis is a multi-part message in MIME format.\n--q\n" + plain("one") + "\n--q--\n", "one", ""),
        ("Content-Type: multipart/mixed; boundary=b\n\njust words\n", "just words\n", WHOLE),
        (mixed(SAME + plain("same name")), "same name", WHOLE),
        (f"{TWO_TYPES}first\n--b\n{html('x')}\n--b--\n", "first", "the delimiter above the first part is missing"),
        (mixed(NO_GAP + plain("early") + "\n--c--\n"), "early", "no empty line between header and body"),
    ],
    ids=range(11),
)
def test_parts_are_found_whatever_became_of_the_delimiters(body: str, text: str, defect: str) -> None:
    """And what was repaired is told."""
    message = read(body)
    assert message.text == text
    assert message.defects == ((defect,) if defect else ())


RELATED = mixed(html("page"), kind="related", boundary="c", end="--c--\n")
NAMED = 'Content-Disposition: inline; filename="a.txt"\n'


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (mixed(plain("text"), html("page"), kind="alternative"), "text"),
        (mixed(html("page"), plain("footer of the list")), "page\n\nfooter of the list"),
        (mixed(plain("text"), RELATED, kind="alternative"), "text"),
        (mixed(html("page"), kind="alternative"), "page"),
        (mixed(plain("note", "Content-Disposition: attachment\n"), html("page")), "page"),
        (mixed(plain("named", NAMED)), "named"),
        (mixed(plain("body"), plain("named", NAMED)), "body"),
    ],
    ids=range(7),
)
def test_text_is_chosen_as_mail_programs_choose_it(body: str, text: str) -> None:
    """RFC 8621 section 4.1.4: no word is lost between the kinds, and none is shown twice."""
    assert read(body).text == text


def test_attached_mail_is_listed_and_not_read_as_ours() -> None:
    """Its text, its people and its own attachments stay its own."""
    inner = "From: eve@example.com\nSubject: inner\n" + mixed(plain("inside"), boundary="i", end="--i--\n")
    message = read(mixed(plain("see below"), f"Content-Type: message/rfc822\n\n{inner}"))
    assert (message.text, message.subject) == ("see below", "x")
    assert [one.type for one in message.attachments] == ["message/rfc822"]


def test_encrypted_mail_says_why_it_is_empty() -> None:
    """A reviewer must not take it for an empty message."""
    body = mixed("Content-Type: application/pgp-encrypted\n\nVersion: 1", "Content-Type: application/octet-stream\n\nx")
    assert any("encrypted" in defect for defect in read(body).defects)


@pytest.mark.parametrize(
    ("body", "limits", "why"),
    [
        (mixed(*[plain("x")] * 12), Limits(parts=10), "limits.parts"),
        ("X-Long: " + "a " * 1_000 + "\n\nx", Limits(header_bytes=1_000), "limits.header_bytes"),
        (mixed(plain("x"), *[f"X-Long: {'a' * 300}\n\nx"] * 9), Limits(header_bytes=1_000), "limits.header_bytes"),
    ],
)
def test_what_goes_beyond_a_limit_is_refused(body: str, limits: Limits, why: str) -> None:
    """The reason names the setting that would let it in."""
    with pytest.raises(UnreadableMessage, match=why):
        read(body, limits)


@pytest.mark.parametrize(
    "body",
    [
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\n" + "--\n" * 300_000,
        "".join(f"Content-Type: multipart/mixed; boundary=q{n}\n\n--z{n}\n" for n in range(49)) + "--y\n" * 10_000,
        mixed(*[html("x" * 2_000)] * 400, kind="alternative"),
        mixed(*[f'Content-Type: text/plain; ({"(" * 3_000}; name="{"é" * 300}"\n\nx' for _ in range(200)]),
        "Subject: " + "=?x-foo?b?/////////////////////w==?= " * 10_000 + "\n\nx",
        "\n" + "begin 644 a\n" * 200_000,
        "\n" + "=ybegin line=128 size=1 name=a\n" * 50_000,
        "Content-Type: text/plain; charset=iso-2022-jp\n\n" + "\x1b$B$3$s\x1b(B\n" * 100_000,
        "Content-Type: application/zip\nContent-Disposition: attachment\n\nPK\x03\x04" + "PK\x01\x02" * 300_000,
    ],
    ids=range(9),
)
def test_hostile_structure_takes_bounded_time(body: str) -> None:
    """The worst shapes of a megabyte take well under two seconds of processor time."""
    start = time.process_time()
    with suppress(UnreadableMessage):
        read(body)
    assert time.process_time() - start < 2


@pytest.mark.timeout(20)
def test_a_hundred_megabytes_are_read_where_the_limit_allows_it() -> None:
    """Nested thirty levels deep, in a few seconds; by default they are refused at once."""
    body = b"\n" + b"A" * 100_000_000 + b"\n"
    levels = range(30)
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%02d\n\n--b%02d\n" % (n, n) for n in levels)
    raw = HEAD + opening + body + b"".join(b"--b%02d--\n" % n for n in reversed(levels))
    assert len(read_message(raw, Limits(message_bytes=200_000_000)).text) == Limits().text_chars
    with pytest.raises(UnreadableMessage, match=r"limits\.message_bytes"):
        read_message(raw)
