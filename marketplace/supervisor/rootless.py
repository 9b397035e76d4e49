"""PostgreSQL refuses to run as root (and initdb as a user without a name): there it is started inside a user namespace, or, where that is
forbidden to root, as uid 65534.

Inside the namespace the process still owns root's files but has another number, so that no account, no chown and no chmod is needed and
a closed `/root` stays closed. Containers often forbid namespaces; there the server runs as uid 65534 in a folder of its own under
`/var/tmp`, with its binaries copied out when a parent folder is closed to others.
"""

import functools
import hashlib
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from marketplace.supervisor.launch import NOBODY, has_account
from marketplace.supervisor.processes import User, launched

LASTING = Path("/var/tmp")  # noqa: S108 - the folder made in it is checked for its owner


@dataclass(frozen=True)
class Footing:
    """Where and as whom a server that refuses root runs: `folder` is where its data goes, `binaries` where its programs lie."""

    folder: Path
    binaries: Path
    user: User

    @property
    def is_outside(self) -> bool:
        """Whether the data lies outside the folder that was asked for."""
        return self.user == "nobody"


@functools.cache
def namespaces_work() -> bool:
    """Whether a child of this process may enter a user namespace, found by trying."""
    return subprocess.run(launched(("true",), user="namespace"), capture_output=True, check=False).returncode == 0


def footing(folder: Path, binaries: Path) -> Footing:
    """Choose how a server that refuses root is started with its data in `folder` (made here, mode 0700) and its `binaries`.

    Raises PermissionError when the folder outside was taken by somebody else.
    """
    user = os.geteuid()
    other_wanted = user == 0 or not has_account(user)
    if user != 0 or namespaces_work():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Footing(folder, binaries, "namespace" if other_wanted and namespaces_work() else "same")
    outside = outside_folder(folder)
    outside.mkdir(mode=0o700, exist_ok=True)
    if outside.is_symlink() or outside.stat().st_uid not in {0, NOBODY}:
        raise PermissionError(f"{outside} belongs to somebody else; remove it")
    os.chown(outside, NOBODY, NOBODY)
    return Footing(outside / "data", binaries if others_may_enter(binaries) else _copy_out(binaries, outside), "nobody")


def outside_folder(folder: Path) -> Path:
    """Where the data of `folder` lies when the server runs as uid 65534: under /var/tmp, which outlives a restart of the machine."""
    return LASTING / f"millgate-{hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]}"


def others_may_enter(folder: Path) -> bool:
    """Whether any user can reach `folder`: every folder on the way lets others pass."""
    path = folder.resolve()
    return all(part.stat().st_mode & stat.S_IXOTH for part in (path, *path.parents))


def _copy_out(binaries: Path, target: Path) -> Path:
    """Copy the server's whole installation (about 41 MB) to where others may read it; the folder is keyed by the source."""
    installation = binaries.parent
    package = installation.parent
    libraries = package.with_name(f"{package.name}.libs")
    copy = target / f"server-{hashlib.sha256(os.fsencode(installation)).hexdigest()[:8]}"
    if not copy.exists():
        unfinished = copy.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs look for their libraries three folders up, so the depth is kept.
        shutil.copytree(installation, unfinished / package.name / installation.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for entry in (unfinished, *unfinished.rglob("*")):
            os.chown(entry, NOBODY, NOBODY, follow_symlinks=False)
        unfinished.rename(copy)
    return copy / package.name / installation.name / binaries.name
