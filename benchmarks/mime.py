"""Agreement with stalwart's mail-parser on its own corpus: `python benchmarks/mime.py --data FOLDER`.

FOLDER holds .eml files with the parser's JSON beside them. Subject, date, Message-ID, addresses, text and attachments
are compared, and every disagreement is printed with the reason, told by rule from the JSON, why it may be no fault of
ours. All other files are read in LF, CRLF and CR form, where nothing may fail but with UnreadableMessage.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from mail.reading import read_message
from mail.text.html import html_text
from models.errors import UnreadableMessage
from models.message import Address, Message

FIELDS = ("subject", "date", "message_id", "from", "to", "cc", "text", "attachments")
_SHOWN = 160
"""Characters of each side of a disagreement that are printed."""
_INLINE = re.compile(r"(?m)^begin [0-7]{3,4} ")


@dataclass(frozen=True)
class Expected:
    """A stalwart parse in the terms of `Message`."""

    parts: list[dict[str, Any]]
    text_body: list[int]
    attached: list[int]

    def header(self, name: str, part: int = 0) -> Any:
        """The first value of a field, without the name of its kind; None when it is not there."""
        for field in self.parts[part]["headers"]:
            if field["name"] == name and isinstance(field["value"], dict):
                return next(iter(field["value"].values()))
        return None

    def body(self, part: int) -> tuple[str, Any]:
        """The kind of a body (Text, Html, Binary, InlineBinary, Message, Multipart) and its content."""
        body = self.parts[part]["body"]
        kind = next(iter(body))
        return kind, body[kind]

    def is_broken(self, part: int) -> bool:
        return bool(self.parts[part]["is_encoding_problem"])


@dataclass(frozen=True)
class Disagreement:
    field: str
    theirs: object
    ours: object
    excuse: str
    """Why the JSON is arguably wrong or says another thing; empty where nothing speaks for us."""


def load(path: Path) -> Expected:
    data = json.loads(path.read_text(encoding="utf-8"))
    return Expected(data["parts"], data["text_body"], data["attachments"])


def compared(expected: Expected, message: Message) -> Iterator[Disagreement]:
    """Where the two parses differ, over FIELDS."""
    plain = {
        "subject": (_words(expected.header("subject") or ""), _words(message.subject)),
        "date": (_date(expected.header("date")), message.date and message.date.astimezone(UTC)),
        "message_id": (_first(expected.header("message_id")), message.message_id.strip("<>")),
        "from": (_people(expected.header("from"))[:1], _ours((message.sender,))),
        "to": (_people(expected.header("to")), _ours(message.to)),
        "cc": (_people(expected.header("cc")), _ours(message.cc)),
        "text": (_their_text(expected), _words(message.text)),
    }
    for field, (said, read) in plain.items():
        if said != read:
            yield Disagreement(field, said, read, _excuse(field, said, expected))
    theirs, ours = _their_attachments(expected), _our_attachments(expected, message)
    if theirs != ours:
        yield Disagreement("attachments", theirs, ours, _attachment_excuse(theirs, expected))


def _words(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) and value else value or "")


def _date(value: Any) -> datetime | None:
    """None for years outside 1970 to 2100, which Mailstage refuses."""
    if not isinstance(value, dict):
        return None
    east = timedelta(hours=value["tz_hour"], minutes=value["tz_minute"]) * (-1 if value["tz_before_gmt"] else 1)
    clock = [value[name] for name in ("year", "month", "day", "hour", "minute", "second")]
    try:
        date = datetime(*clock, tzinfo=timezone(east)).astimezone(UTC)  # type: ignore[misc]
    except ValueError:
        return None
    return date if 1970 <= date.year <= 2100 else None


def _people(value: Any) -> list[tuple[str, str]]:
    """(name, address) of each mailbox; groups are flattened, entries without an address left out."""
    if not isinstance(value, dict):
        return []
    listed = value.get("List") or [one for group in value.get("Group") or [] for one in group["addresses"]]
    return [(_words(one["name"] or ""), one["address"].lower()) for one in listed if one["address"]]


def _ours(people: tuple[Address, ...]) -> list[tuple[str, str]]:
    return [(_words(one.name), one.address) for one in people if one.address]


def _their_text(expected: Expected) -> str:
    """HTML among the text bodies is made readable by our own reader: only its decoding can be compared."""
    texts = []
    for part in expected.text_body:
        kind, body = expected.body(part)
        if kind in ("Text", "Html"):
            texts.append(html_text(body).visible if kind == "Html" else body)
    return _words(" ".join(texts))


def _their_attachments(expected: Expected) -> list[tuple[str, str, int | None]]:
    """(name, type, size in bytes); no size where the JSON holds characters, or a parsed message, in place of bytes."""
    return [(_name(expected, part), _type(expected, part), _size(expected, part)) for part in expected.attached]


def _name(expected: Expected, part: int) -> str:
    for header, name in (("content_disposition", "filename"), ("content_type", "name")):
        value = expected.header(header, part)
        for attribute in (value.get("attributes") or []) if isinstance(value, dict) else []:
            if attribute["name"] == name:
                return _words(attribute["value"].rpartition("/")[2])
    return ""


def _type(expected: Expected, part: int) -> str:
    value = expected.header("content_type", part)
    if isinstance(value, dict):
        return f"{value['c_type']}/{value['c_subtype'] or ''}".lower()
    return "message/rfc822" if expected.body(part)[0] == "Message" else "text/plain"


def _size(expected: Expected, part: int) -> int | None:
    kind, body = expected.body(part)
    if kind in ("Text", "Html"):
        return len(body) if body.isascii() else None
    return len(body) if kind in ("Binary", "InlineBinary") else None


def _our_attachments(expected: Expected, message: Message) -> list[tuple[str, str, int | None]]:
    sizes = [_size(expected, part) for part in expected.attached]
    sizes += [0] * (len(message.attachments) - len(sizes))
    return [
        (one.name, one.type, None if size is None else one.size)
        for one, size in zip(message.attachments, sizes, strict=False)
    ]


def _excuse(field: str, theirs: object, expected: Expected) -> str:
    if "\ufffd" in str(theirs):
        return "the JSON has lost characters"
    if field == "text" and _INLINE.search("\n".join(str(expected.body(p)[1]) for p in expected.text_body)):
        return "the JSON leaves a uuencoded file in the text"
    if field == "text" and any(expected.is_broken(part) for part in expected.attached):
        return "the JSON attaches text that has no end, or that it could not decode"
    if field == "text" and "content-type:" in str(theirs).lower():
        return "the JSON takes header lines and delimiters for text"
    return ""


def _attachment_excuse(theirs: list[tuple[str, str, int | None]], expected: Expected) -> str:
    encodings = {str(expected.header("content_transfer_encoding", part)).lower() for part in expected.attached}
    if any(expected.is_broken(part) for part in expected.attached):
        return "the JSON attaches text that has no end, or that it could not decode"
    if any("uue" in encoding for encoding in encodings):
        return "the JSON leaves uuencoded parts encoded"
    if any("\ufffd" in name for name, *_ in theirs):
        return "the JSON has lost characters"
    return _excuse("text", "", expected)


def crashes(folder: Path) -> tuple[int, int, list[str]]:
    """How many readings there were, how many ended in UnreadableMessage, and what else was raised."""
    read, refused, raised = 0, 0, []
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".eml", ".txt")):
        lines = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        for end in (b"\n", b"\r\n", b"\r"):
            read += 1
            try:
                read_message(lines.replace(b"\n", end)).model_dump_json()
            except UnreadableMessage:
                refused += 1
            except Exception as error:  # whatever it is, counting it is the point
                raised.append(f"{path}: {type(error).__name__}: {error}")
    return read, refused, raised


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with .eml files, some with a .json beside them"
    )
    folder = parser.parse_args().data
    expectations = [path for path in sorted(folder.rglob("*.json")) if path.with_suffix(".eml").exists()]
    if not expectations:
        sys.exit("no .eml file with a .json beside it there: name the folder of stalwart's corpus")
    differing: Counter[str] = Counter()
    unexcused: Counter[str] = Counter()
    for path in expectations:
        message = read_message(path.with_suffix(".eml").read_bytes())
        for found in compared(load(path), message):
            differing[found.field] += 1
            unexcused[found.field] += not found.excuse
            print(f"{path.relative_to(folder)} {found.field}: {found.excuse or 'DISAGREES'}")
            print(f"  JSON      {str(found.theirs)[:_SHOWN]!r}\n  mailstage {str(found.ours)[:_SHOWN]!r}")
    files = len(expectations)
    print(f"\n{'field':12} {'agree':>9} {'of':>4} {'share':>7}   without arguable JSON")
    for field in FIELDS:
        agree, fair = files - differing[field], files - unexcused[field]
        print(f"{field:12} {agree:9} {files:4} {agree / files:7.1%}   {fair / files:7.1%}")
    total = files * len(FIELDS)
    print(f"{'all':12} {total - differing.total():9} {total:4} {1 - differing.total() / total:7.1%}   "
          f"{1 - unexcused.total() / total:7.1%}")  # fmt: skip
    read, refused, raised = crashes(folder)
    print(f"\n{read} readings of all files in LF, CRLF and CR form: {refused} refused (no mail), {len(raised)} crashes")
    print("\n".join(raised))


if __name__ == "__main__":
    main()
