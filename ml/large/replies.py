"""Renders replies and prompts from Jinja2 templates, sandboxed and strict: an unknown name is an error, never a blank.

A company's own folder of templates comes before the built-in one, file by file. Every failure is a TemplateError with
file and line, so that whoever edited the template can mend it.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ml.large.sentences import sentences
from models.errors import TemplateError
from models.message import Address

BUILT_IN = Path(__file__).resolve().parents[2] / "templates"
NO_ANSWER = "no_answer.txt.j2"
ASK = "ask.txt.j2"
WORDS = "_words.txt.j2"

_NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]{1,2}[^\W\d_]+){0,3}\.?")
_MOST_NAME_CHARS = 40


@dataclass(frozen=True)
class Frame:
    """What a reply says besides its answers."""

    language: str
    name: str = ""
    """How the customer is greeted; empty when it is not known."""


def languages(templates: Path | None) -> tuple[str, ...]:
    """The languages that the reply templates speak."""
    module: Any = _guarded(lambda: _environment(templates, "replies").get_template(WORDS).module, WORDS)
    return tuple(str(code) for code in getattr(module, "languages", ()))


def answer(templates: Path | None, file: str, frame: Frame, answers: Sequence[str], complete: bool) -> str:
    """The category's template around the answers. `complete` is False when a part of the mail stays open."""
    return _reply(templates, file, frame, answers=list(answers), complete=complete)


def no_answer(templates: Path | None, frame: Frame) -> str:
    """Says plainly that the knowledge does not hold the answer and that a colleague will write."""
    return _reply(templates, NO_ANSWER, frame)


def ask(templates: Path | None, frame: Frame, missing: Sequence[str]) -> str:
    """Asks for the `missing` facts, each as it is called in the customer's language (at least one)."""
    return _reply(templates, ASK, frame, missing=list(missing))


def prompt(templates: Path | None, file: str, **values: Any) -> str:
    """A rendered prompt."""
    return _render(templates, "prompts", file, values)


def version(templates: Path | None, folder: str, file: str) -> str:
    """Short hash (12 hex digits) of a template's source, so that a draft can be traced to its wording."""

    def source() -> str:
        environment = _environment(templates, folder)
        assert environment.loader is not None
        return environment.loader.get_source(environment, file)[0]

    return hashlib.sha256(str(_guarded(source, file)).encode()).hexdigest()[:12]


def check(templates: Path | None, files: Sequence[str]) -> int:
    """Renders every reply template once in each language, with and without answers; returns how many files there are.

    Raises TemplateError for the first broken one: better here than when a customer waits.
    """
    for language in languages(templates):
        for name in ("", "Ada Example"):
            frame = Frame(language, name)
            for file in sorted(set(files) | {"default.txt.j2"}):
                answer(templates, file, frame, ["An answer."], complete=not name)
            no_answer(templates, frame)
            ask(templates, frame, ["first", "second"] if name else ["first"])
    return len({*files, "default.txt.j2", NO_ANSWER, ASK})


def own_sentences(body: str) -> frozenset[str]:
    """Sentences and lines of a rendered frame, blanks single: what needs no source, since the company wrote it."""
    return frozenset(" ".join(part.split()) for part in (*(s.text for s in sentences(body)), *body.splitlines())) - {""}


def greeting_name(sender: Address) -> str:
    """The sender's display name if it reads like a person's, else nothing: the name is free text from a stranger."""
    name = " ".join(sender.name.split())
    if "," in name:
        name = " ".join(part.strip() for part in reversed(name.split(",", 1)))
    return name if len(name) <= _MOST_NAME_CHARS and _NAME.fullmatch(name) else ""


def _reply(templates: Path | None, file: str, frame: Frame, **values: Any) -> str:
    body = _render(templates, "replies", file, {"language": frame.language, "name": frame.name, **values})
    return re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def _render(templates: Path | None, folder: str, file: str, values: dict[str, Any]) -> str:
    return str(_guarded(lambda: _environment(templates, folder).get_template(file).render(values), file))


def _guarded(render: Any, file: str) -> Any:
    try:
        return render()
    except TemplateSyntaxError as error:
        raise TemplateError(f"{error.filename or file}, line {error.lineno}: {error.message}") from error
    except JinjaError as error:
        raise TemplateError(f"{_place(error, file)}: {_reason(error)}") from error
    # A template may call anything it is given; its mistakes come as ordinary Python errors.
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, OSError, RecursionError) as error:
        raise TemplateError(f"{_place(error, file)}: {type(error).__name__}: {error}") from error


def _place(error: Exception, file: str) -> str:
    """File and line of the innermost template frame of the traceback."""
    found, trace = file, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            found = f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _reason(error: JinjaError) -> str:
    return (error.message or type(error).__name__).splitlines()[0] if hasattr(error, "message") else str(error)


@lru_cache(maxsize=16)
def _environment(templates: Path | None, folder: str) -> Environment:
    folders = [templates / folder, templates] if templates else []
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([*map(str, folders), str(BUILT_IN / folder)]),
        undefined=StrictUndefined,
        autoescape=False,  # plain text; nothing here is ever HTML
        trim_blocks=False,
        keep_trailing_newline=True,
    )
