"""A stand-in application: the same entry points as the real one with nothing behind them, so that the supervision itself is tested in
seconds. It is laid out in a folder of its own together with the real supervisor, which finds its code by its own place.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]

FILES = {
    "marketplace/__init__.py": "",
    "marketplace/app.py": """
import os, time
from pathlib import Path
def web():
    def application(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            Path(os.environ["MARKETPLACE_HOME"], "slow-page").touch()
            time.sleep(1.5)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{os.getpid()} {os.environ['DATABASE_URL']}".encode()]
    return application
""",
    "marketplace/worker.py": """
import os, time
from pathlib import Path
from celery import Celery
celery = Celery("marketplace", broker=os.environ["BROKER_URL"])
celery.conf.update(worker_soft_shutdown_timeout=5, broker_connection_retry_on_startup=True, task_ignore_result=True)
@celery.task(name="slow")
def slow():
    home = Path(os.environ["MARKETPLACE_HOME"])
    (home / "slow-task").touch()
    time.sleep(1.5)
    (home / "slow-task-done").touch()
""",
    "marketplace/__main__.py": """
import os, signal, sys, time
from pathlib import Path
import psycopg
command, home = sys.argv[1:], Path(os.environ["MARKETPLACE_HOME"])
def database(name):
    return psycopg.connect(os.environ[name].replace("+psycopg", ""), autocommit=True)
with (home / "calls.txt").open("a") as calls:
    calls.write(" ".join(command) + chr(10))
if (home / f"break-{command[0]}").exists():
    print("broken on purpose"); sys.exit(3)
if command[0] in ("indexer", "scheduler"):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(60)
elif command[0] == "db":
    with database("MIGRATION_DATABASE_URL") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num text)")
        connection.execute("DELETE FROM alembic_version")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
elif command[0] == "demo":
    (home / "logins.txt").write_text("buyer buyer@example.com secret")
elif command[0] == "search":
    Path(os.environ["SEARCH_PATH"], "pointer-v7").write_text("x")
elif command[0] == "echo":
    print(sys.stdin.read(), end="")
elif command[0] == "who":
    with database("JOBS_DATABASE_URL") as connection:
        print(connection.execute("SELECT current_user").fetchone()[0])
elif command[0] == "setting":
    print(os.environ.get(command[1], ""))
elif command[0] == "fail":
    sys.exit(7)
elif command[0] == "wait":
    print("waiting", flush=True); time.sleep(60)
""",
    "payments/__init__.py": "",
    "payments/simulator/__init__.py": "",
    "payments/simulator/__main__.py": """
import argparse
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
parser = argparse.ArgumentParser()
for name in ("port", "data", "secret-key", "webhook-secret", "webhook-url", "port-file"):
    parser.add_argument(f"--{name}", required=True)
chosen = parser.parse_args()
server = HTTPServer(("127.0.0.1", int(chosen.port)), BaseHTTPRequestHandler)
Path(chosen.port_file).write_text(str(server.server_port))
server.serve_forever()
""",
    "migrations/versions/0001_create.py": "",
    "search/mapping.py": '"""Fields."""\nVERSION = 7\n',
}


def lay_out(folder: Path) -> Path:
    """Write the stand-in and a copy of the supervisor to `folder` and return it."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    shutil.copytree(
        REPOSITORY / "marketplace" / "supervisor", folder / "marketplace" / "supervisor", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


@dataclass
class Site:
    """A stand-in at `code` with its data folder `home`; runs `dev.py`'s commands there."""

    code: Path
    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        """The caller's environment: stripped, so that a variable of the machine decides nothing."""
        kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.code), "MARKETPLACE_HOME": str(self.home)}
        return kept | self.variables | more

    def start(self, *command: str, **more: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        argv = [sys.executable, "-m", "marketplace.supervisor", *command]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            argv, env=self.environment(**more), stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=self.home.parent
        )
        self.started.append(process)
        return process

    def run(self, *command: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        argv = [sys.executable, "-m", "marketplace.supervisor", *command]
        return subprocess.run(
            argv, env=self.environment(**more), input=typed, capture_output=True, text=True, cwd=self.home.parent, timeout=60, check=False
        )

    def up(self, **more: str) -> subprocess.Popen[str]:
        """Start `up` and wait until it is ready and every process was started."""
        process = self.start("up", **more)
        # A killed supervisor's file still lies there when the next one begins.
        wait_for(lambda: process.poll() is not None or (self.running().get("pid") == process.pid and "scheduler" in self.processes()))
        if process.poll() is not None:
            raise AssertionError(process.communicate())
        return process

    def running(self) -> dict[str, Any]:
        """What `running.json` says, {} if there is none."""
        try:
            return dict(json.loads((self.home / "running.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def processes(self) -> dict[str, dict[str, Any]]:
        """The processes by name, as `running.json` has them."""
        return dict(self.running().get("processes", {}))

    def state(self, name: str) -> str:
        """What `running.json` says of one process, '' before it was started."""
        return str(self.processes().get(name, {}).get("state", ""))

    def page(self) -> str:
        """The text of the first page."""
        with urllib.request.urlopen(self.running()["url"], timeout=5) as answer:
            return str(answer.read().decode())

    def calls(self) -> list[str]:
        """The commands of the application that were run in this world."""
        path = self.home / "calls.txt"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def survivors(self) -> list[str]:
        """Command lines of all living processes that belong to this site, grandchildren included, but not the ones we started."""
        ours = {process.pid for process in self.started}
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) not in ours:
                try:
                    line = (entry / "cmdline").read_bytes()
                    variables = (entry / "environ").read_bytes()
                except OSError:
                    continue
                if str(self.home).encode() in line + variables:
                    found.append(f"{entry.name} {line.decode(errors='replace')[:200]}")
        return found

    def end(self) -> None:
        """End what was started here, politely if possible."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
            process.communicate()


def wait_for(is_so: Any, timeout_s: float = 60.0) -> None:
    """Wait until `is_so()`; fail when time is up."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def taken_port() -> socket.socket:
    """A listening socket on a free port: close it to give the port back."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener
