"""Jinja set up for the pages, and how times, shares and names are written for a person."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from models.category import Category
from models.errors import TemplateError
from models.settings import Settings

BUILT_IN = Path(__file__).parent.parent / "templates" / "pages"
_STEPS = ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"), (86_400 * 60, 86_400, "d"))
"""Up to so many seconds, divided by, unit."""


class Pages:
    """Renders templates; those in the person's own templates folder come first. Raises TemplateError."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        own = [settings.templates / "pages"] if settings.templates else []
        self.jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader([*own, BUILT_IN]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        zone = ZoneInfo(settings.company.time_zone)
        self.jinja.filters["time"] = lambda at: local_time(at, zone)
        self.jinja.filters["age"] = lambda at: age(at, clock())
        self.jinja.filters["percent"] = percent
        self.jinja.filters["words"] = words
        self.jinja.filters["titled"] = lambda sentence: with_titles(sentence, settings)
        self.jinja.filters["title_of"] = lambda name: category_title(settings.category(name), name)
        self.jinja.filters["size"] = size

    def render(self, template: str, **context: Any) -> str:
        try:
            return self.jinja.get_template(template).render(**context)
        except jinja2.TemplateError as error:
            place = f"{error.filename}, line {error.lineno}: " if isinstance(error, jinja2.TemplateSyntaxError) else ""
            raise TemplateError(f"the page template {template} is broken ({place}{error}): mend it") from error


def local_time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %-d %b %Y, %H:%M}"


def age(at: datetime, now: datetime) -> str:
    """How long ago, in one unit: `40 s`, `3 h`, `12 d`, `5 months`."""
    seconds = max(0, int((now - at).total_seconds()))
    for below, unit, name in _STEPS:
        if seconds < below:
            return f"{seconds // unit} {name}"
    return f"{seconds // (86_400 * 30)} months"


def percent(share: float) -> str:
    """Never rounded up to certainty: 0.996 is shown as 99%."""
    return f"{int(share * 100 + 1e-9)}%" if share > 0.99 else f"{share:.0%}"


def words(name: str) -> str:
    """`waiting_on_us` as `waiting on us`."""
    return name.replace("_", " ")


def category_title(category: Category | None, name: str | None) -> str:
    """The title of a category; one that has left mailstage.toml goes by its bare name."""
    if category is None:
        return words(name or "no category")
    return category.title or words(category.name).capitalize()


def with_titles(sentence: str, settings: Settings) -> str:
    """A sentence of ours, with categories as people read them: a name with `_` in it is no other word."""
    titles = {one.name: category_title(one, one.name) for one in settings.categories if "_" in one.name}
    return re.sub(r"\w+", lambda word: titles.get(word.group(), word.group()), sentence)


def size(length: int) -> str:
    """Bytes as `812 B`, `14 kB`, `2.1 MB`."""
    if length < 1000:
        return f"{length} B"
    return f"{length / 1000:.0f} kB" if length < 1_000_000 else f"{length / 1_000_000:.1f} MB"
