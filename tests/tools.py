"""Programs that the suite needs and pip cannot bring: a browser, and Maven for the search server. What needs neither never waits for them."""

import os
import shutil
import time
from pathlib import Path

INSTALLING = "MILLGATE_INSTALLING"
"""Names a file that is there while the tools are being installed beside the tests, as `.ci/run` does."""
PATIENCE_SECONDS = 900

# The shell is the same engine without a browser around it: a page costs half the processor time.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # axe-core comes anew with each page: to optimise its functions takes longer than they run (a quarter of a page's processor time).
    "--js-flags=--max-optimized-bytecode-size=0",
]


def required(name: str) -> bool:
    """Whether a skip of this service is a failure (`browser`, `search_server`)."""
    return name in os.environ.get("MILLGATE_REQUIRE", "").split(",")


def await_installation(patience_s: float = PATIENCE_SECONDS) -> None:
    """Wait until nothing is being installed. A program is on the path before it can run, so that finding it is not enough.

    When patience ends, or the installation failed, the program is missing, and says so as it always does.
    """
    named = os.environ.get(INSTALLING)
    deadline = time.monotonic() + patience_s
    while named and Path(named).exists() and time.monotonic() < deadline:
        time.sleep(0.2)


def find_chromium() -> str | None:
    """The path of the first browser that is installed."""
    await_installation()
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
