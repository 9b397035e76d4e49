"""Proof: whatever is sent to any form, address or parameter is answered: never a fault of ours, a message at the field, nothing lost.

Draws tries of `tests/walls/tries.py` by a printed seed; every one is undone. Exit 1 with what was wrong.
"""

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.walls import world as worlds
from tests.walls.house import House
from tests.walls.judging import Judge
from tests.walls.standing import standing_app
from tests.walls.tries import all_tries, drawn

TRIES, SHORT_TRIES = 40_000, 1_500
SHORT_SECONDS = 15
"""A short run stops then. Of its own processor time: a busy machine does not try less."""
SAID = 60


def main() -> None:
    """Send them all."""
    options = argparse.ArgumentParser()
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--tries", type=int, default=None, help="how many; all of them is 0")
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(2**31)
    number = chosen.tries if chosen.tries is not None else SHORT_TRIES if chosen.short else TRIES
    tries = drawn(seed, number or len(all_tries()))
    print(f"bad_input: {len(tries):,} of {len(all_tries()):,} tries, seed {seed}", flush=True)
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bad-input-") as folder, standing_app(Path(folder)) as app, app.app_context():
        world = worlds.build(app)
        worlds.fill_index(world, Path(folder) / "walls")
        judge = Judge(world, House(app))
        begun, worked = time.monotonic(), time.process_time()
        for count, one in enumerate(tries, 1):
            found += judge.judge(one)
            if count % 5_000 == 0:
                print(f"  {count:,} tries in {time.monotonic() - begun:.0f} s, {len(found)} wrong", flush=True)
            if chosen.short and time.process_time() - worked > SHORT_SECONDS:
                break
    made = sum(judge.made.values())
    seconds, slowest = judge.slowest
    print(f"bad_input: {made:,} tries ({dict(judge.made)}), {len(found)} wrong, seed {seed}; the slowest took {seconds:.2f} s: {slowest}")
    for line in found[:SAID]:
        print(f"  {line}")
    if len(found) > SAID:
        print(f"  … and {len(found) - SAID} more")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
