"""`status`, `logs`, `reset`: what runs, why something is not ready, and how to begin anew."""

import json
import shutil
import subprocess
import sys
import urllib.error
from pathlib import Path
from typing import Any

from marketplace.supervisor import environment
from marketplace.supervisor.home import ROOT, Home, read_json
from marketplace.supervisor.pages import opener
from marketplace.supervisor.postgres import Postgres
from marketplace.supervisor.processes import is_alive, is_halted, log_end
from marketplace.supervisor.sockets import socket_folder
from marketplace.supervisor.valkey import SOCKET

# What a world consists of; a reset deletes nothing else, wherever MARKETPLACE_HOME points.
OURS = (
    "valkey",
    "simulator",
    "logs",
    "mail",
    "files",
    "search",
    "metrics",
    "compiled",
    "run",
    "secrets.json",
    "running.json",
    "steps.json",
    "archive.json",
    "seeding.json",
    "logins.txt",
)


def status() -> int:
    """Print what runs and why something is not ready; exit code 0 if all is ready."""
    home = Home()
    running = home.running()
    if not running:
        print(f"Nothing runs in {home.folder}. Start it with: python3 dev.py up")
        return 1
    if running["kind"] == "run":
        print(f"A command (process {running['pid']}) uses the services of {home.folder}; nothing else runs.")
        return 1
    print(f"{running['url']}  ({running['stage']}, supervisor {running['pid']}, data in {home.folder})")
    problems = [] if running["ready"] else [f"still {running['stage']}"]
    for name, process in running["processes"].items():
        problems += describe(name, process)
    if running["ready"]:
        problems += readiness(running["url"])
        duties(running["environment"])
    progress = read_json(home.folder / "seeding.json")
    if progress:
        print(f"demo:      {progress.get('done')} of {progress.get('total')} events played")
        print("".join(f"           waits: {what}\n" for what in progress.get("waiting", [])), end="")
    if problems:
        print("\nNot ready, because:\n" + "\n".join(f"- {problem}" for problem in problems))
    return 1 if problems else 0


def describe(name: str, process: dict[str, Any]) -> list[str]:
    """Print one line on a process; return what is wrong with it."""
    state = process["state"]
    if state == "running" and not is_alive(process["pid"]):
        state = "just died"
    elif state == "running" and is_halted(process["pid"]):
        state = "halted by a signal"
    again = f", restarted {process['restarts']} times (last end: {process['last_end']})" if process["restarts"] else ""
    print(f"{name + ':':<10} {state}" + (f", process {process['pid']}" if process["pid"] else "") + again)
    if state in {"running", "done"}:
        return []
    end = log_end(Path(process["log"]), 8)
    return [f"{name} is {state} ({process['last_end'] or 'no exit seen'}); the end of {process['log']}:\n{end}"]


def readiness(url: str) -> list[str]:
    """Ask the application itself; return what it names as not ready."""
    try:
        with opener.open(f"{url}readyz", timeout=10) as answer:
            body = answer.read()
            code = answer.status
    except urllib.error.HTTPError as error:
        body, code = error.read(), error.code
    except OSError as error:
        return [f"{url}readyz does not answer: {error}"]
    try:
        found = json.loads(body)
    except ValueError:
        found = body.decode("utf-8", "replace")[:500]
    print(f"readyz:    {code} {json.dumps(found, ensure_ascii=False)}")
    return [] if code == 200 else [f"the application says: {json.dumps(found, ensure_ascii=False)}"]


def duties(variables: dict[str, str]) -> None:
    """Have the application say when backup, comparison of the index and close of the books were last done."""
    command = [sys.executable, "-m", "marketplace", "recovery", "status"]
    answer = subprocess.run(command, env=environment.inherited() | variables, cwd=ROOT, capture_output=True, text=True, check=False)
    print(answer.stdout if answer.returncode == 0 else f"duties:    unknown ({answer.stderr.strip().splitlines()[-1:]})\n", end="")


def logs(name: str | None, *, follow: bool) -> int:
    """Print the end of one log, or a little of each; `follow` keeps printing."""
    home = Home()
    files = [home.logs / f"{name}.log"] if name else sorted(home.logs.glob("*.log"))
    if not files or not all(file.exists() for file in files):
        print(f"No such log. There are: {', '.join(sorted(file.stem for file in home.logs.glob('*.log'))) or 'none yet'}", file=sys.stderr)
        return 1
    if follow:
        return subprocess.run(["tail", "-n", "20", "-F", *files], check=False).returncode
    for file in files:
        if len(files) > 1:
            print(f"== {file}")
        print(log_end(file, 200 if name else 8))
    return 0


def reset(*, sure: bool) -> int:
    """Delete the world after a question; refused while something runs in it."""
    home = Home()
    if not home.folder.exists():
        print(f"{home.folder} does not exist.")
        return 0
    if not home.try_lock():
        print(f"Something runs in {home.folder} (see `dev.py status`); stop it first.", file=sys.stderr)
        return 1
    if not sure and input(f"Delete database, files, mail and logs in {home.folder}? Type yes: ").strip() != "yes":
        print("Nothing was deleted.")
        return 1
    sockets = socket_folder(home.folder, SOCKET)
    Postgres(home.folder / "postgres", home.logs / "postgres.log").remove()
    for path in (*(home.folder / name for name in OURS), sockets):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    home.unlock()
    print(f"{home.folder} is empty; the next `dev.py up` begins anew.")
    return 0
