"""The words of one document after another, in a process of its own: a hostile PDF may hang or eat memory here alone.

Run as `python -m mail.attached.extraction MEMORY SECONDS`; it reads (type, document) from standard input and
answers each with one line of JSON. It uses the libraries behind markitdown directly: markitdown itself loads a neural
network first.
"""

import io
import json
import struct
import sys
from typing import BinaryIO

from mail.attached.filetypes import DOCX, PDF, XLSX
from mail.mime.rtf import rtf_text
from mail.text.html import html_text

MAX_PAGES = 50
MAX_ROWS = 5_000
MAX_SHEETS = 20
MAX_COLUMNS = 100
MAX_TEXT = 1_000_000
"""Characters of one answer; the caller cuts further."""
RTF = "application/rtf"
_HEAD = struct.Struct("<HI")


def document_text(kind: str, data: bytes) -> str:
    """What the document says; raises whatever its library raises."""
    readers = {PDF: _pdf, DOCX: _docx, XLSX: _xlsx, RTF: rtf_text}
    return readers[kind](data)[:MAX_TEXT]


def packed(kind: str, data: bytes) -> bytes:
    """A document as this process reads it."""
    name = kind.encode("ascii")
    return _HEAD.pack(len(name), len(data)) + name + data


def _pdf(data: bytes) -> str:
    from pdfminer.high_level import extract_text

    return extract_text(io.BytesIO(data), maxpages=MAX_PAGES)


def _docx(data: bytes) -> str:
    import mammoth

    # pictures would come as base64 in the middle of the text
    converted = mammoth.convert_to_html(io.BytesIO(data), convert_image=mammoth.images.img_element(lambda _: {}))
    return html_text(converted.value).visible


def _xlsx(data: bytes) -> str:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    lines: list[str] = []
    for sheet in book.worksheets[:MAX_SHEETS]:
        lines.append(f"# {sheet.title}")
        for row in sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True):
            cells = ["" if cell is None else str(cell) for cell in row]
            if any(cells):
                lines.append("\t".join(cells).rstrip("\t"))
    return "\n".join(lines)


def _confine(memory: int, seconds: int) -> None:
    """Bounds that the kernel keeps; where it knows none (Windows), the caller's clock is the only one."""
    try:
        import resource
    except ImportError:
        return
    for which, bound in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(which)
        bound = bound if most == resource.RLIM_INFINITY else min(bound, most)
        resource.setrlimit(which, (bound, bound))


def _answer_all(documents: BinaryIO) -> None:
    while head := documents.read(_HEAD.size):
        name, size = _HEAD.unpack(head)
        kind, data = documents.read(name).decode("ascii"), documents.read(size)
        try:
            text = document_text(kind, data)
        except Exception:  # the libraries raise errors of a dozen kinds; whoever asked takes no text for the answer
            text = ""
        print(json.dumps(text), flush=True)


if __name__ == "__main__":
    _confine(int(sys.argv[1]), int(sys.argv[2]))
    _answer_all(sys.stdin.buffer)
