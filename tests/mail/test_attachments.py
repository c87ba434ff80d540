"""Text out of attachments, asked for apart from reading."""

import base64
import io
import zipfile

from mail.attachments import extract_text
from mail.reading import read_message
from models.settings import Limits


def with_attachment(content_type: str, name: str, data: bytes) -> bytes:
    header = (
        f"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee file.\r\n--b\r\n"
        f'Content-Type: {content_type}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return header.encode() + base64.encodebytes(data) + b"--b--\r\n"


def docx(sentence: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
            f"<w:t>{sentence}</w:t></w:r></w:p></w:body></w:document>",
        )
    return buffer.getvalue()


def pdf(sentence: str) -> bytes:
    stream = f"BT /F1 12 Tf 72 700 Td ({sentence}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )


def test_documents_give_their_text() -> None:
    """Text, HTML, calendar, DOCX and PDF."""
    sentence = "Invoice 4711 over 300 EUR"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    for content_type, name, data in [
        ("text/csv", "a.csv", sentence.encode()),
        ("text/html", "a.html", f"<p>{sentence}</p>".encode()),
        ("text/calendar", "a.ics", f"SUMMARY:{sentence}".encode()),
        (word, "a.docx", docx(sentence)),
        ("application/octet-stream", "a.docx", docx(sentence)),
        ("application/pdf", "a.pdf", pdf(sentence)),
    ]:
        (attachment,) = extract_text(with_attachment(content_type, name, data))
        assert sentence in attachment.text, content_type


def test_broken_and_large_documents_keep_an_empty_text() -> None:
    """The mail is read all the same."""
    for content_type, name, data in [
        ("application/pdf", "a.pdf", b"%PDF-1.4\nbroken\x00\xff"),
        ("application/pdf", "a.pdf", b"\x00" * 100),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx", b"PK\x03\x04broken"),
        ("image/png", "a.png", b"PNG"),
    ]:
        assert [one.text for one in extract_text(with_attachment(content_type, name, data))] == [""]
    large = with_attachment("text/plain", "a.txt", b"x" * 2_000)
    assert extract_text(large, Limits(attachment_bytes=1_000))[0].text == ""


def test_order_and_names_are_those_of_the_message() -> None:
    """So that the two lists can be laid over one another."""
    raw = with_attachment("text/csv", "a.csv", b"x")
    assert [(a.name, a.type, a.size) for a in extract_text(raw)] == [
        (a.name, a.type, a.size) for a in read_message(raw).attachments
    ]
