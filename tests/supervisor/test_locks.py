"""The hashed locks, which `dev.py` and the image install from."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.supervisor import environment

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "marketplace/supervisor/tools.lock")

# Imports what the processes of `up` import while every package that the run lock does not bring is hidden.
PROGRAM = """
import importlib, importlib.metadata, pkgutil, re, sys
locked = {re.sub(r"[-_.]+", "-", name.lower()) for name in sys.argv[1].split()}
owners = importlib.metadata.packages_distributions()
class Hider:
    @staticmethod
    def find_spec(name, path=None, target=None):
        found = owners.get(name.partition(".")[0])
        if found and not any(re.sub(r"[-_.]+", "-", owner.lower()) in locked for owner in found):
            raise ModuleNotFoundError(f"{name} is not in requirements.lock", name=name)
        return None
sys.meta_path.insert(0, Hider)
rooms = [importlib.import_module(name) for name in ("marketplace", "vendors", "search", "reviews", "payments")]
names = [info.name for room in rooms for info in pkgutil.walk_packages(room.__path__, room.__name__ + ".")]
for name in ["granian", "celery.bin.worker", "kombu.transport.redis", *names]:
    if not name.endswith("__main__") or name == "marketplace.__main__":
        importlib.import_module(name)
print(len(names))
"""


def pins(name: str) -> dict[str, str]:
    """Package → version of one lock."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes_and_no_address_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]

    assert len(entries) == len(pins(name)) > 0
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_the_development_lock_holds_the_run_lock() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_the_code_runs_on_the_run_lock_alone() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, " ".join(pins("requirements.lock"))],
        env=environment.inherited(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout) > 0
