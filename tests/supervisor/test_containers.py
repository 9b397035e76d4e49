"""The form of the container files. Containers cannot be run where this suite runs; docs/operations.md says so."""

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
APPLICATION = ("migrate", "web", "worker", "indexer", "scheduler")
SERVERS = ("postgres", "valkey", "elasticsearch", "mail")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """docker-compose.yml with its anchors resolved."""
    content = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def containerfile() -> list[tuple[str, str]]:
    """The instructions with their arguments, continued lines joined."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in lines]


def test_the_production_set_is_complete(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*APPLICATION, *SERVERS}
    assert compose["services"]["web"]["deploy"]["replicas"] == 2
    assert compose["services"]["postgres"]["image"].split(":")[1].startswith("18")
    assert compose["services"]["elasticsearch"]["image"].split(":")[1].startswith("9.")


@pytest.mark.parametrize("name", APPLICATION)
def test_our_containers_have_no_rights_and_write_nothing(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]

    assert service["read_only"] is True
    assert service["user"].split(":")[0] not in {"", "0", "root"}
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


def test_whatever_answers_has_a_health_check(compose: dict[str, Any]) -> None:
    silent = {name for name, service in compose["services"].items() if service.get("healthcheck", {}).get("disable")}
    checked = {name for name, service in compose["services"].items() if service.get("healthcheck", {}).get("test")}

    # The web container's check is the image's own.
    assert any(instruction == "HEALTHCHECK" for instruction, _ in containerfile())
    assert silent == {"migrate", "indexer", "scheduler"}
    assert checked == {"worker", *SERVERS}


@pytest.mark.parametrize("name", APPLICATION)
def test_every_variable_that_the_application_needs_is_given(compose: dict[str, Any], name: str) -> None:
    needed = set(re.findall(r'need\("([A-Z_]+)"\)', (ROOT / "marketplace" / "config.py").read_text(encoding="utf-8")))

    assert len(needed) >= 7
    assert needed <= set(compose["services"][name]["environment"])
    assert compose["services"][name]["environment"]["ENVIRONMENT"] == "production"


def test_only_the_migration_has_the_owners_password(compose: dict[str, Any]) -> None:
    holders = {name for name in APPLICATION if "MIGRATION_DATABASE_URL" in compose["services"][name]["environment"]}

    assert holders == {"migrate"}
    assert all(
        compose["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully" for name in APPLICATION[1:]
    )


def test_no_secret_stands_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    for name in ("SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "POSTGRES_PASSWORD"):
        values = re.findall(rf"^ +{name}: (.+)$", text, re.MULTILINE)
        assert values
        assert all(value.startswith(f"${{{name}:?") for value in values)


def test_every_mounted_file_and_named_volume_exists(compose: dict[str, Any]) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", [])]
    sources = [mount.split(":")[0] for mount in mounts]

    assert {source for source in sources if not source.startswith(".")} == set(compose["volumes"])
    assert all((ROOT / source).is_file() for source in sources if source.startswith("."))
    assert all(ports.startswith("127.0.0.1:") for service in compose["services"].values() for ports in service.get("ports", []))


def test_images_are_named_with_a_version(compose: dict[str, Any]) -> None:
    named = [service["image"] for name, service in compose["services"].items() if name in SERVERS]
    based = [argument.split()[0] for instruction, argument in containerfile() if instruction == "FROM"]

    assert all(re.search(r":v?\d", image) for image in named + based)


def test_the_image_runs_as_an_ordinary_user_on_locked_packages() -> None:
    instructions = containerfile()
    users = [argument for instruction, argument in instructions if instruction == "USER"]
    installs = [argument for instruction, argument in instructions if instruction == "RUN" and "pip install" in argument]

    assert users
    assert users[-1].split(":")[0] not in {"0", "root"}
    assert len(installs) == 1
    assert all(option in installs[0] for option in ("--require-hashes", "--no-deps", "-r /tmp/requirements.lock"))


def test_the_image_holds_every_package_of_the_code_and_only_what_the_ignore_file_lets_in() -> None:
    copied = [
        argument.split()[0] for instruction, argument in containerfile() if instruction == "COPY" and not argument.startswith("--from")
    ]
    patterns = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}

    assert packages <= set(copied)
    assert patterns[0] == "*"
    for name in copied:
        assert (ROOT / name).exists()
        assert any(fnmatch.fnmatch(name, pattern[1:]) for pattern in patterns if pattern.startswith("!"))


def test_the_containers_start_the_same_processes_as_dev_up() -> None:
    world = (ROOT / "marketplace" / "supervisor" / "world.py").read_text(encoding="utf-8")
    command = next(json.loads(argument) for instruction, argument in containerfile() if instruction == "CMD")

    assert command[0] == "granian"
    for word in ("--interface", "wsgi", "--factory", "--respawn-failed-workers", "--no-ws", "marketplace.app:web"):
        assert word in command
        assert f'"{word}"' in world
