"""`test`, `check`, `prove`, `bench`: the tools of those who work on the code, run from its root."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from pathlib import Path

from marketplace.supervisor import environment
from marketplace.supervisor.home import ROOT
from marketplace.supervisor.processes import launched

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CHECKS = {
    "format": ("-m", "ruff", "format", "--check", "."),
    "lint": ("-m", "ruff", "check", "."),
    "types": ("-m", "mypy"),
    # By its function: the installed script's first line is cut off in a long path.
    "ladder": ("-c", LINT_IMPORTS),
}

Step = tuple[str, Sequence[str]]
"""What is run: its name, and the arguments of Python."""

LONGEST = "prove kills"
LONG_ONLY = ("bad_input", "facets", "index", "tenants")
"""Proofs that the suite runs with fewer tries itself: `--short` leaves them out unless they are named."""

WHOLE_SUITE = ("-n", "2", "--no-loadscope-reorder")
"""Two workers, each with services of its own: a worker that waits for its database or its browser leaves a core idle."""


def test(arguments: list[str]) -> int:
    """Become pytest; the whole suite is shared by two workers."""
    os.chdir(ROOT)
    chosen = arguments or [*WHOLE_SUITE]
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *chosen], environment.inherited())  # noqa: S606 - our own program


def check() -> int:
    """Run every check, also after one has failed; exit code 1 if any failed."""
    return in_turn(list(CHECKS.items()))


def names_in(folder: str) -> list[str]:
    """The scripts of a folder."""
    return sorted(path.stem for path in (ROOT / folder).glob("*.py") if not path.stem.startswith("_"))


def prove(names: list[str], seed: int | None, further: Sequence[str] = (), *, short: bool) -> int:
    """Run the named long runs, all without a name, each with the same printed seed and whatever options they know `further`."""
    known = names_in("tests/prove")
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        print(f"No such run: {', '.join(unknown) or 'tests/prove is empty'}. There are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    chosen = seed if seed is not None else secrets.randbelow(2**31)
    options = ("--seed", str(chosen), *(("--short",) if short else ()), *further)
    print(f"seed {chosen} (again: python3 dev.py prove {' '.join((*names, *options))})", flush=True)
    steps = [
        (f"prove {name}", ("-m", f"tests.prove.{name}", *options))
        for name in names or [name for name in known if not (short and name in LONG_ONLY)]
    ]
    return two_at_a_time(steps) if short else in_turn(steps)


def bench(name: str | None, arguments: list[str]) -> int:
    """Run one benchmark; without a name list them."""
    known = names_in("bench")
    if name is None:
        print("\n".join(known) or "bench is empty")
        return 0
    if name not in known:
        print(f"No such benchmark. There are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    return in_turn([(f"bench {name}", ("-m", f"bench.{name}", *arguments))])


def in_turn(steps: Sequence[Step]) -> int:
    """Run Python with each list of arguments and print what each took; exit code 1 if any failed."""
    outcomes = []
    for name, arguments in steps:
        print(f"── {name}", flush=True)
        outcomes.append((name, *_run(arguments)))
    return _told(outcomes)


def two_at_a_time(steps: Sequence[Step]) -> int:
    """As `in_turn`, for runs that wait much; each is printed whole when it has ended."""
    # The one that kills and waits for what it has killed takes longest, so it begins first.
    ordered = sorted(steps, key=lambda step: step[0] != LONGEST)
    outcomes = []
    with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as folder:
        said = {name: Path(folder) / name for name, _ in ordered}
        running = {pool.submit(_run, arguments, said[name]): name for name, arguments in ordered}
        for each in as_completed(running):
            name = running[each]
            print(f"── {name}", said[name].read_text(encoding="utf-8"), sep="\n", end="", flush=True)
            outcomes.append((name, *each.result()))
    return _told(outcomes)


def _run(arguments: Sequence[str], into: Path | None = None) -> tuple[int, float]:
    """(exit code, seconds); what it says goes to the terminal or into a file."""
    began = time.monotonic()
    with into.open("w") if into else nullcontext() as out:
        command = launched((sys.executable, *arguments))
        code = subprocess.run(
            command, cwd=ROOT, env=environment.inherited(), stdout=out, stderr=subprocess.STDOUT if out else None, check=False
        ).returncode
    return code, time.monotonic() - began


def _told(outcomes: Sequence[tuple[str, int, float]]) -> int:
    print("──")
    for name, code, seconds in outcomes:
        print(f"{name:<20} {'ok' if code == 0 else f'FAILED ({code})':<12} {seconds:7.1f} s", flush=True)
    return 1 if any(code for _, code, _ in outcomes) else 0
