"""The form of the container files. Containers cannot be run where this suite runs; docs/operations.md says so."""

import fnmatch
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from flask import Flask

from marketplace.catalogue.views import imports
from marketplace.core.files import MAX_BYTES
from marketplace.core.web import BESIDE_FILES
from marketplace.orders.views.photos import MAX_PHOTOS
from marketplace.supervisor.postgres import binaries
from tests.conftest import Services

ROOT = Path(__file__).parents[2]
APPLICATION = ("migrate", "web", "worker", "indexer", "scheduler")
SERVERS = ("proxy", "postgres", "valkey", "elasticsearch", "mail")
WRITES_BESIDE_ITS_PROGRAMS = {"elasticsearch"}


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
    assert compose["services"]["elasticsearch"]["environment"]["action.auto_create_index"] == "false"


@pytest.mark.parametrize("name", [*APPLICATION, *SERVERS])
def test_no_container_has_rights_or_writes_beside_its_folders_or_takes_the_whole_machine(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]

    assert service["read_only"] is (name not in WRITES_BESIDE_ITS_PROGRAMS)
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["pids_limit"] > 0
    assert service["logging"]["options"]["max-size"]


def test_only_the_database_begins_as_root_and_may_do_no_more_than_become_its_own_user(compose: dict[str, Any]) -> None:
    users = {name: str(service.get("user", "")).split(":")[0] for name, service in compose["services"].items()}

    assert {name for name, user in users.items() if user in {"", "0", "root"}} == {"postgres"}
    assert {name for name, service in compose["services"].items() if "cap_add" in service} == {"postgres"}
    assert set(compose["services"]["postgres"]["cap_add"]) == {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}


def test_the_world_reaches_the_proxy_alone(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert published == {"proxy": ["443:8443", "80:8080"], "mail": ["127.0.0.1:8025:8025"]}


def test_networks_part_what_has_nothing_to_say_to_each_other(compose: dict[str, Any]) -> None:
    members = {
        network: {name for name, service in compose["services"].items() if network in service["networks"]}
        for network in compose["networks"]
    }

    assert members["front"] == {"proxy", "web"}
    assert members["database"] == {"postgres", *APPLICATION}
    assert members["broker"] == {"valkey", "worker", "scheduler"}
    assert members["index"] == {"elasticsearch", "web", "worker", "indexer"}
    assert members["outside"] == {"proxy", "web", "worker"}
    assert {name for name, network in compose["networks"].items() if not (network or {}).get("internal")} == {"outside", "shown"}


def test_whatever_answers_a_page_or_does_a_task_is_given_time_to_finish(compose: dict[str, Any]) -> None:
    grace = {
        name: int(service["stop_grace_period"].removesuffix("s"))
        for name, service in compose["services"].items()
        if "stop_grace_period" in service
    }

    assert {*APPLICATION, "proxy", "postgres"} <= set(grace)
    assert all(seconds >= 30 for seconds in grace.values())
    assert grace["proxy"] > grace["web"], "it waits for the pages behind it"
    assert ("STOPSIGNAL", "SIGTERM") in containerfile()
    assert compose["services"]["worker"]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"


def test_each_start_of_a_web_container_counts_from_nothing(compose: dict[str, Any]) -> None:
    folders = {
        name: service["environment"].get("PROMETHEUS_MULTIPROC_DIR") for name, service in compose["services"].items() if name in APPLICATION
    }
    web = compose["services"]["web"]

    assert {name for name, folder in folders.items() if folder} == {"web"}
    assert any(mount.startswith(f"{folders['web']}:") for mount in web["tmpfs"])


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
    assert needed <= {variable.removesuffix("_FILE") for variable in compose["services"][name]["environment"]}
    assert compose["services"][name]["environment"]["ENVIRONMENT"] == "production"


def test_only_the_migration_has_the_owners_password(compose: dict[str, Any]) -> None:
    holders = {name for name in APPLICATION if "migration_database_url" in compose["services"][name]["secrets"]}

    assert holders == {"migrate"}
    assert all(
        compose["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully" for name in APPLICATION[1:]
    )


def test_every_secret_is_a_file_that_only_its_users_see(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert all(secret == {"file": f"./secrets/{name}"} for name, secret in compose["secrets"].items())
    assert {name for service in services.values() for name in service.get("secrets", [])} == set(compose["secrets"])
    for name, service in services.items():
        variables = service.get("environment", {})
        named = {str(value).removeprefix("/run/secrets/") for variable, value in variables.items() if variable.endswith("_FILE")}
        assert named <= set(service.get("secrets", [])), name
        secret = re.compile(r"(PASSWORD|KEY|TOKEN|SECRET|DATABASE_URL|SMTP_URL)$")
        assert not [variable for variable in variables if secret.search(variable)], name
    assert "secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8")


def proxy() -> str:
    """The proxy's settings without their comments."""
    text = (ROOT / "marketplace" / "supervisor" / "proxy.conf").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("#"))


def test_the_proxy_lets_in_what_the_application_takes_and_no_more() -> None:
    pages = re.search(r'"MAX_CONTENT_LENGTH": (\d+) \* 1024 \* 1024', (ROOT / "marketplace" / "app.py").read_text(encoding="utf-8"))
    catalogue = imports.FILE_LIMIT + imports.BESIDE_THE_FILE

    assert pages
    assert f"client_max_body_size {pages.group(1)}m;" in proxy()
    assert f"location = /portal/products/import {{ client_max_body_size {catalogue // 1024**2}m;" in proxy()
    several = re.search(r"location ~ \^/\(portal/application\|.*client_max_body_size (\d+)m;", proxy())
    assert several
    assert int(several.group(1)) * 1024**2 == MAX_PHOTOS * MAX_BYTES + BESIDE_FILES
    for setting in ("client_header_timeout", "client_body_timeout", "send_timeout", "proxy_connect_timeout", "proxy_read_timeout"):
        assert re.search(rf"^{setting} \d+s;", proxy(), re.MULTILINE), setting
    assert "limit_req zone=sign_in" in proxy()
    assert "limit_conn connections" in proxy()


def test_the_proxy_believes_no_caller_and_tells_no_stranger() -> None:
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in proxy()
    assert "$proxy_add_x_forwarded_for" not in proxy()
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in proxy()
    for address in ("/readyz", "/metrics"):
        assert f"location = {address} {{ return 404; }}" in proxy()
    assert proxy().count("{") == proxy().count("}")


def test_the_proxy_limits_the_addresses_that_guess_passwords(shared_app: Flask) -> None:
    guessing = re.search(r"location ~ (\S+) \{ limit_req zone=sign_in", proxy())

    assert guessing
    known = {rule.rule for rule in shared_app.url_map.iter_rules()}
    matched = {rule for rule in known if re.search(guessing.group(1), rule)}
    assert {"/log-in", "/sign-up", "/forgot-password", "/reset-password/<token>", "/invitations/<token>"} <= matched
    assert {"/portal/products/import", "/payments/stripe/events", "/readyz", "/metrics", "/healthz"} <= known


def test_the_roles_get_the_passwords_of_their_secret_files(tmp_path: Path, services: Services) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name, role in (("migration_database_url", "owner"), ("database_url", "app"), ("jobs_database_url", "jobs")):
        (secrets / name).write_text(f"postgresql+psycopg://millgate_{role}:Pass{role}1@postgres/millgate\n", encoding="utf-8")
    script = ROOT / "marketplace" / "supervisor" / "passwords.sh"
    variables = {"PATH": f"{binaries()}:/usr/bin:/bin", "PGHOST": str(services.postgres.sockets), "SECRETS_FOLDER": str(secrets)}

    done = subprocess.run(["sh", script], env=variables, capture_output=True, text=True, check=False)
    (secrets / "database_url").write_text("postgresql+psycopg://millgate_app@postgres/millgate", encoding="utf-8")
    refused = subprocess.run(["sh", script], env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    with services.postgres.connect() as connection:
        kept = connection.execute("SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%' ORDER BY 1").fetchall()
    assert [row[0] for row in kept] == ["millgate_app", "millgate_jobs", "millgate_owner"]
    assert refused.returncode == 1
    assert "database_url holds no address with a password" in refused.stderr


def test_every_mounted_file_and_named_volume_exists(compose: dict[str, Any]) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", [])]
    sources = [mount.split(":")[0] for mount in mounts]

    assert {source for source in sources if not source.startswith(".")} == set(compose["volumes"])
    assert all((ROOT / source).is_file() for source in sources if source.startswith("."))


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
