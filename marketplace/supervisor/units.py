"""Units: the processes that the supervisor keeps alive, each with its back-off, and the watching of them all."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from marketplace.supervisor.environment import MARK
from marketplace.supervisor.processes import Child, StartFailed, log_end

QUICK_S = 10.0  # a life shorter than this is a quick death
QUICK_DEATHS = 5  # so many in a row and the supervisor gives up
ONCE_DEATHS = 2  # a unit that runs once is left as failed, and the others go on
LONGEST_PAUSE_S = 5.0


class Interrupted(Exception):
    """Ctrl-C or SIGTERM: end everything."""


@dataclass
class Unit:
    """One process to keep alive.

    `launch` starts it (again); a unit that runs `once` is not started again when it ends well. `before_end` is called when those that use
    it have ended, just before it is asked to end itself.
    """

    name: str
    launch: Callable[[], Child]
    once: Callable[[], None] | None = None
    before_end: Callable[[], None] = lambda: None
    child: Child | None = None
    state: str = "stopped"
    restarts: int = 0
    quick_deaths: int = 0
    next_start: float = 0.0
    last_end: str = ""

    def start(self) -> None:
        """Start the process."""
        self.child = self.launch()
        self.state = "running"

    def look(self, now: float) -> bool:
        """Notice the end of the process and start it again when its pause is over; say whether anything changed. Raises StartFailed."""
        if self.state == "running" and self.child and not self.child.is_running:
            self._ended(self.child, now)
            return True
        if self.state == "waiting" and now >= self.next_start:
            self.restarts += 1
            self.start()
            return True
        return False

    def _ended(self, child: Child, now: float) -> None:
        code = child.returncode or 0
        self.last_end = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        if self.once and code == 0:
            self.state = "done"
            self.once()
            return
        # A SIGKILL comes from outside (a person, a test, the kernel short of memory) and says nothing about the program.
        if code != -signal.SIGKILL:
            self.quick_deaths = self.quick_deaths + 1 if now - child.started < QUICK_S else 1
        if self.once and (self.quick_deaths >= ONCE_DEATHS or self.restarts >= ONCE_DEATHS):
            self.state = "failed"
            return
        if self.quick_deaths >= QUICK_DEATHS:
            self.state = "failed"
            raise StartFailed(
                f"{self.name} ended {QUICK_DEATHS} times in a row ({self.last_end}); the end of {child.command.log}:\n"
                f"{log_end(child.command.log)}"
            )
        self.state = "waiting"
        self.next_start = now + min(0.2 * 2 ** max(0, self.quick_deaths - 1), LONGEST_PAUSE_S)

    def report(self) -> dict[str, Any]:
        """What `running.json` says of this unit; `pid` is that of the main process."""
        log = str(self.child.command.log) if self.child else ""
        pid = self.child.pid if self.child and self.state == "running" else 0
        return {"state": self.state, "pid": pid, "restarts": self.restarts, "last_end": self.last_end, "log": log}


class Signals:
    """Turns SIGTERM, SIGINT and SIGHUP into `Interrupted`, once, and lets the watcher sleep until a child ends."""

    def __init__(self) -> None:
        self.stopping = False
        self.hurry: Callable[[], None] = lambda: None
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGUSR1):
            signal.signal(number, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._asked)

    def _asked(self, number: int, _frame: FrameType | None) -> None:
        if self.stopping:
            if number == signal.SIGINT:
                self.hurry()
            return
        self.stopping = True
        raise Interrupted(signal.Signals(number).name)

    def sleep(self, seconds: float) -> None:
        """Sleep until a signal comes (a child ended) or time is up."""
        select.select([self._read], [], [], seconds)
        try:
            while os.read(self._read, 4096):
                pass
        except BlockingIOError:
            pass


class Units:
    """All units in the order of their start."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.all: list[Unit] = []
        self.changed = changed

    def add(self, unit: Unit) -> Unit:
        """Start a unit and keep it from now on."""
        unit.start()
        self.all.append(unit)
        self.changed()
        return unit

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.all)

    def add_first(self, unit: Unit) -> Unit:
        """Start a unit that outlives all others: it ends last."""
        unit.start()
        self.all.insert(0, unit)
        self.changed()
        return unit

    def watch(self, signals: Signals, look: Callable[[], None] = lambda: None) -> None:
        """Keep every unit alive until a signal asks to stop (Interrupted) or one dies too often (StartFailed).

        `look` is called at every turn, hence soon after a SIGUSR1.
        """
        while True:
            look()
            now = time.monotonic()
            if [unit for unit in self.all if unit.look(now)]:  # every one is looked at
                self.changed()
            pauses = [unit.next_start - now for unit in self.all if unit.state == "waiting"]
            signals.sleep(max(0.0, min([60.0, *pauses])))

    def stop(self, last: tuple[str, ...]) -> None:
        """End all in reverse order: first those that use the others, asked together; then the units named in `last`, one by one."""
        users = [unit for unit in reversed(self.all) if unit.name not in last]
        for unit in users:
            if unit.child:
                unit.child.ask_to_stop()
        # Not asked twice: a second signal makes a worker give up the tasks that it was letting finish.
        for unit in users:
            if unit.child:
                unit.child.finish()
            unit.state = "stopped"
        for unit in [unit for unit in reversed(self.all) if unit.name in last]:
            if unit.child:
                unit.before_end()
                unit.child.stop()
            unit.state = "stopped"

    def kill(self) -> None:
        """End all at once, by force."""
        for unit in self.all:
            if unit.child:
                unit.child.kill_group()


def end_left_overs(folder: Path, patience_s: float = 3.0) -> None:
    """End the processes of this world whose supervisor is gone (Linux): they carry its mark in their environment.

    They were asked to end when it died; those that have not after `patience_s` are killed, since a port or a job may hang on them.
    """
    deadline = time.monotonic() + patience_s
    while left := left_over(folder):
        if time.monotonic() > deadline:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def left_over(folder: Path) -> list[int]:
    """Find the living processes that carry the mark of this world."""
    mark = f"\0{MARK}={folder}\0".encode()
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc/self/environ").exists() else ():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):  # gone meanwhile, or somebody else's; of a zombie it reads nothing
                if mark in b"\0" + (entry / "environ").read_bytes() + b"\0":
                    found.append(int(entry.name))
    return found
