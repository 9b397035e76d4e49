"""The data folder of one world: its lock, its secrets, and `running.json`, which says what runs in it."""

import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Secrets:
    """Made once per world and kept, so that sessions and the simulator's store outlive a restart."""

    secret_key: str
    stripe_secret_key: str
    stripe_webhook_secret: str


class Home:
    """The folder `MARKETPLACE_HOME`, else `.data` beside the code. Made with mode 0700: it holds secrets, mail and documents."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or Path(os.environ.get("MARKETPLACE_HOME") or ROOT / ".data")).absolute()
        self.logs = self.folder / "logs"
        self.mail = self.folder / "mail"
        self.files = self.folder / "files"
        self.search = self.folder / "search"
        self.metrics = self.folder / "metrics"
        self.running_file = self.folder / "running.json"
        self._lock: TextIO | None = None

    def make(self) -> None:
        """Make the folders; the data folder is closed to others even if it existed."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for folder in (self.logs, self.mail, self.files, self.search):
            folder.mkdir(exist_ok=True)

    # -- one supervisor per world -------------------------------------------------------------------------------------------------

    def try_lock(self) -> bool:
        """Take the world for this process until it ends in whatever way; False if another process has it."""
        lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def unlock(self) -> None:
        """Give the world back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def is_locked(self) -> bool:
        """Whether some process has the world now."""
        if not (self.folder / "lock").exists():
            return False
        if self.try_lock():
            self.unlock()
            return False
        return True

    # -- what is written down -----------------------------------------------------------------------------------------------------

    def secrets(self) -> Secrets:
        """Return the secrets of this world, made at the first call."""
        path = self.folder / "secrets.json"
        if not path.exists():
            made = Secrets(secrets.token_urlsafe(48), f"sk_test_{secrets.token_hex(24)}", f"whsec_{secrets.token_hex(24)}")
            write_json(path, asdict(made))
        return Secrets(**read_json(path))

    def running(self) -> dict[str, Any]:
        """Return what the living supervisor of this world has written, {} if none lives or it has not written yet."""
        return read_json(self.running_file) if self.is_locked() else {}

    def is_done(self, step: str) -> bool:
        """Whether a step of the first run (`companies`, `history`, `index-v4`) was carried out in this world."""
        return bool(read_json(self.folder / "steps.json").get(step))

    def mark_done(self, step: str) -> None:
        """Remember that a step of the first run was carried out."""
        write_json(self.folder / "steps.json", read_json(self.folder / "steps.json") | {step: True})


def read_json(path: Path) -> dict[str, Any]:
    """Read an object from a file, {} if it is absent or broken."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write an object to a file that only we may read, at once or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
    Path(name).replace(path)


@contextlib.contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold a world that `try_lock` has taken, and remove `running.json` before it is given back."""
    try:
        yield
    finally:
        home.running_file.unlink(missing_ok=True)
        home.unlock()
