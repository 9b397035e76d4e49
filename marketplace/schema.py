"""The schema: where its migrations are, and the commands that bring it up and down."""

import click
from alembic import command as alembic
from alembic.config import Config

from marketplace.config import ROOT, Settings


def migrations(url: str) -> Config:
    """Alembic's configuration for one database."""
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    return config


@click.group("db")
def command() -> None:
    """The schema."""


@command.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up to a revision."""
    alembic.upgrade(migrations(Settings.from_env().migration_database_url), revision)


@command.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to a revision."""
    alembic.downgrade(migrations(Settings.from_env().migration_database_url), revision)
