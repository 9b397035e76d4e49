"""How migrations run: in-process, as the owner of the schema, with time-outs so that a migration never blocks the trade."""

from alembic import context
from sqlalchemy import MetaData, create_engine, text

url = context.config.attributes["url"]
# The names of constraints; models are never imported here.
NAMES = {"ck": "ck_%(table_name)s_%(constraint_name)s"}
TIMEOUTS = "-c lock_timeout=5s -c statement_timeout=10min -c timezone=UTC"


def run() -> None:
    """Run the chosen revisions, each in its own transaction."""
    engine = create_engine(url, connect_args={"options": TIMEOUTS})
    with engine.connect() as connection:
        # Two deploys at once: the second waits, then finds nothing to do.
        connection.execute(text("SELECT pg_advisory_lock(820174)"))
        connection.commit()
        context.configure(connection=connection, target_metadata=MetaData(naming_convention=NAMES), transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(820174)"))
        connection.commit()
    engine.dispose()


run()
