"""Settings of the process, from the environment; the only reader of it. What the operator decides is in `core/policy.py`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
"""Where the product lies."""
STRIPE = "https://api.stripe.com"


class SettingsError(Exception):
    """The process cannot start; the message lists everything that is missing or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process needs to know to run. `from_env` names every variable once."""

    environment: str
    base_url: str
    secret_key: str
    database_url: str
    migration_database_url: str
    jobs_database_url: str
    broker_url: str
    elasticsearch_url: str | None
    search_path: str | None
    stripe_api_base: str
    stripe_secret_key: str
    stripe_webhook_secret: str
    smtp_url: str
    object_store_url: str
    home: str
    trusted_proxies: int
    metrics_token: str | None = None
    """What Prometheus has to send as `Authorization: Bearer …`."""
    metrics_folder: str | None = None
    """Where several web processes count together."""

    @property
    def is_production(self) -> bool:
        """Whether real companies use this."""
        return self.environment == "production"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the environment. Raises: SettingsError with all faults at once.

        What is secret may stand in a file instead: `SECRET_KEY_FILE` names the one that holds SECRET_KEY, and so on.
        """
        env = os.environ if environ is None else environ
        faults: list[str] = []

        def read(name: str) -> str:
            path = env.get(f"{name}_FILE", "")
            if not path:
                return env.get(name, "")
            if env.get(name):
                faults.append(f"{name} and {name}_FILE are both set")
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                faults.append(f"{name}_FILE cannot be read ({type(error).__name__})")
                return ""

        def need(name: str) -> str:
            value = read(name)
            if not value and not any(fault.startswith(f"{name}_FILE") for fault in faults):
                faults.append(f"{name} is missing")
            return value

        settings = cls(
            environment=env.get("ENVIRONMENT", "production"),
            base_url=need("BASE_URL"),
            secret_key=need("SECRET_KEY"),
            database_url=need("DATABASE_URL"),
            migration_database_url=read("MIGRATION_DATABASE_URL"),
            jobs_database_url=need("JOBS_DATABASE_URL"),
            broker_url=need("BROKER_URL"),
            elasticsearch_url=env.get("ELASTICSEARCH_URL") or None,
            search_path=env.get("SEARCH_PATH") or None,
            stripe_api_base=env.get("STRIPE_API_BASE", STRIPE),
            stripe_secret_key=need("STRIPE_SECRET_KEY"),
            stripe_webhook_secret=need("STRIPE_WEBHOOK_SECRET"),
            smtp_url=need("SMTP_URL"),
            object_store_url=need("OBJECT_STORE_URL"),
            home=env.get("MARKETPLACE_HOME", ""),
            trusted_proxies=int(env.get("TRUSTED_PROXIES", "0")) if env.get("TRUSTED_PROXIES", "0").isdigit() else 0,
            metrics_token=read("METRICS_TOKEN") or None,
            metrics_folder=env.get("PROMETHEUS_MULTIPROC_DIR") or None,
        )
        faults += settings.contradictions(embedded_on_purpose=env.get("SEARCH") == "embedded")
        if faults:
            raise SettingsError("; ".join(faults))
        return settings

    def contradictions(self, *, embedded_on_purpose: bool) -> list[str]:
        """What does not fit together (robustness.md 17, decisions.md 26)."""
        faults = []
        if self.environment not in ("development", "test", "production"):
            faults.append("ENVIRONMENT is development, test or production")
        if not self.elasticsearch_url and not self.search_path:
            faults.append("ELASTICSEARCH_URL or SEARCH_PATH is missing")
        simulated = self.stripe_api_base != STRIPE
        if simulated and self.stripe_secret_key.startswith("sk_live_"):
            faults.append("STRIPE_SECRET_KEY is a live key, STRIPE_API_BASE is not the provider's")
        if (
            not simulated
            and self.stripe_secret_key
            and not self.stripe_secret_key.startswith(("sk_live_", "sk_test_", "rk_live_", "rk_test_"))
        ):
            faults.append("STRIPE_SECRET_KEY is not a key of the provider")
        if self.is_production:
            if len(self.secret_key) < 32:
                faults.append("SECRET_KEY is shorter than 32 characters")
            if urlsplit(self.base_url).scheme != "https":
                faults.append("BASE_URL is not https")
            if simulated:
                faults.append("STRIPE_API_BASE is not the provider's")
            if not self.elasticsearch_url and not embedded_on_purpose:
                faults.append("ELASTICSEARCH_URL is missing; SEARCH=embedded says that one host is meant")
            if self.smtp_url.startswith("file:"):
                faults.append("SMTP_URL is a folder")
        return faults
