r"""Folders as a server lists them, found by the name that a person writes or by what the server uses them for.

A person writes `Support/Änderungen`. The server may want another delimiter, a prefix (RFC 2342), or modified UTF-7
(RFC 3501 section 5.1.3); a server that speaks UTF8=ACCEPT keeps to modified UTF-7 until a client enables the other
(RFC 6855 section 3), and we never do.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imapclient.imap_utf7 import decode, encode

MOST_NAMED = 12
"""Folders that an error message names."""


@dataclass(frozen=True, slots=True)
class Folder:
    r"""One line of LIST: `name` as people read it, `wire` as the server wrote it, `flags` in lower case (`\sent`)."""

    name: str
    wire: bytes
    delimiter: str
    flags: frozenset[str]

    @property
    def can_be_opened(self) -> bool:
        return not self.flags & {"\\noselect", "\\nonexistent"}


@dataclass(frozen=True)
class FolderList:
    """What an account shows. `prefix` starts the names of its own folders (`INBOX.` at Courier, or empty), one of
    `others` those of folders that belong to somebody else (RFC 2342)."""

    folders: tuple[Folder, ...]
    prefix: str = ""
    others: tuple[str, ...] = ()

    @property
    def delimiter(self) -> str:
        return next((folder.delimiter for folder in self.folders if folder.delimiter), "/")

    def find(self, wanted: str) -> Folder | None:
        """The folder that a person means: the exact name first, then with `/` as delimiter, then under a prefix."""
        exact = next((folder for folder in self.folders if folder.name == wanted), None)
        if exact is not None:
            return exact
        prefix = _slashed(self.prefix, self.delimiter)
        for name in (wanted, prefix + wanted, f"INBOX/{wanted}"):
            for folder in self.folders:
                if _same(_slashed(folder.name, folder.delimiter), name):
                    return folder
        return None

    def marked(self, role: str) -> Folder | None:
        r"""The folder with a special use such as `\Sent` (RFC 6154)."""
        return next((folder for folder in self.folders if role.lower() in folder.flags), None)

    def new_name(self, wanted: str) -> str:
        """How a folder that a person calls `wanted` has to be named when it is made."""
        name = wanted.replace("/", self.delimiter)
        placed = any(name.startswith(prefix) for prefix in (self.prefix, *self.others) if prefix)
        return name if placed else self.prefix + name

    def beside(self, folder: str, wanted: str) -> str:
        """What `wanted` is called next to `folder`, when that belongs to somebody else; otherwise it stays `wanted`."""
        if not any(folder.startswith(prefix) for prefix in self.others if prefix):
            return wanted
        parent = folder.rpartition(self.delimiter)[0]
        return f"{parent}{self.delimiter}{wanted}"

    def named(self) -> str:
        """The folders that exist, for an error message."""
        names = [folder.name for folder in self.folders if folder.can_be_opened]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return ", ".join(names[:MOST_NAMED]) + more


def folder_list(
    lines: Iterable[tuple[Iterable[bytes], bytes | None, bytes | str]], prefix: str = "", others: Sequence[str] = ()
) -> FolderList:
    """From what imapclient gives for LIST, with names as the server wrote them; one listed twice counts once."""
    folders: dict[bytes, Folder] = {}
    for flags, delimiter, name in lines:
        wire = name if isinstance(name, bytes) else name.encode("ascii", "replace")
        lowered = frozenset(flag.decode("ascii", "replace").lower() for flag in flags)
        mark = delimiter.decode("ascii", "replace") if isinstance(delimiter, bytes) else ""
        folders[wire] = Folder(readable(wire), wire, mark, lowered)
    return FolderList(tuple(folders.values()), prefix, tuple(others))


def readable(wire: bytes) -> str:
    """A name off the wire. Clients have made names that are no modified UTF-7 (`AT&T`): those stay as they are."""
    try:
        name = decode(wire)
        if encode(name) == wire:
            return str(name)
    except (UnicodeDecodeError, UnicodeEncodeError):
        pass  # such a name is shown, and sent back, exactly as it came
    return wire.decode("utf-8", "replace")


def on_the_wire(name: str) -> bytes:
    return bytes(encode(name))


def _slashed(name: str, delimiter: str) -> str:
    return name.replace(delimiter, "/") if delimiter else name


def _same(one: str, other: str) -> bool:
    """INBOX is the same in any case (RFC 9051 section 5.1); accents may be composed or not (macOS decomposes them)."""
    first, second = (unicodedata.normalize("NFC", name) for name in (one, other))
    if first.upper() == "INBOX" or second.upper() == "INBOX":
        return first.upper() == second.upper()
    return first == second
