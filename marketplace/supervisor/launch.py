"""A program that ties itself to its parent's life, changes its user if asked, and becomes another program.

`python launch.py PARENT SIGNAL same|namespace|nobody PROGRAM ARGUMENT…`: when the process PARENT ends in whatever way, the kernel sends
SIGNAL to PROGRAM (Linux; elsewhere nothing happens). A program of its own and not a `preexec_fn`, because that is unsafe in a process with
threads. Imports the standard library only and runs without the environment's packages.
"""

import ctypes
import os
import pwd
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NOBODY = 65534
CANDIDATES = (1, NOBODY, 1000)


def has_account(user: int) -> bool:
    """Whether the machine knows a name for this user: initdb refuses one that has none."""
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def enter_namespace() -> None:
    """Move this process into a user namespace in which our files belong to an ordinary user with a name.

    Raises OSError: EPERM (forbidden), ENOSPC (limit is 0), EINVAL (threaded caller).
    """
    user, group = os.geteuid(), os.getegid()
    inside = next((candidate for candidate in CANDIDATES if has_account(candidate)), NOBODY)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{inside} {user} 1"), ("gid_map", f"{inside} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would double the time this program takes
            file.write(text)


def become_nobody() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def die_with(parent: int, death_signal: int) -> None:
    """Ask the kernel for `death_signal` when the parent ends. Comes after every change of user, because the kernel forgets the wish then."""
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "prctl")
    if os.getppid() != parent:
        sys.exit("the parent ended before this process began")


def main(parent: str, death_signal: str, user: str, *argv: str) -> None:
    """Do what the module's docstring says; does not return."""
    if user == "namespace":
        enter_namespace()
    elif user == "nobody":
        become_nobody()
    die_with(int(parent), int(death_signal))
    os.execvp(argv[0], argv)  # noqa: S606 - becoming another program is what this one is for


if __name__ == "__main__":
    main(*sys.argv[1:])
