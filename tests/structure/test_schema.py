"""The models equal the migrations, both directions; numbers, names and revisions agree."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine, inspect, text

from marketplace.core.db import Base
from marketplace.schema import migrations
from tests.conftest import TEMPLATE, Services

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def test_models_equal_migrations(app: Flask, services: Services) -> None:
    engine = create_engine(services.postgres.url("millgate_owner", "tests"))

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)

    engine.dispose()
    assert differences == []


def test_there_is_one_head_and_names_agree() -> None:
    script = ScriptDirectory.from_config(migrations(""))

    assert len(script.get_heads()) == 1
    for revision in script.walk_revisions():
        assert Path(str(revision.module.__file__)).stem.startswith(f"{revision.revision}_")


def test_going_down_leaves_nothing_and_up_again_works(services: Services) -> None:
    services.postgres.create_database("up_and_down")
    config = migrations(services.postgres.url("millgate_owner", "up_and_down"))
    command.upgrade(config, "head")

    command.downgrade(config, "base")

    engine = create_engine(services.postgres.url("millgate_owner", "up_and_down"))
    left = inspect(engine).get_table_names()
    with engine.connect() as connection:
        functions = connection.execute(
            text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner = 'millgate_owner'::regrole")
        ).scalars()
        assert list(functions) == []
    assert left == ["alembic_version"]
    command.upgrade(config, "head")
    engine.dispose()
    services.postgres.drop_database("up_and_down")


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda p: p.stem)
def test_a_migration_never_imports_models(path: Path) -> None:
    assert "marketplace" not in path.read_text(encoding="utf-8").split("def upgrade")[0]


def test_the_template_was_migrated(services: Services) -> None:
    assert services.postgres.has_database(TEMPLATE)
