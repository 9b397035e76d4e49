"""The one entry for people. Needs Python 3.11 or later with venv and pip, and nothing else.

    python3 dev.py up                            everything: packages, database, broker, payment simulator, demo, web, worker
    python3 dev.py test [pytest arguments]       the test-suite on throw-away services
    python3 dev.py check                         format, lint, types, ladder
    python3 dev.py prove [names] [--short]       the long runs; --seed N repeats one
    python3 dev.py run COMMAND…                  a command of the application, on the running services or on its own
    python3 dev.py bench [NAME]                  a benchmark; without a name, the list
    python3 dev.py semantic                      search by meaning beside search by words, from the next start on (90 MB)
    python3 dev.py status | logs [NAME] | reset [--yes]
    python3 dev.py backup                        a base backup, and from then on an archive of every change
    python3 dev.py restore [--from FOLDER] [--to TIME]    the world as it was at a moment, into an empty data folder

PORT (8000) and MARKETPLACE_HOME (./.data) choose the port and the data folder, MARKETPLACE_PYTHON the interpreter of a new `.venv`. This
file only makes `.venv` from the hashed locks and hands over to `marketplace/supervisor`.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MARKER = VENV / "millgate.json"
TOOLS = ROOT / ".data" / "tools"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock", "semantic": ROOT / "requirements-semantic.lock"}
"""Kind → what it installs. Each holds the first."""
NEEDED = {
    "up": "run", "run": "run", "status": "run", "logs": "run", "reset": "run", "backup": "run", "restore": "run", "semantic": "semantic",
    "test": "dev", "check": "dev", "prove": "dev", "bench": "dev",
}  # fmt: skip
# The interpreter below a virtual environment, since ours may be about to be made anew.
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable
OLDEST, TOO_YOUNG = (3, 11), (3, 15)
"""As `requires-python` says."""
SYSTEM_PYTHON = "/usr/bin/python3"


def say(text: str) -> None:
    """Tell of progress on stderr: stdout belongs to the command."""
    print(text, file=sys.stderr, flush=True)


def environment() -> dict[str, str]:
    """The children's environment. Without bytecode every start would compile every package again."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "VIRTUAL_ENV"}}
    return inherited | {"PYTHONPATH": str(ROOT), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


def fingerprint(kind: str) -> str:
    """What an environment of this kind was made from: a change of lock, of the interpreter behind it or of place makes it anew."""
    return hashlib.sha256(LOCKS[kind].read_bytes() + os.fsencode(PYTHON.resolve()) + os.fsencode(ROOT)).hexdigest()


def made_from() -> dict[str, str]:
    """What `.venv` holds now: kind of lock → fingerprint."""
    try:
        return dict(json.loads(MARKER.read_text(encoding="utf-8"))) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}


def can_make_environments(python: str) -> bool:
    """Whether this is an interpreter that is there, of a version that the packages are locked for, and has `venv`."""
    program = f"import sys, venv; sys.exit(not {OLDEST} <= sys.version_info[:2] < {TOO_YOUNG})"
    try:
        return subprocess.run([python, "-c", program], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def interpreter() -> str:
    """The Python that a new `.venv` stands on: the named one, else the one that runs this, unless it was built without optimisations.

    Such a build (a version manager's, by default) takes a quarter longer for everything; no distribution of Linux makes its own that way
    (docs/decisions/0052).
    """
    named = os.environ.get("MARKETPLACE_PYTHON")
    if named:
        if not can_make_environments(named):
            sys.exit(f"MARKETPLACE_PYTHON={named} is no Python from 3.{OLDEST[1]} to 3.{TOO_YOUNG[1] - 1} with venv.")
        return named
    is_optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    if is_optimised or sys.platform != "linux" or not can_make_environments(SYSTEM_PYTHON):
        return BASE_PYTHON
    if not Path(BASE_PYTHON).samefile(SYSTEM_PYTHON):
        say(f"{BASE_PYTHON} was built without optimisations; .venv is made with {SYSTEM_PYTHON} (MARKETPLACE_PYTHON names another).")
    return SYSTEM_PYTHON


def pip() -> list[str]:
    """A pip that runs: the interpreter's own, else one in a private environment (Debian's python3 comes without)."""
    if importlib.util.find_spec("pip"):
        return [BASE_PYTHON, "-m", "pip"]
    private = TOOLS / "pip"
    if not (private / "bin" / "pip").exists() and subprocess.run([BASE_PYTHON, "-m", "venv", "--clear", private], check=False).returncode:
        sys.exit("This Python has neither pip nor ensurepip. On Debian: apt-get install python3-venv")
    return [str(private / "bin" / "python"), "-m", "pip"]


def uv() -> str | None:
    """The installer, ten times as fast as pip, from its hashed lock; None where it cannot be had."""
    lock = ROOT / "marketplace/supervisor/tools.lock"
    folder = TOOLS / f"uv-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    program = folder / "bin" / "uv"
    if not program.exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [
            *pip(),
            "install",
            "-q",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--target",
            str(folder),
            "-r",
            str(lock),
        ]
        subprocess.run(command, env=environment(), stdout=sys.stderr, check=False)
    if program.exists() and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0:
        return str(program)
    return None


def install(kind: str) -> None:
    """Bring `.venv` to what the lock says."""
    have = made_from()
    if have.get(kind) == fingerprint(kind):
        return
    TOOLS.parent.mkdir(mode=0o700, exist_ok=True)
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        have = made_from()
        if have.get(kind) == fingerprint(kind):  # another dev.py was first
            return
        if have.get("run") != fingerprint("run"):
            # From scratch, because an installer never removes what a lock no longer names.
            kind, have = ("dev" if "dev" in have else kind), {}
            shutil.rmtree(VENV, ignore_errors=True)
            subprocess.run([interpreter(), "-m", "venv", "--without-pip", VENV], check=True, stdout=sys.stderr)
        say(f"Installing packages from {LOCKS[kind].name} …")
        fast = uv()
        if fast:
            # Not compiled here: of six thousand modules a process needs a fraction, and compiles them when it first does.
            command = [fast, "pip", "install", "-q", "--python", str(PYTHON), "--no-deps", "--require-hashes"]
        else:
            say("uv cannot be had here; pip takes a minute or two.")
            command = [*pip(), "--python", str(PYTHON), "install", "-q", "--no-deps", "--require-hashes"]
        variables = environment()
        if not os.access(Path.home(), os.W_OK):
            variables.setdefault("UV_CACHE_DIR", str(TOOLS / "cache"))
        if subprocess.run([*command, "-r", str(LOCKS[kind])], env=variables, stdout=sys.stderr, check=False).returncode:
            sys.exit("The packages could not be installed; the lines above say why.")
        kinds = {"run", kind} | have.keys()
        MARKER.write_text(json.dumps({name: fingerprint(name) for name in kinds}), encoding="utf-8")


def main() -> None:
    """Install what the command needs and hand over to the supervisor in the same process."""
    if sys.version_info < OLDEST:
        sys.exit(f"Python {OLDEST[0]}.{OLDEST[1]} or later is needed; this is {sys.version.split()[0]}.")
    if len(sys.argv) < 2 or sys.argv[1] not in NEEDED:
        print(__doc__)
        sys.exit(0 if len(sys.argv) < 2 or sys.argv[1] in {"-h", "--help", "help"} else 2)
    if sys.argv[1] == "semantic":  # beside what is there
        install("run")
    install(NEEDED[sys.argv[1]])
    if sys.argv[1] == "semantic":
        say(
            "Installed. After the next start the indexer encodes what is on sale, some minutes for 20,000 products; `dev.py run search encode` waits for it."
        )
        return
    os.execve(PYTHON, [str(PYTHON), "-m", "marketplace.supervisor", *sys.argv[1:]], environment())  # noqa: S606 - our own program


if __name__ == "__main__":
    main()
