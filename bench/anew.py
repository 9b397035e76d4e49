"""The page of results for questions that nobody has asked yet, beside the same questions asked again, as a share of a plain page.

    python3 dev.py bench anew [--seconds S]

What a state of the index has answered is kept with it, so a benchmark that asks a few questions again and again sees what is often asked.
It takes the world that `dev.py up` has started, filled by `catalogue import FILE --operator`.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from bench.load import Result, paced, request_bytes, run
from bench.pages import CALM_TIMES, answers, counted, merged, plain_server, row, rows, standing
from tests.world import World, wait_until

AGAIN = 300
"""Questions that are asked again: about as many as a process keeps all answers of."""
WORD = re.compile(r"[a-z][a-z-]{2,}")
TITLES = """
    SELECT title->>'en' FROM products WHERE state = 'live' AND visibility = '{all}' AND title ? 'en'
    ORDER BY md5(code || gen_random_uuid()::text)
"""
"""In another order each time: a world that stands may have been asked before."""


def questions(titles: Sequence[str]) -> list[str]:
    """One to three neighbouring words of each title, each question once."""
    asked: dict[str, None] = {}
    for number, title in enumerate(titles):
        words, size = WORD.findall(title.lower()), 1 + number % 3
        if len(words) >= size:
            first = number % (len(words) - size + 1)
            asked[" ".join(words[first : first + size])] = None
    return list(asked)


def main() -> None:
    """Measure and print one JSON object."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=5.0)
    seconds = options.parse_args().seconds
    world = World(standing().folder, subprocess.Popen([sys.executable, "-c", ""]))
    titles = [title for (title,) in rows(world.environment["JOBS_DATABASE_URL"], TITLES)]
    requests = [request_bytes(f"{world.url}/search?q={quote(asked)}") for asked in questions(titles)]
    calm, later = requests[: int(seconds * CALM_TIMES * 10)], requests[int(seconds * CALM_TIMES * 10) :]
    web = [world.pid("web"), world.pid("postgres")]
    process, url = plain_server()
    try:
        wait_until(lambda: answers(url), 20, "the plain page")

        def plain() -> Result:
            return counted([process.pid], partial(run, url, [request_bytes(f"{url}/")], seconds=seconds / 3))

        before = plain()
        first = counted(web, partial(run, world.url, later, seconds=seconds))
        again = later[:AGAIN]
        run(world.url, again, seconds=seconds * 2)  # until each process has answered them
        second = counted(web, partial(run, world.url, again, seconds=seconds))
        yardstick = merged([before, plain()])
        at_ease = partial(paced, world.url, calm, seconds=seconds * CALM_TIMES, per_second=10)
        first_at_ease = at_ease()
        run(world.url, calm, seconds=seconds * 4)
        seen = {
            "for the first time": first,
            "again": second,
            "for the first time, 10 a second": first_at_ease,
            "again, 10 a second": at_ease(),
        }
        table = [row(name, result, yardstick) for name, result in seen.items()]
    finally:
        process.terminate()
        process.wait(10)
    sys.stdout.write(json.dumps({"products": len(titles), "questions": len(requests), "rows": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
