"""The house guards itself: one commit point, no import inside a function, no environment beside the settings, the ladder."""

import ast
from pathlib import Path

import pytest
from importlinter.api import read_configuration
from importlinter.application.use_cases import SUCCESS, lint_imports

from marketplace.core import jobs

ROOT = Path(__file__).parents[2]
ROOMS = ("marketplace", "vendors", "search", "reviews", "payments")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
# The simulator and the supervisor are programs of their own: no session of ours, an environment to hand on.
OWN_PROGRAMS = ("payments/simulator", "marketplace/supervisor")


def name_of(path: Path) -> str:
    """The path as it is written in the house."""
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    """The file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def called(tree: ast.AST, *names: str) -> list[int]:
    """Lines that call a method of one of the names."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    ]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_the_session_of_the_ground_floor_commits(path: Path) -> None:
    # The writer of the embedded index has a commit of its own kind.
    if name_of(path) != "marketplace/core/db.py" and not name_of(path).startswith("search/engines/tantivy/"):
        assert called(tree_of(path), "commit", "rollback") == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_import_hides_inside_a_function(path: Path) -> None:
    hidden = [
        inner.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    if name_of(path) == "marketplace/config.py" or name_of(path).startswith(OWN_PROGRAMS):
        return
    read = [n.lineno for n in ast.walk(tree_of(path)) if isinstance(n, ast.Attribute) and n.attr in {"environ", "getenv"}]
    assert read == []


@pytest.mark.parametrize("path", [p for p in FILES if p.name != "clock.py"], ids=name_of)
def test_time_comes_from_the_one_clock(path: Path) -> None:
    if name_of(path).startswith(OWN_PROGRAMS):
        return
    read = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date"}
    ]
    assert read == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_fits_in_the_head(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400


def test_the_ladder_stands() -> None:
    assert read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml")) == SUCCESS


def test_every_job_that_is_enqueued_has_a_task(app: object) -> None:
    enqueued = {
        node.args[0].value
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "enqueue"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }

    assert enqueued
    assert enqueued - set(jobs.TASKS) == set()


def test_every_line_of_the_timetable_has_a_task(app: object) -> None:
    source = tree_of(ROOT / "marketplace" / "worker.py")
    timed = {
        node.args[0].value
        for node in ast.walk(source)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Timed"
        and isinstance(node.args[0], ast.Constant)
    }

    assert timed
    assert timed - set(jobs.TASKS) == set()
