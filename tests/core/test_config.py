"""Settings say everything that is missing at once, and production refuses what must not be."""

from pathlib import Path

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


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("y" * 40 + "\n", encoding="utf-8")
    given = {name: value for name, value in GOOD.items() if name != "SECRET_KEY"}

    settings = Settings.from_env({**given, "SECRET_KEY_FILE": str(tmp_path / "secret_key")})

    assert settings.secret_key == "y" * 40


def test_a_secret_file_that_is_not_there_or_not_alone_is_named(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t", encoding="utf-8")
    given = {**GOOD, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "gone")}
    given |= {"METRICS_TOKEN": "t", "METRICS_TOKEN_FILE": str(tmp_path / "token")}

    with pytest.raises(SettingsError) as caught:
        Settings.from_env(given)

    assert "SECRET_KEY_FILE cannot be read (FileNotFoundError)" in str(caught.value)
    assert "METRICS_TOKEN and METRICS_TOKEN_FILE are both set" in str(caught.value)
    assert "SECRET_KEY is missing" not in str(caught.value)
