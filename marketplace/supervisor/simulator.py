"""The payment simulator as a process: stands for the provider where no real one is set."""

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.supervisor.processes import Child, Command


@dataclass
class Simulator:
    """One simulator with its store in `folder`, telling `webhook_url` of its events."""

    folder: Path
    log: Path
    webhook_url: str
    secret_key: str
    webhook_secret: str
    port: int = 0
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    code: Path = field(default_factory=lambda: Path(__file__).parents[2])

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self.child: Child | None = None

    def start(self, timeout_s: float = 30.0) -> Child:
        """Start the simulator and wait until it listens; return the child to watch. Raises StartFailed."""
        child = self.launch()
        child.wait_until(self.is_ready, timeout_s)
        return child

    def launch(self) -> Child:
        """Start the process without waiting; after the first start it keeps its port."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._port_file.unlink(missing_ok=True)
        argv = (
            sys.executable, "-m", "payments.simulator", "--port", str(self.port), "--data", str(self.folder / "simulator.sqlite"), "--secret-key", self.secret_key,
            "--webhook-secret", self.webhook_secret, "--webhook-url", self.webhook_url, "--port-file", str(self._port_file),
        )  # fmt: skip
        self.child = Child(Command("simulator", argv, self.log, self.environment, self.code, grace_s=10))
        self.child.start()
        return self.child

    def is_ready(self) -> bool:
        """Whether the simulator has said its port and takes a connection."""
        try:
            self.port = int(self._port_file.read_text(encoding="utf-8"))
            with socket.create_connection(("127.0.0.1", self.port), timeout=2):
                return True
        except (OSError, ValueError):
            return False

    def stop(self) -> None:
        """Stop the process."""
        if self.child is not None:
            self.child.stop()

    @property
    def url(self) -> str:
        """The address that stands for the provider's (`STRIPE_API_BASE`)."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def _port_file(self) -> Path:
        return self.folder / "port"
