"""The environment variables of the application's processes, and which services are somebody else's.

The names are read in one place of the application, `marketplace/config.py`; `docs/operations.md` lists them.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from marketplace.supervisor.home import ROOT, Home
from marketplace.supervisor.postgres import Postgres
from marketplace.supervisor.simulator import Simulator
from marketplace.supervisor.valkey import Valkey

MARK = "MILLGATE_SUPERVISED"  # with the data folder as its value: how processes that lost their supervisor are found

DATABASE_VARIABLES = {
    "DATABASE_URL": "millgate_app",
    "MIGRATION_DATABASE_URL": "millgate_owner",
    "JOBS_DATABASE_URL": "millgate_jobs",
}
GIVEN = (
    *DATABASE_VARIABLES, "BROKER_URL", "ELASTICSEARCH_URL", "STRIPE_API_BASE", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "SMTP_URL",
    "OBJECT_STORE_URL", "ENVIRONMENT", "BASE_URL", "SECRET_KEY", "SEARCH", "SEARCH_PATH", "METRICS_TOKEN", "TRUSTED_PROXIES",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT",
)  # fmt: skip
"""What a caller may name instead of what is ours."""
# Children write bytecode (without it every start compiles everything again) and find the code from any folder.
DROPPED = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", MARK}


class Misconfigured(Exception):
    """The caller's environment contradicts itself; `str()` says how."""


@dataclass(frozen=True)
class External:
    """Which services the caller's environment names, so that we start none of our own."""

    database: bool
    broker: bool
    payments: bool

    @classmethod
    def found(cls) -> "External":
        """Look at the environment; raises Misconfigured when a service is named by half."""
        set_here = [name for name in DATABASE_VARIABLES if os.environ.get(name)]
        if set_here and len(set_here) < len(DATABASE_VARIABLES):
            missing = ", ".join(name for name in DATABASE_VARIABLES if name not in set_here)
            raise Misconfigured(f"{', '.join(set_here)} is set, so {missing} must be set too (or none of them, for the embedded server)")
        if os.environ.get("STRIPE_API_BASE") and not (os.environ.get("STRIPE_SECRET_KEY") and os.environ.get("STRIPE_WEBHOOK_SECRET")):
            raise Misconfigured("STRIPE_API_BASE is set, so STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET must be set too")
        return cls(bool(set_here), bool(os.environ.get("BROKER_URL")), bool(os.environ.get("STRIPE_API_BASE")))


def inherited() -> dict[str, str]:
    """The caller's environment, fit for our Python processes."""
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def given() -> dict[str, str]:
    """What of the application's settings the caller has made: a command from another shell has to reach the same services."""
    return {name: os.environ[name] for name in GIVEN if os.environ.get(name)}


def ours(
    home: Home, url: str, postgres: Postgres | None, valkey: Valkey | None, simulator: Simulator | None
) -> dict[str, str]:  # fmt: skip
    """Return the variables that this world adds to the caller's environment; what the caller has set is left out, and so stays."""
    made = home.secrets()
    variables = {
        "ENVIRONMENT": "development",
        "BASE_URL": url,
        "SECRET_KEY": made.secret_key,
        "SMTP_URL": home.mail.as_uri(),
        "OBJECT_STORE_URL": home.files.as_uri(),
        "MARKETPLACE_HOME": str(home.folder),
        # Of a search server's world too: its processes share a copy of what goods mean, and both engines can be compared.
        "SEARCH_PATH": str(home.search),
    }
    if not os.environ.get("ELASTICSEARCH_URL"):
        variables["SEARCH"] = "embedded"
    variables = {name: value for name, value in variables.items() if not os.environ.get(name)}
    # A service of our own is named together with its secrets, whatever lies about in the caller's environment.
    if postgres:
        variables |= {name: postgres.url(role) for name, role in DATABASE_VARIABLES.items()}
    if valkey:
        variables["BROKER_URL"] = valkey.url
    if simulator:
        variables |= {
            "STRIPE_API_BASE": simulator.url,
            "STRIPE_SECRET_KEY": simulator.secret_key,
            "STRIPE_WEBHOOK_SECRET": simulator.webhook_secret,
        }
    return variables


def search_folder(variables: dict[str, str]) -> Path | None:
    """The folder of the embedded index, None where a search server is used."""
    path = variables.get("SEARCH_PATH")
    return Path(path) if path and not os.environ.get("ELASTICSEARCH_URL") else None
