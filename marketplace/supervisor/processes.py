"""Child processes that never outlive their parent: start with a log, stop politely, kill what is left of the group."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

LOG_LIMIT_BYTES = 20_000_000
FOREVER_S = float("inf")
HAS_PROC = Path("/proc/self/stat").exists()  # Linux
LAUNCHER = Path(__file__).with_name("launch.py")

User = Literal["same", "namespace", "nobody"]


class StartFailed(Exception):
    """A process did not come up; `str()` says which one and why, with the end of its log."""


@dataclass(frozen=True)
class Command:
    """What to run and how to end it.

    `stop_signal` goes to the main process only (Celery's pool must not be hit in mid-task); `grace_s` seconds later the whole group is
    killed. The same signal reaches it when we die. `user` other than "same" needs root, see `rootless.py`.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    environment: Mapping[str, str]
    folder: Path
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 25.0
    user: User = "same"


def launched(argv: tuple[str, ...], death_signal: signal.Signals = signal.SIGTERM, user: User = "same") -> list[str]:
    """Return the command line that runs `argv` tied to the life of this process, as `user`."""
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), str(int(death_signal)), user, *argv]


def log_end(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log, '' if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16_384))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def is_alive(pid: int) -> bool:
    """Say whether a process with this id exists, whoever owns it; a zombie counts as gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state_of(pid) not in {"Z", ""} or not HAS_PROC


def is_halted(pid: int) -> bool:
    """Say whether a process exists and does not run because a signal has stopped it; never where the system keeps no `/proc`."""
    return _state_of(pid) in {"T", "t"}


def _state_of(pid: int) -> str:
    """The letter that `/proc` has for what a process does, '' if it is gone."""
    try:
        # The state follows the last ')' because the name before it may hold anything.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def command_line(pid: int) -> str:
    """Return the command line of a running process as text, '' if it is gone or cannot be read."""
    if HAS_PROC:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ").strip()
        except OSError:
            return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Say whether a child of ours has ended, without reading its code."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


@dataclass
class Child:
    """One running (or ended) process of a `Command`."""

    command: Command
    started: float = 0.0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C in the terminal reaches only us, with its output in its log."""
        command = self.command
        command.log.parent.mkdir(parents=True, exist_ok=True)
        if command.log.exists() and command.log.stat().st_size > LOG_LIMIT_BYTES:
            command.log.replace(command.log.with_suffix(".old.log"))
        with command.log.open("ab") as log:
            self._process = subprocess.Popen(
                launched(command.argv, command.stop_signal, command.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=command.folder,
                env=dict(command.environment),
                start_new_session=True,
            )
        self.started = time.monotonic()

    @property
    def pid(self) -> int:
        """The process id, 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def returncode(self) -> int | None:
        """None while it runs; a negative number is the signal that ended it. What an ended one has left of its group is killed."""
        return self._end_within(0.0)

    @property
    def is_running(self) -> bool:
        """Whether the main process lives."""
        return self._process is not None and self.returncode is None

    def wait_until(self, is_ready: Callable[[], bool], timeout_s: float, step_s: float = 0.05) -> None:
        """Wait until `is_ready`; raise StartFailed when the process ends first or time is up."""
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            ended = not self.is_running
            if ended or time.monotonic() > deadline:
                what = f"ended with {self.returncode}" if ended else f"did not answer within {timeout_s:.0f} s"
                raise StartFailed(f"{self.command.name} {what}; the end of {self.command.log}:\n{log_end(self.command.log)}")
            time.sleep(step_s)

    def wait_for_end(self, timeout_s: float) -> None:
        """Wait until the process has ended well; raise StartFailed when it ends otherwise or time is up."""
        if self._process is None:
            return
        code = self._end_within(timeout_s)
        if code is None:
            raise StartFailed(f"{self.command.name} took longer than {timeout_s:.0f} s; see {self.command.log}")
        if code != 0:
            raise StartFailed(f"{self.command.name} ended with {code}; the end of {self.command.log}:\n{log_end(self.command.log)}")

    def ask_to_stop(self) -> None:
        """Send the stop signal to the main process alone and return at once."""
        if self._process is not None and self.is_running:
            self._process.send_signal(self.command.stop_signal)

    def finish(self, grace_s: float | None = None) -> None:
        """Wait for the end, then kill whatever is left of the group. Safe to call twice."""
        if self._end_within(self.command.grace_s if grace_s is None else grace_s) is None:
            self.kill_group()
            self._end_within(FOREVER_S)

    def stop(self, grace_s: float | None = None) -> None:
        """Stop politely, then by force."""
        self.ask_to_stop()
        self.finish(grace_s)

    def kill_group(self) -> None:
        """Kill the main process and every child it left behind (a dead Granian or Celery leaves its workers, which hold port and jobs)."""
        if self._process is not None and self._process.returncode is None:
            self._kill(self._process.pid)

    def _kill(self, group: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)

    def _end_within(self, timeout_s: float) -> int | None:
        """The code of the main process once it has ended, None while it runs.

        Until its code is read, its number stays its own, so the rest of the group is killed before: afterwards the number may already be
        that of a stranger, and each process of a database server leads a group.
        """
        process = self._process
        if process is None or process.returncode is not None:
            return process.returncode if process else None
        deadline = time.monotonic() + timeout_s
        while not _has_ended(process):
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.01)
        self._kill(process.pid)
        return process.wait()
