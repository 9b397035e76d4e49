"""Settings say everything that is missing at once, and production refuses what must not be."""

import pytest

from marketplace.config import Settings, SettingsError

GOOD = {
    "ENVIRONMENT": "production",
    "BASE_URL": "https://millgate.example",
    "SECRET_KEY": "x" * 40,
    "DATABASE_URL": "postgresql+psycopg://a@/b",
    "JOBS_DATABASE_URL": "postgresql+psycopg://c@/b",
    "BROKER_URL": "redis://broker",
    "ELASTICSEARCH_URL": "http://search:9200",
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "SMTP_URL": "smtp://mail:25",
    "OBJECT_STORE_URL": "s3://bucket",
}


def test_a_whole_environment_starts() -> None:
    assert Settings.from_env(GOOD).is_production


def test_all_missing_values_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({})

    for name in ("BASE_URL", "SECRET_KEY", "DATABASE_URL", "BROKER_URL", "STRIPE_SECRET_KEY", "SMTP_URL"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"BASE_URL": "http://millgate.example"}, "BASE_URL is not https"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:9000"}, "live key"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:9000", "STRIPE_SECRET_KEY": "sk_test_1"}, "STRIPE_API_BASE"),
        ({"ELASTICSEARCH_URL": "", "SEARCH_PATH": "/index"}, "SEARCH=embedded"),
        ({"SMTP_URL": "file:///mail"}, "SMTP_URL"),
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT"),
    ],
)
def test_production_refuses_what_must_not_be(change: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings.from_env({**GOOD, **change})
