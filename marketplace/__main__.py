"""The application's own commands: `python -m marketplace <group> <command>`; people call them by `dev.py run`."""

import sys

import click
from alembic import command
from alembic.config import Config

from marketplace.app import ROOT, create_app
from marketplace.config import Settings, SettingsError
from marketplace.worker import run_scheduler


@click.group()
def main() -> None:
    """Commands of Millgate."""


@main.group("db")
def database() -> None:
    """The schema."""


def migrations(url: str) -> Config:
    """Alembic's configuration for one database."""
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    return config


@database.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up to a revision."""
    command.upgrade(migrations(Settings.from_env().migration_database_url), revision)


@database.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to a revision."""
    command.downgrade(migrations(Settings.from_env().migration_database_url), revision)


@main.command("scheduler")
def scheduler() -> None:
    """Run the process that sends due jobs."""
    run_scheduler(Settings.from_env())


def run() -> None:
    """Find the command: the few above need no rooms, all others come from the rooms' `cli` doors."""
    try:
        if sys.argv[1:2] and sys.argv[1] in main.commands:
            main(prog_name="marketplace")
        else:
            app = create_app(Settings.from_env(), doors="cli")
            for name, group in app.cli.commands.items():
                main.add_command(group, name)
            with app.app_context():
                main(prog_name="marketplace")
    except SettingsError as fault:
        sys.exit(f"marketplace cannot start: {fault}")


if __name__ == "__main__":
    run()
