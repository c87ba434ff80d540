"""Files to text: Markdown and plain text as they are, the rest through markitdown.

One broken file costs only itself: every failure is a KnowledgeError that names the file and what to do.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ml.large.passages import FrontMatter, front_matter, title_of
from models.errors import KnowledgeError, MissingExtra

TEXT_SUFFIXES = frozenset({".md", ".markdown", ".txt"})
CONVERTED_SUFFIXES = frozenset({".pdf", ".docx", ".xlsx", ".html", ".htm"})
MOST_BYTES = 50_000_000
MOST_CHARS = 5_000_000
"""About 2,000 printed pages; more in one document is a mistake or an attack on memory."""

_LANGUAGE_SUFFIX = re.compile(r"\.([a-z]{2})$")


@dataclass(frozen=True)
class Source:
    """A file that belongs to the knowledge, and the name under which it is cited."""

    name: str
    path: Path


@dataclass(frozen=True)
class Document:
    """`digest` is SHA-256 (hex) over the file's bytes; `language` a two-letter code or `und`."""

    name: str
    title: str
    text: str
    language: str
    digest: str
    front: FrontMatter


def sources(paths: Sequence[Path]) -> list[Source]:
    """All readable files under `paths`, sorted; hidden files are left out.

    Raises KnowledgeError for a path that does not exist.
    """
    found: dict[str, Source] = {}
    for root in paths:
        if not root.exists():
            raise KnowledgeError(f"{root} does not exist: correct `knowledge` in mailstage.toml or the path given")
        for path in _files(root):
            name = path.relative_to(root).as_posix() if root.is_dir() else path.name
            if name in found and found[name].path.resolve() != path.resolve():
                name = f"{path.parent.resolve().name}/{name}"
            found[name] = Source(name, path)
    return [found[name] for name in sorted(found)]


def digest(path: Path) -> str:
    """SHA-256 of the file. Raises KnowledgeError when it cannot be read or is too large."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise KnowledgeError(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB: split it")
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise KnowledgeError(f"{path.name} cannot be read ({error.strerror}): check its permissions") from error


def read(source: Source, digest: str) -> Document:
    """The document's text and what is known of it. Raises KnowledgeError for a file that yields none."""
    path = source.path
    text = _plain_text(path) if path.suffix.lower() in TEXT_SUFFIXES else _converted(path)
    if not text.strip():
        raise KnowledgeError(f"{source.name} holds no text: if it is a scan, add a version with a text layer")
    if len(text) > MOST_CHARS:
        raise KnowledgeError(f"{source.name} holds more than {MOST_CHARS:,} characters: split it")
    front = front_matter(text)
    stem = path.with_suffix("").name
    title = title_of(text, front, _LANGUAGE_SUFFIX.sub("", stem).replace("-", " ").replace("_", " "))
    return Document(source.name, title, text, _language(text, front, stem), digest, front)


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if path.is_file() and not hidden and path.suffix.lower() in TEXT_SUFFIXES | CONVERTED_SUFFIXES:
            yield path


def _plain_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\x00", "")
    except OSError as error:
        raise KnowledgeError(f"{path.name} cannot be read ({error.strerror}): check its permissions") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path.name} is not UTF-8 (byte {error.start}): save it as UTF-8") from error


def _converted(path: Path) -> str:
    if path.suffix.lower() not in CONVERTED_SUFFIXES:
        raise KnowledgeError(f"{path.name} is of an unknown kind: use {', '.join(sorted(CONVERTED_SUFFIXES))} or .md")
    if not _is_what_it_says(path):
        raise KnowledgeError(f"{path.name} is damaged or not what its name says: open it and save it again")
    converter = _converter()
    try:
        return str(converter.convert_local(path).text_content).replace("\x00", "")
    # The converters behind markitdown raise errors of their own from a dozen libraries, with no common parent.
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        raise KnowledgeError(f"{path.name} cannot be converted ({reason}): open it and save it again") from error


def _is_what_it_says(path: Path) -> bool:
    """markitdown takes what it does not recognise for plain text; a broken archive must not become knowledge."""
    if path.suffix.lower() in (".docx", ".xlsx"):
        return zipfile.is_zipfile(path)
    if path.suffix.lower() == ".pdf":
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    return True


@lru_cache(maxsize=1)
def _converter() -> Any:
    try:
        from markitdown import MarkItDown
    except ImportError as error:
        raise MissingExtra("markitdown", "") from error
    return MarkItDown(enable_plugins=False)


def _language(text: str, front: FrontMatter, stem: str) -> str:
    """Front matter, else the file's name (`returns.de.md`), else what the text looks like."""
    if front.language:
        return front.language
    if match := _LANGUAGE_SUFFIX.search(stem):
        return match[1]
    import py3langid

    sample = text[front.end : front.end + 5_000]
    return str(py3langid.classify(sample)[0]) if len(sample.split()) >= 10 else "und"
