"""`up`: start everything in order, say where it is, keep it alive, end it in reverse order."""

import os
import sys
import time
from pathlib import Path
from typing import Any

from marketplace.supervisor import environment
from marketplace.supervisor.home import Home, locked, write_json
from marketplace.supervisor.pages import page_status
from marketplace.supervisor.processes import Child, StartFailed
from marketplace.supervisor.units import Interrupted, Signals, Unit, Units, end_left_overs
from marketplace.supervisor.world import SERVICES, World, wanted_port

PAGE_TIMEOUT_S = 90.0


def say(text: str) -> None:
    """Print a line; a reader that went away does not matter."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open until the end


class Up:
    """One run of `up`."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.began = time.monotonic()
        self.is_ready = False
        self.stage = "starting"
        self.signals = Signals()
        self.units = Units(self.write_down)
        self.world = World.of(home)

    def write_down(self) -> None:
        """Bring `running.json` up to date. `processes` holds the main process ids, for `status` and for tests that kill."""
        content: dict[str, Any] = {
            "kind": "up",
            "pid": os.getpid(),
            "url": f"{self.world.url}/",
            "port": self.world.port,
            "wanted_port": wanted_port(),
            "simulator_port": self.world.simulator.port if self.world.simulator else None,
            "ready": self.is_ready,
            "stage": self.stage,
            "environment": environment.given() | self.world.variables,
            "processes": {unit.name: unit.report() for unit in self.units},
        }
        write_json(self.home.running_file, content)

    def at(self, stage: str) -> None:
        """Say and write down what is going on."""
        self.stage = stage
        say(f"[{time.monotonic() - self.began:5.1f} s] {stage}")
        self.write_down()

    # -- in order -----------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start all, say where it is as soon as the first page answers, then start the rest. Raises StartFailed, Interrupted."""
        self.world.forget_figures()
        self.at("starting the services")
        self.world.start_services(self.units)
        self.prepare()
        self.finish_web()
        self.greet()
        for name in ("worker", "indexer", "scheduler"):
            self.units.add(Unit(name, self.world.worker if name == "worker" else self._command(name, name)))
        if self.is_history_due:
            launch = self._command("history", "demo", "seed", "--history")
            self.units.add(Unit("history", launch, once=lambda: self.home.mark_done("history")))

    def prepare(self) -> None:
        """Bring schema, demo and index to where a page can be shown; the web process starts beside the last of them."""
        world = self.world
        if not world.schema_is_current():
            self.at("bringing the schema up to date")
            world.migrate()
        if world.is_seeded_here and not self.home.is_done("companies"):
            self.at("seeding the demo: companies and catalogue")
            world.step("seed", "demo", "seed", "--companies")
            self.home.mark_done("companies")
        self.units.add(Unit("web", world.web))
        if not world.has_index():
            self.at("building the search index")
            world.step("rebuild", "search", "rebuild")
            self.home.mark_done(world.index_step)

    @property
    def is_history_due(self) -> bool:
        """Whether the demo's purchases and reviews are still to be played; that happens beside the running pages."""
        return self.world.is_seeded_here and not self.home.is_done("history")

    def finish_web(self) -> None:
        """Wait for the first page."""
        web = next(unit for unit in self.units if unit.name == "web")
        self.at("waiting for the first page")
        self._child(web).wait_until(self.first_page_is_there, PAGE_TIMEOUT_S, step_s=0.1)
        self.is_ready = True
        self.at("ready")

    def first_page_is_there(self) -> bool:
        """Whether the first page is shown. A refusal will not turn into a page by waiting: StartFailed."""
        status = page_status(f"{self.world.url}/")
        if 400 <= status < 500:
            raise StartFailed(f"the first page answers {status}; see {self.home.logs}/web.log")
        return status == 200

    def follow(self) -> None:
        """Follow the log of a world whose first backup was taken while it ran."""
        if not any(unit.name == "archive" for unit in self.units):
            self.world.follow(self.units)

    # -- words --------------------------------------------------------------------------------------------------------------------

    def greet(self) -> None:
        """Print where everything is."""
        world, home = self.world, self.home
        say("")
        say(f"Millgate is up:  {world.url}/")
        wanted = wanted_port()
        if world.port != wanted:
            say(f"                 (port {wanted} was taken)")
        logins = home.folder / "logins.txt"
        if logins.exists():
            say("")
            say(logins.read_text(encoding="utf-8").rstrip())
        say("")
        say(f"Logs:  {home.logs}/        Mail:  {world.url}/dev/mail, kept in {home.mail}/")
        if self.is_history_due:
            say("The demo's purchases and reviews are being played in the background; `dev.py status` says how far.")
        say("Ctrl-C ends everything.")

    def stop(self) -> None:
        """End everything in reverse order; a second Ctrl-C does it by force."""
        self.signals.stopping = True
        self.signals.hurry = self.units.kill
        self.is_ready, self.stage = False, "stopping"
        self.write_down()
        self.units.stop(SERVICES)

    # -- inside -------------------------------------------------------------------------------------------------------------------

    def _command(self, name: str, *arguments: str) -> Any:
        return lambda: self.world.process(name, "marketplace", *arguments)

    @staticmethod
    def _child(unit: Unit) -> Child:
        if unit.child is None:
            raise StartFailed(f"{unit.name} was not started")
        return unit.child


def up() -> int:
    """Run everything until Ctrl-C; return the exit code. A second `up` in the same world says that it is running."""
    home = Home()
    home.make()
    if not home.try_lock():
        return say_running(home)
    run: Up | None = None
    with locked(home):
        try:
            end_left_overs(home.folder)
            run = Up(home)
            run.start()
            run.units.watch(run.signals, run.follow)
        except Interrupted as reason:
            say(f"\n{reason}: stopping …")
            code = 0
        except StartFailed as fault:
            say(f"\n{fault}")
            code = 1
        finally:
            if run is not None:
                run.stop()
    if code == 0:
        say("Stopped.")
    return code


def say_running(home: Home) -> int:
    """Say what holds the world already, waiting a little for one that has just begun to write it down."""
    for _ in range(50):
        running = home.running()
        if running:
            break
        time.sleep(0.1)
    if running.get("kind") == "up":
        state = "Already running" if running.get("ready") else f"Already starting ({running.get('stage')})"
        say(f"{state}: {running.get('url')}")
        return 0
    say(f"{home.folder} is in use by another command (process {running.get('pid', '?')}); try again when it has ended.")
    return 1
