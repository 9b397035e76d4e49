"""Where sockets lie and which ports are free."""

import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

# The kernel allows 107 bytes; a few are kept for what a server adds while it makes its own (".lock").
PATH_LIMIT_BYTES = 100


def socket_folder(folder: Path, name: str) -> Path:
    """Return a folder (mode 0700, made if need be) in which a socket called `name` has a path that the kernel takes.

    That is `folder/run`, or a short one in the temporary folder, named after this user and a hash of `folder`. Raises PermissionError if
    somebody else has put something there.
    """
    own = folder.absolute() / "run"
    if len(os.fsencode(own / name)) > PATH_LIMIT_BYTES:
        key = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:12]
        own = Path(tempfile.gettempdir()) / f"millgate-{os.geteuid()}-{key}"
    own.mkdir(mode=0o700, parents=own.parent == folder.absolute(), exist_ok=True)
    found = own.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(f"{own} must be a folder of this user with mode 0700")
    return own


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a connection in TIME_WAIT does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(first: int, avoid: frozenset[int] = frozenset(), host: str = "127.0.0.1") -> int:
    """Return `first` or the next port after it that is free and not in `avoid`; raises OSError after a hundred tries."""
    for port in range(first, min(first + 100, 65536)):
        if port not in avoid and is_free(port, host):
            return port
    raise OSError(f"no free port from {first} on")
