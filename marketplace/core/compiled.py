"""Templates compiled once for a state of the code and kept in the data folder (docs/decisions/0039).

A process would else compile each template that it shows, some 30 ms for each, before its first reader sees the page.
"""

import hashlib
import os
import shutil
from contextlib import suppress
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import get_ident

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

ROOT = Path(__file__).parents[2]
SOURCES = ("marketplace", "vendors", "search", "reviews", "payments", "translations")
"""What a compiled template is made of: templates hold what they include, the texts of their language, and what filters make of constants."""
PACKAGES = ("Jinja2", "babel")
"""Packages whose release matters as much."""
STATES_KEPT = 3
"""States of the code whose templates stay: two may run side by side while a new one is rolled out."""


@lru_cache(maxsize=1)
def state_of_code(root: Path = ROOT) -> str:
    """A name for the files as they are; whoever changes one of them, or a package, gets another."""
    digest = hashlib.sha256(" ".join(version(name) for name in PACKAGES).encode())
    for source in SOURCES:
        for folder, folders, files in os.walk(root / source):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(files):
                with suppress(FileNotFoundError):  # an editor's own file, gone again
                    stat = Path(folder, name).stat()
                    digest.update(f"{folder}/{name}\0{stat.st_mtime_ns}\0{stat.st_size}\n".encode())
    return digest.hexdigest()[:20]


class KeptTemplates(BytecodeCache):
    """Compiled templates in a folder of ours. What cannot be read is compiled, and what cannot be written is left: no page waits for a disk."""

    def __init__(self, home: Path) -> None:
        self._states = home / "compiled"

    @cached_property
    def _folder(self) -> Path:
        folder = self._states / state_of_code()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.touch()
            for old in sorted(self._states.iterdir(), key=lambda state: state.stat().st_mtime, reverse=True)[STATES_KEPT:]:
                shutil.rmtree(old, ignore_errors=True)
        except OSError:
            pass  # then nothing is found there and nothing is kept
        return folder

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """The template in the language of its environment, which is part of what is compiled."""
        key = f"{getattr(environment, 'language', None)}-{self.get_cache_key(name, filename)}"
        bucket = Bucket(environment, key, self.get_source_checksum(source))
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read it, if it is there and whole."""
        try:
            with (self._folder / bucket.key).open("rb") as file:
                bucket.load_bytecode(file)
        except OSError:
            return

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it; another process sees all of it or nothing."""
        written = self._folder / f"{bucket.key}.{os.getpid()}.{get_ident()}"
        try:
            written.write_bytes(bucket.bytecode_to_string())
            written.replace(self._folder / bucket.key)
        except OSError:
            with suppress(OSError):
                written.unlink(missing_ok=True)
