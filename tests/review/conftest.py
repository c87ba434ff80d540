"""A fresh world for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest

from tests.review.factories import World, make_world


@pytest.fixture(scope="session", autouse=True)
def _templates_are_compiled_once() -> Iterator[None]:
    """Every world has its own Jinja; compiling the pages anew for each would take most of the time of these tests."""
    compiled: dict[object, Any] = {}
    compile_one = jinja2.Environment.compile

    def remembered(self: jinja2.Environment, source: Any, name: Any = None, filename: Any = None, *rest: Any) -> Any:
        key = (source, name, filename)
        if key not in compiled:
            compiled[key] = compile_one(self, source, name, filename, *rest)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", remembered)
        yield


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.store.close()
