"""`run COMMAND…`: a command of the application on the running services, or on services started for its time."""

import os
import signal
import subprocess
import sys
import time

from marketplace.supervisor import environment
from marketplace.supervisor.home import Home, locked, write_json
from marketplace.supervisor.processes import StartFailed, launched
from marketplace.supervisor.units import Interrupted, Signals, Units, end_left_overs
from marketplace.supervisor.world import SERVICES, World


def say(text: str) -> None:
    """Progress goes to stderr: stdout is the command's alone."""
    print(text, file=sys.stderr, flush=True)


def run(command: list[str]) -> int:
    """Run `python -m marketplace COMMAND…` from the caller's folder; return its exit code (128 + n when signal n ended it)."""
    home = Home()
    home.make()
    told = False
    while not home.try_lock():
        running = home.running()
        if running.get("kind") == "up" and running.get("ready"):
            variables = environment.inherited() | running["environment"]
            os.execve(sys.executable, [sys.executable, "-m", "marketplace", *command], variables)  # noqa: S606 - our own program
        if running and not told:
            told = True
            what = "another command" if running["kind"] == "run" else "`dev.py up` to be ready"
            say(f"Waiting for {what} (process {running['pid']}) …")
        time.sleep(0.2)
    with locked(home):
        return run_alone(home, command)


def run_alone(home: Home, command: list[str]) -> int:
    """Start the services, bring the schema up to date, run the command, stop the services."""
    signals = Signals()
    units = Units(lambda: None)
    try:
        end_left_overs(home.folder)
        write_json(home.running_file, {"kind": "run", "pid": os.getpid(), "ready": False, "processes": {}})
        world = World.of(home)
        world.start_services(units)
        if command[:1] != ["db"] and not world.schema_is_current():
            world.migrate()
        return in_foreground(command, environment.inherited() | world.variables, signals)
    except Interrupted as reason:
        say(str(reason))
        return 130
    except StartFailed as fault:
        say(str(fault))
        return 1
    finally:
        signals.stopping = True
        signals.hurry = units.kill
        units.stop(SERVICES)


def in_foreground(command: list[str], variables: dict[str, str], signals: Signals) -> int:
    """Run the command on our terminal. Ctrl-C reaches it directly, so we only wait; SIGTERM is passed on."""
    signals.stopping = True
    argv = launched((sys.executable, "-m", "marketplace", *command))
    with subprocess.Popen(argv, env=variables) as process:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        code = process.wait()
    return code if code >= 0 else 128 - code
