"""The application's own commands: `python -m marketplace <group> <command>`; people call them by `dev.py run`."""

import sys
from importlib import import_module

import click
from flask import Flask

from marketplace.config import Settings, SettingsError

WITHOUT_ROOMS = {"db": "marketplace.schema", "scheduler": "marketplace.scheduler"}
"""Commands that need none of the rooms, by their modules: importing the rooms takes longer than all else at a start."""


@click.group()
def main() -> None:
    """Commands of Millgate."""


def run() -> None:
    """Find the command: one of the few that need no rooms, or one behind the rooms' `cli` doors."""
    try:
        asked = sys.argv[1] if len(sys.argv) > 1 else ""
        if asked in WITHOUT_ROOMS:
            _add(asked)
            main(prog_name="marketplace")
            return
        app = _with_rooms()
        for name, group in app.cli.commands.items():
            main.add_command(group, name)
        if asked not in main.commands:  # help names all of them
            for name in WITHOUT_ROOMS:
                _add(name)
        with app.app_context():
            main(prog_name="marketplace")
    except SettingsError as fault:
        sys.exit(f"marketplace cannot start: {fault}")


def _with_rooms() -> Flask:
    app: Flask = import_module("marketplace.app").create_app(Settings.from_env(), doors="cli")
    return app


def _add(name: str) -> None:
    main.add_command(import_module(WITHOUT_ROOMS[name]).command, name)


if __name__ == "__main__":
    run()
