"""How seldom processes look for cycles."""

import subprocess
import sys

from marketplace.core.memory import COLLECT_AFTER


def test_a_process_looks_seldom_from_its_first_import_on() -> None:
    said = "import gc, marketplace; print(gc.get_threshold())"

    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(COLLECT_AFTER)
