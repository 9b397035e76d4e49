"""The house guards itself: one commit point, no import inside a function, no environment beside the settings, the ladder."""

import ast
from functools import cache
from pathlib import Path

from importlinter.api import read_configuration
from importlinter.application.use_cases import SUCCESS, lint_imports

from marketplace.admin import job_words
from marketplace.core import jobs

ROOT = Path(__file__).parents[2]
ROOMS = ("marketplace", "vendors", "search", "reviews", "payments")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
# The simulator and the supervisor are programs of their own: no session of ours, an environment to hand on.
OWN_PROGRAMS = ("payments/simulator", "marketplace/supervisor")


def name_of(path: Path) -> str:
    """The path as it is written in the house."""
    return path.relative_to(ROOT).as_posix()


def called(tree: ast.AST, *names: str) -> list[int]:
    """Lines that call a method of one of the names."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    ]


@cache
def trees() -> dict[str, ast.Module]:
    """The sources by their names; read by the worker that asks, not by each that collects."""
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def test_only_the_session_of_the_ground_floor_commits() -> None:
    # The writer of the embedded index has a commit of its own kind.
    bound = [name for name in trees() if name != "marketplace/core/db.py" and not name.startswith("search/engines/tantivy/")]

    assert {name: lines for name in bound if (lines := called(trees()[name], "commit", "rollback"))} == {}


def test_no_import_hides_inside_a_function() -> None:
    hidden = [
        f"{name}:{inner.lineno}"
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert hidden == []


def test_the_environment_is_read_in_one_place() -> None:
    read = [
        f"{name}:{node.lineno}"
        for name, tree in trees().items()
        if name != "marketplace/config.py" and not name.startswith(OWN_PROGRAMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]

    assert read == []


def test_time_comes_from_the_one_clock() -> None:
    read = [
        f"{name}:{node.lineno}"
        for name, tree in trees().items()
        if name != "marketplace/core/clock.py" and not name.startswith(OWN_PROGRAMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date"}
    ]

    assert read == []


def test_every_file_fits_in_the_head() -> None:
    sizes = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in FILES}

    assert {name: lines for name, lines in sizes.items() if lines > 400} == {}


def test_the_ladder_stands() -> None:
    assert read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml")) == SUCCESS


def test_every_job_that_is_enqueued_has_a_task(app: object) -> None:
    enqueued = {
        node.args[0].value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "enqueue"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }

    assert enqueued
    assert enqueued - set(jobs.TASKS) == set()


def test_every_task_is_told_in_words_at_the_desk(app: object) -> None:
    tasks = {name for name in jobs.TASKS if not name.startswith("tests.")}

    assert tasks
    assert tasks - set(job_words.JOBS) == set(), "say what they do in marketplace/admin/job_words.py"


def test_every_line_of_the_timetable_has_a_task(app: object) -> None:
    source = trees()["marketplace/scheduler.py"]
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
