"""The simulator as a process: one for most tests, emptied before each; `own_process` for those that kill it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.payments.simulator.process import Process


@pytest.fixture(scope="session")
def _process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("provider"))
    yield process
    process.stop()


@pytest.fixture
def provider(_process: Process) -> Process:
    """An empty simulator; without a webhook address, so events are held."""
    _process.control("reset", {})
    return _process


@pytest.fixture
def own_process(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start a simulator of one's own with further arguments."""
    started: list[Process] = []

    def start(*arguments: str) -> Process:
        started.append(Process(tmp_path, *arguments))
        return started[-1]

    yield start
    for process in started:
        process.stop()
