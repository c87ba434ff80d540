"""Text out of attachments, asked for apart from reading; what is dangerous is named and never opened."""

import io
import struct
import time
import zipfile

import pytest

from mail.attached.filetypes import DOCX, XLSX, type_by_content
from mail.attached.texts import extract_text
from mail.reading import read_message
from models.settings import Limits
from tests.mail.files import docx, office, pdf, windows_program, with_attachment, with_attachments, xlsx, zipped

SENTENCE = "Invoice 4711 over 300 EUR"


def test_documents_give_their_text() -> None:
    """Text, HTML, CSV, calendar, RTF, DOCX, XLSX and PDF, whatever their header calls them."""
    event = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:{SENTENCE}\nDTSTART:20260301T090000Z\nEND:VEVENT\nEND:VCALENDAR"
    files = [
        ("text/csv", "a.csv", SENTENCE.encode()),
        ("text/html", "a.html", f"<p>{SENTENCE}</p>".encode()),
        ("text/calendar", "a.ics", event.encode()),
        ("application/rtf", "a.rtf", rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 " + SENTENCE.encode() + rb"\par}"),
        (DOCX, "a.docx", docx(SENTENCE)),
        ("application/octet-stream", "noname", docx(SENTENCE)),
        (XLSX, "a.xlsx", xlsx(SENTENCE)),
        ("image/png", "a.png", pdf(SENTENCE)),
        ("message/rfc822", "", f"From: eve@example.com\nSubject: old\n\n{SENTENCE}".encode()),
    ]
    for (content_type, name, _), attachment in zip(files, extract_text(with_attachments(files)), strict=True):
        assert SENTENCE in attachment.text, (content_type, name)
        assert "Arial" not in attachment.text


def test_broken_and_large_documents_keep_an_empty_text() -> None:
    """The mail is read all the same, and what stands behind a broken document is read too."""
    files = [
        ("application/pdf", "a.pdf", b"%PDF-1.4\nbroken\x00\xff"),
        ("application/pdf", "b.pdf", b"\x00" * 100),
        (DOCX, "c.docx", b"PK\x03\x04broken"),
        (DOCX, "d.docx", zipped({"[Content_Types].xml": b"<a", "word/document.xml": b"<a"})),
        ("image/png", "e.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 30),
        (DOCX, "f.docx", docx(SENTENCE)),
    ]
    assert [one.text for one in extract_text(with_attachments(files))] == ["", "", "", "", "", SENTENCE]
    large = with_attachment("text/plain", "a.txt", b"x" * 2_000)
    assert extract_text(large, Limits(attachment_bytes=1_000))[0].text == ""


def test_order_and_names_are_those_of_the_message() -> None:
    """So that the two lists can be laid over one another."""
    raw = with_attachments([("text/csv", "a.csv", b"x"), ("text/plain", "b.txt", b"yy")])
    assert [(a.name, a.type, a.size) for a in extract_text(raw)] == [
        (a.name, a.type, a.size) for a in read_message(raw).attachments
    ]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x7fELF\x02\x01\x01", "application/x-executable"),
        (b"\xcf\xfa\xed\xfe\x07", "application/x-executable"),
        (b"#!/bin/sh\nrm -rf /", "text/x-script"),
        (b"MZ is how this sentence begins, and it is none that Windows would run.", ""),
        (b"BM, the company, writes", ""),
        (b"GIF is a format", ""),
        (b"", ""),
    ],
)
def test_type_is_told_by_content_where_that_is_certain(data: bytes, kind: str) -> None:
    """Text that happens to begin like a program stays text."""
    assert type_by_content(data) == kind
    assert type_by_content(windows_program()) == "application/x-executable"
    assert type_by_content(office("xl/workbook.xml")) == XLSX


def test_a_false_type_is_told_beside_the_true_one() -> None:
    """A program may call itself a picture; what it holds stands in the record."""
    message = read_message(with_attachment("image/jpeg", "holiday.jpg", windows_program()))
    shown = message.attachments[0]
    assert (shown.type, shown.holds) == ("image/jpeg", "application/x-executable")
    unsaid = read_message(with_attachment("application/octet-stream", "a.pdf", pdf(SENTENCE))).attachments[0]
    assert (unsaid.type, unsaid.holds) == ("application/octet-stream", "application/pdf")
    assert any("'holiday.jpg' is called image/jpeg" in defect for defect in message.defects)
    assert any("never opened" in defect for defect in message.defects)


@pytest.mark.parametrize(
    ("content_type", "name", "data"),
    [
        ("text/plain", "invoice.txt.js", b"var x = 1"),
        ("text/plain", "readme.txt", b"#!/bin/sh\necho"),
        ("application/pdf", "invoice.pdf", windows_program()),
        ("application/zip", "photos.zip", zipped({"photo.jpg.exe": b"MZ"})),
        (DOCX, "letter.docx", office("word/document.xml", "word/vbaProject.bin")),
        ("application/vnd.ms-word.document.macroEnabled.12", "letter.docm", docx(SENTENCE)),
    ],
)
def test_what_may_run_is_named_and_never_opened(content_type: str, name: str, data: bytes) -> None:
    """Neither by its name nor by its content; a reviewer reads why."""
    raw = with_attachment(content_type, name, data)
    assert [one.text for one in extract_text(raw)] == [""]
    assert any(name in defect and "never opened" in defect for defect in read_message(raw).defects)


def test_archives_without_programs_are_not_suspected() -> None:
    """Most archives hold photographs."""
    raw = with_attachment("application/zip", "photos.zip", zipped({"a.jpg": b"\xff\xd8\xff", "b.txt": b"x"}))
    assert not [one for one in read_message(raw).defects if "attachment" in one]


def test_zip_bomb_is_not_unpacked() -> None:
    """Twenty megabytes of zeros weigh twenty kilobytes."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<a/>")
        archive.writestr("word/document.xml", b"\0" * 20_000_000)
    start = time.monotonic()
    limits = Limits(attachment_bytes=1_000_000)
    assert extract_text(with_attachment(DOCX, "a.docx", bomb.getvalue()), limits)[0].text == ""
    assert time.monotonic() - start < 1


def test_xml_bomb_ends() -> None:
    """Entities that would grow to gigabytes grow in another process, which is given up."""
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "spam">{entities}]><x>&e12;</x>'.encode()
    raw = with_attachment(DOCX, "a.docx", zipped({"[Content_Types].xml": xml, "word/document.xml": xml}))
    assert extract_text(raw, Limits(extraction_seconds=10))[0].text == ""


def test_document_that_takes_forever_is_given_up() -> None:
    """The clock stops the process, and what was read before that is kept."""
    loop = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n<</Kids[%d 0 R]>>\nendobj\n" % (n, n + 1) for n in range(60_000))
    files = [(DOCX, "a.docx", docx(SENTENCE)), ("application/pdf", "slow.pdf", loop + b"trailer<</Root 1 0 R>>")]
    start = time.monotonic()
    texts = [one.text for one in extract_text(with_attachments(files), Limits(extraction_seconds=3))]
    assert texts == [SENTENCE, ""]
    assert time.monotonic() - start < 10  # unbounded, it takes longer than that


def test_attachments_are_counted_up_to_their_limit() -> None:
    """A mail of thousands of files lists the first, and says so."""
    raw = with_attachments([("text/csv", f"{n}.csv", b"x") for n in range(8)])
    message = read_message(raw, Limits(attachments=5))
    assert [one.name for one in message.attachments] == [f"{n}.csv" for n in range(5)]
    assert "more than 5 attachments; the rest is not listed" in message.defects


def test_directory_of_a_broken_archive_is_no_error() -> None:
    """Its length fields may say anything."""
    whole = bytearray(zipped({"a.txt": b"x"}))
    for place in range(len(whole) - 22, len(whole) - 4, 2):
        broken = bytes(whole[:place]) + struct.pack("<H", 65_535) + bytes(whole[place + 2 :])
        assert read_message(with_attachment("application/zip", "a.zip", broken)).attachments[0].name == "a.zip"


def page(words: str, chars: int) -> bytes:
    """HTML that says little with much markup."""
    return f"<p>{words}</p>{'<b></b>' * (chars // 7)}".encode()


@pytest.mark.parametrize("kind", ["text/html", "message/rfc822"])
def test_the_html_of_all_attachments_together_is_bounded(kind: str) -> None:
    """What the first ones cost, the later ones no longer get: a mail of many pages is read like a mail of one."""
    head = b"Content-Type: text/html\r\n\r\n" if kind == "message/rfc822" else b""
    files = [(kind, "", head + page(f"page {number}", 9_000)) for number in range(40)]
    texts = [one.text for one in extract_text(with_attachments(files), Limits(text_chars=10_000))]
    assert [f"page {number}" in text for number, text in enumerate(texts)] == [True] * 6 + [False] * 34


def test_the_time_of_all_attachments_together_is_bounded() -> None:
    """Pages, mails and documents share the seconds; those that come too late keep an empty text."""
    files = [("text/html", f"{number}.html", page(f"page {number}", 100)) for number in range(9)]
    looks = iter(range(1_000))
    limits = Limits(extraction_seconds=10)
    found = extract_text(
        with_attachments([*files, (DOCX, "a.docx", docx(SENTENCE))]), limits, lambda: 2.0 * next(looks)
    )
    read = [bool(one.text) for one in found]
    assert read == sorted(read, reverse=True)
    assert read[0]
    assert not read[-1]
