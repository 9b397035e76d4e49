"""A whole world started as people start it (`up`), in a folder of its own: for browser flows, proofs and benchmarks."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.core.compiled import state_of_code
from marketplace.supervisor.sockets import free_port

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".pytest_cache"
"""What tests keep between runs: all their worlds share the templates that one of them has compiled (`marketplace/core/compiled.py`)."""
START_SECONDS, HISTORY_SECONDS, STOP_SECONDS = 240, 600, 60
AS_NEW_SECONDS = 3_600
"""How long a kept world serves: the demo's days are counted from the moment at which it was seeded."""
OF_A_RUN = ("run", "logs", "lock", "running.json", "compiled", "up.log", "metrics")
"""What is in a data folder only while, or because, a world runs."""


@dataclass
class World:
    """A running `up`."""

    home: Path
    process: subprocess.Popen[bytes]

    def running(self) -> dict[str, Any]:
        """What `running.json` says now."""
        try:
            content: dict[str, Any] = json.loads((self.home / "running.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return content

    @property
    def url(self) -> str:
        """The address of the pages, without a slash at the end."""
        return str(self.running()["url"]).rstrip("/")

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the application's processes."""
        return dict(os.environ) | dict(self.running()["environment"]) | {"PYTHONPATH": str(ROOT)}

    def pid(self, name: str) -> int:
        """The main process of a unit, 0 while it is not running."""
        return int(self.running()["processes"].get(name, {}).get("pid", 0))

    @property
    def password(self) -> str:
        """The one password of the demo: the second line of its log-ins."""
        return (self.home / "logins.txt").read_text(encoding="utf-8").splitlines()[1].strip()

    def command(self, *arguments: str) -> str:
        """Run a command of the application on this world; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "marketplace", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        return done.stdout


def wait_until(true: Callable[[], bool], seconds: float, what: str, *, every: float = 0.1) -> None:
    """Wait for something to become true; raises TimeoutError with what was waited for."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(every)


@contextmanager
def running_world(home: Path, *, with_history: bool = True) -> Iterator[World]:
    """Start a world in `home`, wait until pages answer (and the demo's history is played), stop it at the end.

    Without history the demo has companies and products only, and nothing goes on in the background. What stands in every new world
    before its history is written once for all worlds of an hour, by `up`, and copied into each `home` that is empty.
    """
    home.mkdir(parents=True, exist_ok=True)
    if not any(home.iterdir()):
        _copy_new_world(home)
        if with_history:
            _mark(home, history=False)
    elif not with_history and not (home / "steps.json").exists():
        _mark(home, history=True)
    with _started(home) as world:
        if with_history:
            wait_until(
                lambda: world.running()["processes"].get("history", {}).get("state") == "done", HISTORY_SECONDS, "the demo's history"
            )
        yield world


@contextmanager
def _started(home: Path) -> Iterator[World]:
    _share_compiled(home)
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_URL") and not k.startswith("STRIPE_")}
    environment |= {"MARKETPLACE_HOME": str(home), "PORT": str(free_port(18000 + os.getpid() % 1000))}
    output = (home / "up.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "marketplace.supervisor", "up"], env=environment, cwd=ROOT, stdout=output, stderr=output
    )
    world = World(home, process)
    try:

        def is_ready() -> bool:
            if process.poll() is not None:
                raise RuntimeError(
                    f"up ended with {process.returncode}:\n{(home / 'up.log').read_text(encoding='utf-8', errors='replace')}"
                )
            return bool(world.running().get("ready")) and "scheduler" in world.running()["processes"]

        wait_until(is_ready, START_SECONDS, "the first page and the processes behind it")
        yield world
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        output.close()


def _mark(home: Path, **steps: bool) -> None:
    file = home / "steps.json"
    there = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(json.dumps(there | steps), encoding="utf-8")


def _copy_new_world(home: Path) -> None:
    """Companies, products and index, which take a start two thirds of its processor time, as one start of this code has made them.

    Whoever needs them first makes them; the others wait for that.
    """
    schema = max(file.stat().st_mtime_ns for file in (ROOT / "migrations").rglob("*.py"))
    kept = CACHE / "worlds" / f"{state_of_code()}-{schema}"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (CACHE / "worlds.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists() or time.time() - kept.stat().st_mtime > AS_NEW_SECONDS:
            for old in kept.parent.glob("*/"):
                shutil.rmtree(old)
            made = kept.with_suffix(".new")
            made.mkdir()
            _mark(made, history=True)
            with _started(made):
                pass
            for name in OF_A_RUN:
                _remove(made / name)
            made.rename(kept)
            os.utime(kept)
        shutil.copytree(kept, home, symlinks=True, dirs_exist_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _share_compiled(home: Path) -> None:
    shared, own = CACHE / "compiled", home / "compiled"
    shared.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not own.exists():
        own.symlink_to(shared, target_is_directory=True)
