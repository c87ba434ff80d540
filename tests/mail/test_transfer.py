"""Transfer encodings, and files that stand in a text: whole ones exactly, broken ones as far as they can be read."""

import base64
import binascii
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.mime.rtf import decompressed, rtf_text
from mail.mime.transfer import DAMAGED, base64_decoded, decode_transfer
from mail.reading import read_message
from tests.mail.files import tnef, with_attachment

HEAD = b"From: ada@example.com\nSubject: x\n"
WORDS = b"".join(b"line %04d of a letter that somebody wrote\n" % n for n in range(60))


@given(st.binary(max_size=2_000), st.sampled_from([60, 64, 72, 76, 77, 1_000]))
def test_base64_survives_any_line_length(data: bytes, width: int) -> None:
    """Encoders that cut lines between groups, and those that cut anywhere."""
    digits = base64.b64encode(data)
    lines = b"\n".join(digits[at : at + width] for at in range(0, len(digits), width))
    assert base64_decoded(lines) == (data, "")


@pytest.mark.parametrize("lost", [1, 2, 3, 5])
def test_lost_digits_spoil_one_line_alone(lost: int) -> None:
    """A relay that drops a few characters must not turn all that follows into noise."""
    lines = base64.encodebytes(WORDS).splitlines()
    lines[10] = lines[10][:20] + lines[10][20 + lost :]
    read, defect = base64_decoded(b"\n".join(lines))
    assert defect == DAMAGED
    assert read.startswith(WORDS[:570])
    assert read.endswith(WORDS[57 * 11 :])


def test_text_cut_in_the_middle_keeps_its_beginning() -> None:
    """A mail that a server cut off at its size limit."""
    read, _ = base64_decoded(base64.encodebytes(WORDS)[:999])
    assert WORDS.startswith(read)
    assert len(read) > 730


def test_what_is_not_base64_stays_as_it_is() -> None:
    """Some programs promise an encoding and forget to apply it."""
    text = "Grüße, dies ist gar nicht kodiert. Wer hätte das gedacht?".encode()
    assert base64_decoded(text)[0] == text


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (b"Quoted-Printable", b"caf=C3=A9"),
        (b"quoted_printable;", b"caf=C3=A9"),
        (b" BASE64 (as ever)", b"Y2Fmw6k="),
        (b"8-bit", "café".encode()),
        (b"x-uuencode", b"begin 644 a\n%8V%FPZD \n`\nend\n"),
    ],
)
def test_encodings_are_known_by_their_usual_misspellings(encoding: bytes, body: bytes) -> None:
    """Case, comments, underscores, trailing semicolons."""
    assert decode_transfer(body, encoding) == ("café".encode(), "")
    assert decode_transfer(b"x", b"rot13")[1] == "unknown transfer encoding 'rot13'"


def uuencoded(name: str, data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 " + name.encode() + b"\n" + b"".join(lines) + b"`\nend\n"


def test_uuencoded_file_in_a_text_is_an_attachment() -> None:
    """The words around it stay, and so does a sentence that begins with begin."""
    raw = HEAD + b"\nbegin 100 pushups\nsee file\n" + uuencoded("a b.txt", WORDS) + b"bye\n" + uuencoded("c", b"x")
    message = read_message(raw)
    assert message.text == "begin 100 pushups\nsee file\nbye\n"
    assert [(one.name, one.size) for one in message.attachments] == [("a b.txt", len(WORDS)), ("c", 1)]


def test_yenc_file_in_a_text_is_an_attachment() -> None:
    """With its escaped bytes."""
    data = bytes(range(256))
    encoded = bytearray()
    for byte in data:
        code = (byte + 42) % 256
        encoded += bytes([61, (code + 64) % 256]) if code in (0, 9, 10, 13, 61) else bytes([code])
    raw = HEAD + b"\nhello\n=ybegin line=512 size=256 name=all.bin\n" + encoded + b"\n=yend size=256\nbye\n"
    message = read_message(raw)
    assert message.text == "hello\nbye\n"
    assert [(one.name, one.size) for one in message.attachments] == [("all.bin", 256)]


def test_winmail_dat_is_unwrapped() -> None:
    """Its attachments stand where it stood; the text of the mail itself comes first."""
    packed = tnef({"Räder.txt": b"wheels", "b.pdf": b"%PDF-1.4"}, body="inside")
    message = read_message(with_attachment("application/ms-tnef", "winmail.dat", packed))
    assert [(one.name, one.type, one.size) for one in message.attachments] == [
        ("Räder.txt", "application/octet-stream", 6),
        ("b.pdf", "application/pdf", 8),
    ]
    assert message.text == "See file."


@pytest.mark.parametrize(
    ("body", "rtf"),
    [
        ("Grüße aus Outlook", b""),
        ("", b"\x2f\x00\x00\x00\x2b\x00\x00\x00MELA\x00\x00\x00\x00" + rb"{\rtf1\ansi Gr\'fc\'dfe aus \b Outlook\par}"),
    ],
)
def test_text_inside_winmail_dat_is_the_text_where_there_is_no_other(body: str, rtf: bytes) -> None:
    """As plain text, or as the RTF that Outlook writes."""
    head = HEAD + b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
    message = read_message(head + base64.encodebytes(tnef({}, body, rtf)))
    assert message.text == "Grüße aus Outlook"


def test_html_inside_rtf_is_taken_out_as_it_was() -> None:
    """With its paragraphs and links; what stands there for readers of RTF alone is left out (MS-OXRTFEX)."""
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\fonttbl{\f0 Arial;}}{\*\generator Outlook;}"
        rb"{\*\htmltag241 <style>p \{color:red\}</style>}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Gr\'fc\'dfe \u8364?5"
        rb"{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 {\*\mhtmltag84 <a href='x'>}"
        rb"{\*\htmltag84 <a href='https://a.example'>}here{\*\htmltag92 </a>}"
        rb"\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}{\*\htmltag64 <p>}Two{\*\htmltag72 </p>}}"
    )
    head = b"From: a@example.com\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n"
    message = read_message(head + base64.encodebytes(tnef({}, "", b"\0" * 8 + b"MELA\0\0\0\0" + rtf)))
    assert message.text == "Grüße €5 here <https://a.example>\n\nTwo"
    assert message.html.startswith("<style>p {color:red}</style><p>Grüße")


@pytest.mark.parametrize("piece", [b"{", b"}", b"{}", rb"\'fc", rb"\u1", rb"{\*"])
def test_hostile_rtf_takes_bounded_time(piece: bytes) -> None:
    """Groups without end, and many files of them."""
    rtf = b"\0" * 8 + b"MELA\0\0\0\0" + rb"{\rtf1\fromhtml1 " + piece * 50_000
    part = b"--b\nContent-Type: application/ms-tnef\n\n" + tnef({}, "", rtf).replace(b"\r", b"") + b"\n"
    start = time.process_time()
    read_message(b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 20)
    assert time.process_time() - start < 2


def test_compressed_rtf_of_the_specification_is_unpacked() -> None:
    """The example of MS-OXRTFCP section 3.1.1."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af320"
        "68656c090020627705b06c647d0a800fa0"
    )  # fmt: skip
    assert decompressed(packed) == rb"{\rtf1\ansi\ansicpg1252\pard hello world}" + b"\r\n"
    assert rtf_text(decompressed(packed)) == "hello world"


@given(st.binary(max_size=300), st.integers(0, 200), st.binary(max_size=12))
def test_damaged_winmail_dat_is_read_or_listed(noise: bytes, at: int, patch: bytes) -> None:
    """Whatever its lengths say, reading ends, and soon."""
    whole = tnef({"a.txt": b"x" * 50}, body="hello")
    broken = whole[:at] + patch + whole[at + len(patch) :] + noise
    start = time.process_time()
    assert len(read_message(with_attachment("application/ms-tnef", "winmail.dat", broken)).attachments) <= 200
    assert time.process_time() - start < 1
