"""Files for tests, each as small as its format allows, and mails that carry them."""

import base64
import io
import struct
import zipfile

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    'ContentType="application/xml"/>'
)
_MAIN = "application/vnd.openxmlformats-officedocument."
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_attachment(content_type: str, name: str, data: bytes) -> bytes:
    return with_attachments([(content_type, name, data)])


def with_attachments(files: list[tuple[str, str, bytes]]) -> bytes:
    """A mail with "See file." and each (type, name, bytes)."""
    parts = [b"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee file.\r\n"]
    for content_type, name, data in files:
        header = (
            f'--b\r\nContent-Type: {content_type}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
            "Content-Transfer-Encoding: base64\r\n\r\n"
        )
        parts.append(header.encode() + base64.encodebytes(data))
    return b"".join((*parts, b"--b--\r\n"))


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def office(*names: str) -> bytes:
    """An office document by its names alone; nothing in it can be read."""
    return zipped({"[Content_Types].xml": b"<a/>"} | dict.fromkeys(names, b"<a/>"))


def windows_program() -> bytes:
    return b"MZ" + b"\0" * 58 + struct.pack("<I", 64) + b"PE\0\0" + b"\0" * 50


def docx(sentence: str) -> bytes:
    override = f'<Override PartName="/word/document.xml" ContentType="{_MAIN}wordprocessingml.document.main+xml"/>'
    return zipped(
        {
            "[Content_Types].xml": f"{_TYPES}{override}</Types>".encode(),
            "_rels/.rels": _relations(("officeDocument", "word/document.xml")),
            "word/document.xml": (
                '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
                f"<w:t>{sentence}</w:t></w:r></w:p></w:body></w:document>"
            ).encode(),
        }
    )


def xlsx(sentence: str) -> bytes:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{_MAIN}spreadsheetml.{kind}+xml"/>'
        for part, kind in (("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"))
    )
    cell = f'<c r="A1" t="inlineStr"><is><t>{sentence}</t></is></c>'
    return zipped(
        {
            "[Content_Types].xml": f"{_TYPES}{overrides}</Types>".encode(),
            "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
            "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml")),
            "xl/workbook.xml": (
                f'<workbook {space} xmlns:r="{_RELATION}"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets>'
                "</workbook>"
            ).encode(),
            "xl/worksheets/sheet1.xml": (
                f'<worksheet {space}><sheetData><row r="1">{cell}</row></sheetData></worksheet>'
            ).encode(),
        }
    )


def _relations(*pairs: tuple[str, str]) -> bytes:
    inner = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATION}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(pairs, 1)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{inner}</Relationships>'.encode()


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


def tnef(files: dict[str, bytes], body: str = "", rtf: bytes = b"") -> bytes:
    """A winmail.dat (MS-OXTNEF) with a code page, a text, compressed RTF and attachments."""
    properties = _binary_property(0x1009, rtf) if rtf else b""
    out = [b"\x78\x9f\x3e\x22\x01\x00", _attribute(1, 0x9007, struct.pack("<II", 1252, 0))]
    if body:
        out.append(_attribute(1, 0x800C, body.encode("cp1252") + b"\0"))
    if properties:
        out.append(_attribute(1, 0x9003, struct.pack("<I", 1) + properties))
    for name, data in files.items():
        long_name = struct.pack("<HHII", 0x1F, 0x3707, 1, len(name) * 2 + 2) + name.encode("utf-16-le") + b"\0\0"
        long_name += b"\0" * (-len(long_name) % 4)
        out.append(_attribute(2, 0x9002, b"\0" * 14))
        out.append(_attribute(2, 0x8010, b"SHORT~1.TXT\0"))
        out.append(_attribute(2, 0x800F, data))
        out.append(_attribute(2, 0x9005, struct.pack("<I", 1) + long_name))
    return b"".join(out)


def _binary_property(number: int, value: bytes) -> bytes:
    return struct.pack("<HHII", 0x102, number, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def _attribute(level: int, number: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, number, 6, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
