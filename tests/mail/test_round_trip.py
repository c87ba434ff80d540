"""Compose, parse, compose again; and real mails cut, spliced and scratched: only UnreadableMessage may come of it."""

import random
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail.reading import read_message
from models.errors import UnreadableMessage
from models.message import Address

MESSAGES = sorted((Path(__file__).parent.parent / "messages").glob("*.eml"))
RAWS = [path.read_bytes() for path in MESSAGES]
SNIPPETS = (
    b"\r\n", b"\n\n", b"\r", b"\0", b"--", b"--b\n", b"--b--\n", b"=?utf-8?b?", b"?=", b"=\n", b"====", b"\xff\xfe",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"Content-Transfer-Encoding: base64\n",
    b"Content-Type: message/rfc822\n\n", b"charset=utf-7", b"charset=iso-2022-jp\n\n\x1b$B", b"<style>",
    b"begin 644 a\n#AAAA\n", b"=ybegin line=128 size=9 name=a\n", b"<div style='display:none'>", b"&#0;&#x110000;",
    b"> > >", b"<!--",
    b"\x78\x9f\x3e\x22\x01\x00", b"PK\x05\x06" + b"\xff" * 18, b"Date: 99999999999\n", b"filename*0*=x''%",
)  # fmt: skip
PLAIN = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=80
)
LINES = st.lists(PLAIN.filter(lambda line: line[0] not in ">-—–|_*=#~+"), min_size=1, max_size=8).map("\n".join)
MONDAY = datetime(2025, 3, 3, 12, 0, tzinfo=UTC)


def composed(subject: str, name: str, text: str, files: list[tuple[str, bytes]]) -> bytes:
    """A mail as the standard library writes it, which is not our own composer."""
    message = EmailMessage()
    message["From"] = f'"{name}" <ada@example.com>' if name.isascii() else "ada@example.com"
    message["To"] = "shop@example.org"
    message["Subject"] = subject
    message["Date"] = MONDAY
    message["Message-ID"] = "<one@example.com>"
    message.set_content(text)
    for file_name, data in files:
        message.add_attachment(data, maintype="application", subtype="x-any", filename=file_name)
    return message.as_bytes()


@settings(deadline=None)
@given(
    PLAIN,
    st.text("abc xyz", min_size=1, max_size=20).map(str.strip).filter(bool),
    LINES,
    st.lists(st.tuples(PLAIN.filter(lambda name: not set(name) & set("/\\\"';")), st.binary(max_size=200)), max_size=3),
)
def test_what_the_standard_library_writes_is_read_back(
    subject: str, name: str, text: str, files: list[tuple[str, bytes]]
) -> None:
    """Text, subject, people and files, in any script; what is read twice is read the same."""
    raw = composed(subject, name, text, files)
    message = read_message(raw)
    assert message.text.rstrip("\n") == text
    assert message.subject == subject
    assert message.sender == Address(name=" ".join(name.split()), address="ada@example.com")
    assert message.date == MONDAY
    assert [one.size for one in message.attachments] == [len(data) for _, data in files]
    assert [one.name for one in message.attachments] == [file_name for file_name, _ in files]
    assert read_message(raw.replace(b"\n", b"\r\n")).text == message.text


def scratched(raw: bytes, chance: random.Random) -> bytes:
    """A real mail after one to eight accidents."""
    data = bytearray(raw)
    for _ in range(chance.randint(1, 8)):
        at, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        accident = chance.randrange(6)
        if accident == 0:
            del data[at:]
        elif accident == 1:
            del data[at : min(end, at + 200)]
        elif accident == 2:
            data[at:at] = chance.choice(SNIPPETS) * chance.randint(1, 3)
        elif accident == 3:
            data[at:at] = data[at:end][:2_000]
        elif accident == 4 and data:
            data[min(at, len(data) - 1)] ^= 1 << chance.randrange(8)
        else:
            other = chance.choice(RAWS)
            data[at:at] = other[: chance.randint(0, 2_000)]
    return bytes(data)


@pytest.fixture(scope="module")
def _languages_loaded() -> None:
    """The first mail of a process waits for the model of languages."""
    read_message(b"From: ada@example.com\n\nThis is a sentence of some length, in English, about a grinder.\n" * 3)


@pytest.mark.usefixtures("_languages_loaded")
@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_scratched_mail_is_read_or_refused(seed: int) -> None:
    """Nothing else is raised, the record can be stored, and it takes no longer than a mail does."""
    chance = random.Random(seed)
    raw = scratched(chance.choice(RAWS), chance)
    start = time.process_time()
    try:
        read_message(raw).model_dump_json().encode("utf-8")
    except UnreadableMessage:
        return
    assert time.process_time() - start < 2


def test_a_mail_cut_at_any_byte_is_read_or_refused() -> None:
    """As a server leaves it that ran out of space."""
    for raw in RAWS:
        for end in range(0, min(len(raw), 2_000), 97):
            try:
                read_message(raw[:end])
            except UnreadableMessage:
                continue
