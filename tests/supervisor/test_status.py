"""What `dev.py status` says of a process."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.supervisor.status import describe


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_process_that_a_signal_has_halted_does_not_count_as_running(
    child: subprocess.Popen[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "indexer.log"
    log.write_text("indexed 3\n")
    facts = {"state": "running", "pid": child.pid, "restarts": 0, "last_end": "", "log": str(log)}

    well = describe("indexer", facts)
    child.send_signal(signal.SIGSTOP)
    os.waitpid(child.pid, os.WUNTRACED)
    halted = describe("indexer", facts)
    child.send_signal(signal.SIGCONT)

    assert well == []
    assert halted[0].startswith("indexer is halted by a signal")
    assert "halted by a signal, process" in capsys.readouterr().out
