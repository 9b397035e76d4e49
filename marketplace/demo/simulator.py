"""The payment simulator's controls, as the demo uses them: its clock goes with the story, its messages wait meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import requests

from marketplace.core.db import outside

TIMEOUT_SECONDS = (5, 30)


class SimulatorRefused(Exception):
    """The simulator does not do what it was asked for; the message says why."""


class SimulatorControl:
    """`/_sim/…` of one simulator. Never reachable at the real provider."""

    def __init__(self, base: str) -> None:
        self._base = base
        # The history asks nearly four thousand times; a connection for each took as long as its answer.
        self._http = requests.Session()

    def post(self, control: str, **given: str | int | bool) -> dict[str, object]:
        """Ask for something. Raises: SimulatorRefused, requests.RequestException."""
        outside()
        answer = self._http.post(f"{self._base}/_sim/{control}", json=given, timeout=TIMEOUT_SECONDS)
        content: dict[str, object] = answer.json()
        if answer.status_code != 200:
            raise SimulatorRefused(f"{control}: {content.get('error')}")
        return content

    def settle(self) -> None:
        """Back to the present, messages on: also what a run that was killed has left behind."""
        self.post("clock", now=int(time.time()))
        self.post("webhooks", hold=False)

    @contextmanager
    def at(self, instant: datetime) -> Iterator[None]:
        """Let the simulator live at an instant for a few calls.

        Its messages are held back until the end, so that our own process hears of the money first, at the story's time. Windows are
        short on purpose: whoever pays in the running demo meanwhile needs the simulator in the present.
        """
        self.post("webhooks", hold=True)
        try:
            self.post("clock", now=int(instant.timestamp()))
            yield
        finally:
            self.settle()

    def pay(self, session_id: str) -> None:
        """Pay a page with the card that always works. Raises: SimulatorRefused."""
        content = self.post("pay", session=session_id)
        if content.get("outcome") != "paid":
            raise SimulatorRefused(f"pay: {content.get('message') or content.get('outcome')}")
