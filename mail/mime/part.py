"""One MIME part, and what its header says about it (RFC 2045, 2183)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mail.mime.headers import content_header
from mail.mime.transfer import decode_transfer


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME part. `fields` are (lower-case name, raw folded value) in order.

    `body` is still encoded, and empty beside `children`, which hold all of it that counts.
    """

    fields: tuple[tuple[str, bytes], ...]
    body: bytes
    type: str
    params: dict[str, str]
    disposition: str
    filename: str
    children: tuple["Part", ...]
    index: dict[str, bytes]
    """The first value of each field."""

    def filled(self, kind: str, body: bytes, children: Sequence["Part"] = ()) -> "Part":
        """The part that this header belongs to."""
        return Part(self.fields, body, kind, self.params, self.disposition, self.filename, tuple(children), self.index)

    def all(self, name: str) -> list[bytes]:
        return [value for field, value in self.fields if field == name] if name in self.index else []

    def first(self, name: str) -> bytes:
        return self.index.get(name, b"")

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in order; depth is bounded by limits.nesting."""
        yield self
        for child in self.children:
            yield from child.walk()

    def payload(self) -> bytes:
        """The body with its transfer encoding removed; broken encodings yield what can be read."""
        return self.decoded()[0]

    def decoded(self) -> tuple[bytes, str]:
        """The payload, and what was wrong with its encoding."""
        return decode_transfer(self.body, self.index.get("content-transfer-encoding", b""))


def described(fields: tuple[tuple[str, bytes], ...], default: str) -> Part:
    """A part without its body: what its header says about it."""
    first = dict(reversed(fields))
    kind, params = content_header(first.get("content-type", b""))
    disposition, more = content_header(first.get("content-disposition", b""))
    if kind.count("/") != 1 or kind.startswith("/") or kind.endswith("/"):
        kind = default
    name = more.get("filename") or more.get("name") or params.get("name", "")
    return Part(fields, b"", kind, params, disposition, name, (), first)
