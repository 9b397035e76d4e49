"""The services of one world and how the application's processes are started on them."""

import contextlib
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import psycopg

from marketplace.supervisor import environment
from marketplace.supervisor.archive import Archive, wait_for_log
from marketplace.supervisor.environment import MARK, External
from marketplace.supervisor.home import ROOT, Home, read_json
from marketplace.supervisor.postgres import Postgres
from marketplace.supervisor.processes import Child, Command
from marketplace.supervisor.simulator import Simulator
from marketplace.supervisor.sockets import free_port, is_free
from marketplace.supervisor.units import Unit, Units
from marketplace.supervisor.valkey import Valkey

FIRST_PORT = 8000
# The simulator's hosted pages stand in the world's rows by address, so it likes to keep its port.
SIMULATOR_OFFSET = 1000
STEP_TIMEOUT_S = 600.0
PORT_PATIENCE_S = 5.0
ARCHIVED_S = 30.0
SERVICES = ("archive", "postgres", "valkey", "simulator")


def wanted_port() -> int:
    """The port that the caller asks for."""
    return int(os.environ.get("PORT") or FIRST_PORT)


def left_behind(home: Home, wanted: int) -> dict[str, Any]:
    """What a killed `up` has written down, if it was asked for the same port; {} after one that ended well."""
    left = read_json(home.running_file)
    return left if left.get("kind") == "up" and left.get("wanted_port") == wanted else {}


def kept_port(port: int | None) -> int | None:
    """The port of the killed `up`, so that open pages and the provider's messages find the next one. None when another program has it.

    A process that is ending has no memory left by which we know it and still listens for a moment: hence the patience.
    """
    deadline = time.monotonic() + PORT_PATIENCE_S
    while port and time.monotonic() < deadline:
        if is_free(port):
            return port
        time.sleep(0.05)
    return None


@dataclass
class World:
    """One data folder with what runs in it: the embedded services (None where the caller's environment names another) and the addresses."""

    home: Home
    external: External
    port: int
    postgres: Postgres | None = None
    valkey: Valkey | None = None
    simulator: Simulator | None = None
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, home: Home) -> "World":
        """Find ports and prepare the services; nothing is started. Raises Misconfigured."""
        external = External.found()
        wanted = wanted_port()
        left = left_behind(home, wanted)
        world = cls(home, external, kept_port(left.get("port")) or free_port(wanted))
        if not external.database:
            world.postgres = Postgres(home.folder / "postgres", home.logs / "postgres.log")
        if not external.broker:
            world.valkey = Valkey(home.folder / "valkey", home.logs / "valkey.log")
        if not external.payments:
            secrets = home.secrets()
            world.simulator = Simulator(
                home.folder / "simulator",
                home.logs / "simulator.log",
                f"{world.url}/payments/stripe/events",
                secrets.stripe_secret_key,
                secrets.stripe_webhook_secret,
                kept_port(left.get("simulator_port")) or free_port(wanted + SIMULATOR_OFFSET, frozenset({world.port})),
                environment.inherited() | {MARK: str(home.folder)},
            )
        world.variables = environment.ours(home, world.url, world.postgres, world.valkey, world.simulator)
        return world

    def start_services(self, units: Units) -> None:
        """Start the embedded services side by side, add them to `units` (the database first, so that it ends last), wait for each."""
        services = (("simulator", self.simulator), ("valkey", self.valkey), ("postgres", self.postgres))
        for name, service in services:
            if service is not None:
                unit = units.add(Unit(name, service.launch))
                if service is self.postgres:
                    unit.before_end = lambda: self.see_archived(units)
        units.all.reverse()
        if self.postgres is not None:
            self.postgres.wait_until_ready()
            self.postgres.make_roles()
        for other in (self.valkey, self.simulator):
            if other is not None and other.child is not None:
                other.child.wait_until(other.is_ready, 30.0)
        self.follow(units)

    def follow(self, units: Units) -> None:
        """Keep the archive of a world that has one."""
        if self.postgres is not None and Archive.of(self.home) is not None:
            sockets = str(self.postgres.sockets)
            arguments = ("marketplace.supervisor.archive", str(self.home.folder), sockets)
            units.add_first(Unit("archive", lambda: self.process("archive", *arguments, grace_s=15)))

    def see_archived(self, units: Units) -> None:
        """Wait until the archive has all that was written: once its server has ended nobody brings the rest, and the disk may be lost."""
        keeper = next((unit for unit in units if unit.name == "archive"), None)
        if keeper is None or self.postgres is None or not self.postgres.is_ready():
            return
        if keeper.child is None or not keeper.child.is_running:
            keeper.start()
        is_complete = False
        with contextlib.suppress(psycopg.Error):
            is_complete = wait_for_log(self.postgres, ARCHIVED_S, lambda: keeper.child is not None and keeper.child.is_running)
        if not is_complete:
            print("The archive lacks what was written last; it comes with the next start (logs/archive.log).", file=sys.stderr, flush=True)

    def forget_figures(self) -> None:
        """Empty the folder in which the processes count together: figures begin with each `up`, and outlive a process that dies in it."""
        shutil.rmtree(self.home.metrics, ignore_errors=True)
        self.home.metrics.mkdir(mode=0o700)

    def migrate(self) -> None:
        """Bring the schema up to date by the application's own command; raises StartFailed."""
        self.step("migrate", "db", "upgrade")

    def step(self, name: str, *arguments: str) -> None:
        """Run a command of the application to its end; raises StartFailed."""
        child = self.process(name, "marketplace", *arguments)
        try:
            child.wait_for_end(STEP_TIMEOUT_S)
        finally:
            child.stop(5.0)

    @property
    def url(self) -> str:
        """The address of the web process on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_seeded_here(self) -> bool:
        """Whether this world gets the demo: never somebody else's database, never production."""
        return not self.external.database and self.variables.get("ENVIRONMENT") == "development"

    def process(self, name: str, *arguments: str, grace_s: float = 25.0, more: dict[str, str] | None = None) -> Child:
        """Start `python -m ARGUMENTS` as a process of the application, with its log in `logs/<name>.log`."""
        variables = environment.inherited() | self.variables | {MARK: str(self.home.folder)} | (more or {})
        argv = (sys.executable, "-m", *arguments)
        child = Child(Command(name, argv, self.home.logs / f"{name}.log", variables, ROOT, grace_s=grace_s))
        child.start()
        return child

    def web(self) -> Child:
        """Start the web server: two threads per process gave the best tail on two cores (`shared` measurements in docs/operations.md)."""
        workers = str(min(2, os.cpu_count() or 1))
        return self.process(
            "web", "granian", "--interface", "wsgi", "--factory", "--host", "127.0.0.1", "--port", str(self.port), "--workers", workers,
            "--blocking-threads", "2", "--respawn-failed-workers", "--workers-kill-timeout", "10", "--no-ws", "marketplace.app:web", grace_s=15,
            more=self._counting,
        )  # fmt: skip

    def worker(self) -> Child:
        """Start the worker. SIGTERM is read as SIGQUIT there: a soft shutdown, which gives running tasks a few seconds and no more.

        Nobody listens to its heartbeats; sent while the broker is away, one keeps the worker from ending for ever.
        """
        return self.process(
            "worker", "celery", "-A", "marketplace.worker:celery", "worker", "--loglevel", "INFO", "--pool", "prefork", "--concurrency", "2",
            "--without-gossip", "--without-mingle", "--without-heartbeat", more={"REMAP_SIGTERM": "SIGQUIT"} | self._counting,
        )  # fmt: skip

    @property
    def _counting(self) -> dict[str, str]:
        """Where web and worker count together for `/metrics`; a command, which ends at once, counts nothing."""
        return {"PROMETHEUS_MULTIPROC_DIR": str(self.home.metrics)}

    def schema_is_current(self) -> bool:
        """Whether the database stands at the newest migration, found without importing the application (saves two seconds per start).

        The newest migration is the file with the highest number: name and revision agree, and a structure test sees to it.
        """
        if self.postgres is None:
            return False
        files = sorted(path.stem for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
        try:
            with self.postgres.connect(database="millgate") as connection:
                row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return False
        return bool(files and row and (files[-1] == row[0] or files[-1].split("_")[0] == row[0]))

    @property
    def index_step(self) -> str:
        """The step of the first run that builds an index with today's fields, read from the code without importing it.

        A search server is another index than the embedded one: a world that turns to it fills it first.
        """
        found = re.search(r"^VERSION = (\d+)$", (ROOT / "search" / "mapping.py").read_text(encoding="utf-8"), re.MULTILINE)
        if found is None:
            raise ValueError("search/mapping.py states no version")
        return f"{'server-' if os.environ.get('ELASTICSEARCH_URL') else ''}index-v{found[1]}"

    def has_index(self) -> bool:
        """Whether there is a whole search index with today's fields to answer from; an older one is built anew."""
        folder = environment.search_folder(self.variables)
        if not self.home.is_done(self.index_step):
            return False
        return folder is None or (folder / self.index_step.replace("index", "pointer")).exists()
