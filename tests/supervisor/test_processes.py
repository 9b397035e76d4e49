"""A child ends with everything that it has started, and nobody else's process is ever hit."""

import os
import signal
import sys
from pathlib import Path

import pytest

from marketplace.supervisor.processes import Child, Command, is_alive
from tests.supervisor.stand_in import wait_for

LEAVES_ONE_BEHIND = (
    "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True)"
)


def a_child(folder: Path, program: str) -> Child:
    child = Child(Command("child", (sys.executable, "-c", program), folder / "child.log", {"PATH": os.environ["PATH"]}, folder))
    child.start()
    return child


def test_what_an_ended_process_left_behind_is_killed_when_its_end_is_noticed(tmp_path: Path) -> None:
    child = a_child(tmp_path, LEAVES_ONE_BEHIND)

    wait_for(lambda: child.returncode is not None)

    left = int((tmp_path / "child.log").read_text(encoding="utf-8"))
    wait_for(lambda: not is_alive(left))
    assert child.returncode == 0


def test_the_number_of_an_ended_process_is_never_killed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, bool]] = []
    monkeypatch.setattr(os, "killpg", lambda group, _signal: killed.append((group, Path(f"/proc/{group}").exists())))
    child = a_child(tmp_path, "")

    wait_for(lambda: not child.is_running)
    child.kill_group()
    child.stop()
    child.stop()

    assert killed == [(child.pid, True)]  # once, while the system kept the number for us


def test_a_process_that_does_not_stop_when_asked_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    child = a_child(tmp_path, stubborn)
    wait_for(lambda: "deaf" in (tmp_path / "child.log").read_text(encoding="utf-8"))

    child.stop(grace_s=0.1)

    assert child.returncode == -signal.SIGKILL
