"""What a process imports: rooms take longer than all else at a start, so it goes without those that it does not need."""

import subprocess
import sys

import pytest

from marketplace.__main__ import WITHOUT_ROOMS


@pytest.mark.parametrize("name", WITHOUT_ROOMS)
def test_a_command_that_needs_no_room_imports_none(name: str) -> None:
    said = (
        f"import sys, marketplace.__main__, {WITHOUT_ROOMS[name]}; "
        "print(*(name for name in sys.modules if name.endswith(('.models', '.queries', '.services', '.views'))))"
    )

    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []
