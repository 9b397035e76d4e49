"""Throw-away services for the test-suite: real PostgreSQL, real Valkey, the payment simulator. All die with the test process."""

from pathlib import Path

from marketplace.supervisor.postgres import Postgres
from marketplace.supervisor.simulator import Simulator
from marketplace.supervisor.valkey import Valkey

SECRET_KEY = "sk_test_tests"
WEBHOOK_SECRET = "whsec_tests"
MAY_PAUSE = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""For the transaction that a test lives in: pages are cut off after five seconds without a statement."""


def start_postgres(folder: Path, durable: bool = False) -> Postgres:
    """Start a server below `folder` (which must be short-lived and ours) with the three roles and an empty database `millgate`.

    Use `.url(role, database)`, `.create_database(name, template=None)`, `.drop_database(name)`, `.connect(database, role)`, `.stop()`.
    """
    server = Postgres(folder / "postgres", folder / "postgres.log", durable)
    server.start()
    return server


def start_valkey(folder: Path, durable: bool = False) -> Valkey:
    """Start a server below `folder`; `.url` is the broker's address, `.url_of(n)` the one for redis-py, `.stop()` ends it."""
    server = Valkey(folder / "valkey", folder / "valkey.log", durable)
    server.start()
    return server


def start_simulator(folder: Path, webhook_url: str, *, secret_key: str = SECRET_KEY, webhook_secret: str = WEBHOOK_SECRET) -> Simulator:
    """Start a payment simulator on a free port with an empty store below `folder`; `.url`, `.secret_key`, `.webhook_secret`, `.stop()`."""
    simulator = Simulator(folder / "simulator", folder / "simulator.log", webhook_url, secret_key, webhook_secret)
    simulator.start()
    return simulator
