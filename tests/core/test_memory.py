"""How seldom processes look for cycles."""

import gc
import subprocess
import sys

from flask import Flask

from marketplace.core.memory import COLLECT_AFTER


def test_a_process_looks_for_no_cycles_while_it_starts() -> None:
    said = "import marketplace, gc; gc.callbacks.append(lambda *_: print('looked')); import marketplace.app; gc.callbacks.clear()"

    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)

    assert done.stdout == ""


def test_a_process_that_has_started_looks_seldom(app: Flask) -> None:
    assert gc.get_threshold() == COLLECT_AFTER
