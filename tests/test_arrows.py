"""Who may import whom; read from the source, so that a forbidden import fails before it does harm."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "models": set(),
    "mail": {"models"},
    "ml": {"models"},
    "store": {"models"},
    "tasks": {"models", "mail", "ml", "store"},
    "flows": {"models", "mail", "ml", "store", "tasks"},
    "review": {"models", "store", "ml"},
    "cli": {"models", "mail", "ml", "store", "tasks", "flows", "review"},
}
PREFECT_ROOMS = {"flows", "tasks", "cli"}
HEAVY = {
    "sklearn",
    "scipy",
    "lancedb",
    "onnxruntime",
    "transformers",
    "torch",
    "pydantic_ai",
    "openai",
    "anthropic",
    "markitdown",
}


def imports(file: Path, *, top_level_only: bool = False) -> Iterator[str]:
    """Full names of the modules that a file imports, outside `if TYPE_CHECKING:` when only the top level counts."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_what_the_arrows_allow(room: str) -> None:
    """An import against the arrows names the file and the module."""
    for file in files(room):
        wrong = {name for name in imports(file) if name.split(".")[0] in ALLOWED.keys() - ALLOWED[room] - {room}}
        assert not wrong, f"{file.relative_to(ROOT)} must not import {sorted(wrong)}"


def test_the_small_wing_never_imports_the_large_one() -> None:
    """ml.large may use ml.small, never the reverse."""
    for file in files("ml/small"):
        assert not [name for name in imports(file) if name.startswith("ml.large")], file


def test_prefect_stays_in_its_rooms() -> None:
    """Only flows, tasks and cli know Prefect, and cli not at import time."""
    for room in ALLOWED:
        for file in files(room):
            found = [name for name in imports(file) if name.split(".")[0] == "prefect"]
            assert not found or room in PREFECT_ROOMS, file
    for file in files("cli"):
        assert "prefect" not in {name.split(".")[0] for name in imports(file, top_level_only=True)}, file


@pytest.mark.parametrize("room", ALLOWED)
def test_heavy_libraries_load_on_first_use(room: str) -> None:
    """No file imports a heavy library at its top: starting a command stays quick."""
    for file in files(room):
        found = {name.split(".")[0] for name in imports(file, top_level_only=True)} & HEAVY
        assert not found, f"{file.relative_to(ROOT)} imports {found} at its top"


def test_no_flow_file_bears_the_name_of_a_standard_library_module() -> None:
    """Prefect runs flows by module path; a shadowed standard module would break everything else."""
    import sys

    assert not {file.stem for file in files("flows")} & set(sys.stdlib_module_names)
