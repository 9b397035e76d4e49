"""`up`, `run`, `status`, `reset` on the stand-in application, with real servers."""

import os
import re
import signal
import socket
import stat
import threading
import urllib.request
from pathlib import Path

import psycopg
import pytest
from celery import Celery

from marketplace.supervisor.environment import GIVEN
from tests.supervisor.stand_in import REPOSITORY, Site, taken_port, wait_for

OURS = ("web", "worker", "indexer", "scheduler")


def test_the_first_up_prepares_a_world_and_says_where_it_is(site: Site) -> None:
    first = site.up()

    wait_for(lambda: site.state("history") == "done")
    wait_for(lambda: len(site.calls()) == 6)
    calls = site.calls()
    assert calls[:3] == ["db upgrade", "demo seed --companies", "search rebuild"]
    assert sorted(calls[3:]) == ["demo seed --history", "indexer", "scheduler"]
    assert stat.S_IMODE(site.home.stat().st_mode) == 0o700
    assert stat.S_IMODE((site.home / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((site.home / "running.json").stat().st_mode) == 0o600
    assert "millgate_app@" in site.page()

    # A second one says so, a command uses what runs, and nothing but its own words comes out.
    again = site.run("up")
    assert (again.returncode, again.stdout) == (0, f"Already running: {site.running()['url']}\n")
    echo = site.run("run", "echo", typed="three lines\nof\ntext\n")
    assert (echo.returncode, echo.stdout, echo.stderr) == (0, "three lines\nof\ntext\n", "")
    assert site.run("run", "fail").returncode == 7
    assert site.run("status").returncode == 0
    assert site.run("reset", "--yes").returncode == 1

    first.send_signal(signal.SIGTERM)
    said, complaint = first.communicate(timeout=30)
    assert first.returncode == 0
    assert "Millgate is up:  http://127.0.0.1:" in said
    assert "buyer buyer@example.com secret" in said
    assert str(site.home / "logs") in said
    assert complaint == ""
    assert site.survivors() == []
    assert "database system is shut down" in (site.home / "logs" / "postgres.log").read_text()
    assert site.run("status").returncode == 1

    # A warm start repeats none of the first run's steps.
    site.up()
    later = ["echo", "fail", "indexer", "recovery status", "scheduler"]  # `status` asks for the duties
    wait_for(lambda: len(site.calls()) == 6 + len(later))
    assert sorted(site.calls()[6:]) == later


@pytest.mark.usefixtures("was_up")
def test_a_killed_supervisor_leaves_no_orphan_and_the_next_up_is_normal(site: Site) -> None:
    # A port of this test's own: the other half of the suite starts worlds meanwhile, and would rightly take a free one.
    with taken_port() as listener:
        wanted = str(listener.getsockname()[1])
    first = site.up(PORT=wanted)
    port, simulator_port = site.running()["port"], site.running()["simulator_port"]
    with psycopg.connect(site.running()["environment"]["MIGRATION_DATABASE_URL"].replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

    first.kill()
    first.wait()

    second = site.up(PORT=wanted)
    assert (site.running()["port"], site.running()["simulator_port"]) == (port, simulator_port)
    with psycopg.connect(site.running()["environment"]["MIGRATION_DATABASE_URL"].replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    second.kill()
    second.wait()
    wait_for(lambda: site.survivors() == [], 15)


@pytest.mark.usefixtures("was_up")
def test_the_port_of_a_killed_supervisor_is_waited_for_while_its_process_ends(site: Site) -> None:
    with taken_port() as free:
        wanted = free.getsockname()[1]
    first = site.up(PORT=str(wanted))
    first.kill()
    first.wait()
    wait_for(lambda: site.survivors() == [], 15)
    late = socket.socket()
    late.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    late.bind(("127.0.0.1", wanted))
    late.listen()

    threading.Timer(2, late.close).start()
    site.up(PORT=str(wanted))

    assert site.running()["port"] == wanted


@pytest.mark.usefixtures("was_up")
def test_a_port_that_another_program_took_after_a_kill_is_given_up(site: Site) -> None:
    with taken_port() as free:
        wanted = free.getsockname()[1]
    first = site.up(PORT=str(wanted))
    first.kill()
    first.wait()
    wait_for(lambda: site.survivors() == [], 15)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", wanted))
        taken.listen()

        site.up(PORT=str(wanted))

        assert site.running()["port"] > wanted


@pytest.mark.usefixtures("was_up")
def test_every_killed_process_comes_back_by_itself(site: Site) -> None:
    site.up()
    before = {name: process["pid"] for name, process in site.processes().items() if process["pid"]}
    assert set(before) == {*OURS, "postgres", "valkey", "simulator"}

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    wait_for(lambda: all(site.processes()[name]["pid"] not in {0, pid} for name, pid in before.items()))
    wait_for(lambda: _answers(site))
    wait_for(lambda: site.run("run", "who").stdout == "millgate_jobs\n")
    assert all(site.processes()[name]["restarts"] >= 1 for name in before)


@pytest.mark.usefixtures("was_up")
def test_a_stop_lets_a_page_and_a_task_come_to_their_end(site: Site) -> None:
    first = site.up()
    answers: list[int] = []
    page = threading.Thread(target=lambda: answers.append(urllib.request.urlopen(f"{site.running()['url']}slow", timeout=20).status))
    queue = Celery("marketplace", broker=site.running()["environment"]["BROKER_URL"])
    queue.send_task("slow")
    wait_for((site.home / "slow-task").exists)
    page.start()
    wait_for((site.home / "slow-page").exists)

    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=40)
    page.join(20)

    assert answers == [200]
    assert (site.home / "slow-task-done").exists()
    queue.close()


@pytest.mark.usefixtures("was_up")
def test_web_and_worker_count_together_from_the_start_of_each_up(site: Site) -> None:
    (site.home / "metrics").mkdir()
    (site.home / "metrics" / "counter_1.db").write_text("of an earlier life")
    site.up()

    folder = str(site.home / "metrics")
    expected = {"web": folder, "worker": folder, "indexer": None, "scheduler": None}
    # Between the launcher and the process that it becomes, a process has no variables for a moment.
    wait_for(lambda: {name: counting(site.processes()[name]["pid"]) for name in OURS} == expected)

    assert list((site.home / "metrics").iterdir()) == []


def counting(pid: int) -> str | None:
    """The folder in which a process counts."""
    variables = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    found = dict(variable.partition("=")[::2] for variable in variables)
    return found.get("PROMETHEUS_MULTIPROC_DIR")


@pytest.mark.usefixtures("was_up")
def test_a_process_that_keeps_failing_ends_all_and_names_its_log(site: Site) -> None:
    (site.home / "break-indexer").touch()

    up = site.start("up")
    said, _ = up.communicate(timeout=30)

    assert up.returncode == 1
    assert "indexer ended 5 times in a row (exit code 3)" in said
    assert f"{site.home}/logs/indexer.log" in said
    assert "broken on purpose" in said
    assert site.survivors() == []


def test_a_first_run_that_fails_says_why_and_the_next_one_goes_on(site: Site) -> None:
    site.home.mkdir()
    (site.home / "break-search").touch()

    failed = site.run("up")
    (site.home / "break-search").unlink()
    site.up()

    assert failed.returncode == 1
    assert "rebuild ended with 3" in failed.stdout
    assert site.calls().count("demo seed --companies") == 1
    assert site.calls().count("search rebuild") == 2


@pytest.mark.usefixtures("was_up")
@pytest.mark.parametrize("what", ["older fields", "no index"])
def test_an_index_that_is_not_of_today_is_built_anew_at_the_next_start(site: Site, what: str) -> None:
    pointer, steps = site.home / "search" / "pointer-v7", site.home / "steps.json"
    if what == "older fields":
        pointer.rename(pointer.with_name("pointer-v6"))
        steps.write_text(steps.read_text().replace("index-v7", "index-v6"))
    else:
        pointer.unlink()

    site.up()

    assert site.calls().count("search rebuild") == 1
    assert pointer.exists()


@pytest.mark.usefixtures("was_up")
def test_a_world_that_turns_to_a_search_server_fills_it_once(site: Site) -> None:
    server = {"ELASTICSEARCH_URL": "http://127.0.0.1:9"}

    first = site.up(**server)
    filled = site.calls().count("search rebuild")
    first.send_signal(signal.SIGTERM)
    first.wait(30)
    site.up(**server)

    assert (filled, site.calls().count("search rebuild")) == (1, 1)


def test_status_says_what_failed_and_why(site: Site) -> None:
    site.home.mkdir()
    (site.home / "steps.json").write_text('{"companies": true}')
    (site.home / "seeding.json").write_text('{"done": 12, "total": 42, "waiting": ["P02: needs an approval"]}')
    (site.home / "break-demo").touch()
    site.up()
    wait_for(lambda: site.state("history") == "failed")

    answer = site.run("status")

    assert answer.returncode == 1
    assert "12 of 42 events played" in answer.stdout
    assert "waits: P02: needs an approval" in answer.stdout
    assert f"history is failed (exit code 3); the end of {site.home}/logs/history.log:\nbroken on purpose" in answer.stdout
    assert "web:       running" in answer.stdout
    assert "broken on purpose" in site.run("logs", "history").stdout


@pytest.mark.usefixtures("was_up")
def test_a_taken_port_makes_way_for_the_next_free_one(site: Site) -> None:
    with taken_port() as listener:
        wanted = listener.getsockname()[1]
        up = site.up(PORT=str(wanted))

        assert site.running()["port"] > wanted
        assert "millgate_app@" in site.page()
        up.send_signal(signal.SIGINT)
        said, _ = up.communicate(timeout=30)
    assert f"port {wanted} was taken" in said


@pytest.mark.usefixtures("was_up")
def test_a_command_from_another_shell_reaches_the_services_that_the_world_was_given(site: Site) -> None:
    site.up(SMTP_URL="smtp://mail.example:25", SEARCH="", UNRELATED="x")

    assert site.run("run", "setting", "SMTP_URL", SMTP_URL="smtp://elsewhere.example").stdout == "smtp://mail.example:25\n"
    assert site.running()["environment"].keys() >= {"SMTP_URL", "DATABASE_URL"}
    assert "UNRELATED" not in site.running()["environment"]


def test_every_setting_of_the_application_reaches_a_command_from_another_shell() -> None:
    read = set(re.findall(r'"([A-Z_]{4,})"', (REPOSITORY / "marketplace" / "config.py").read_text(encoding="utf-8")))

    assert "SMTP_URL" in read
    assert read - {*GIVEN, "MARKETPLACE_HOME", "PROMETHEUS_MULTIPROC_DIR"} == set(), "these two are always the world's own"


def test_a_command_alone_starts_the_services_for_its_time(site: Site) -> None:
    site.variables["LANG"] = "xx_XX.UTF-8"  # names a locale that no machine has

    answer = site.run("run", "who")
    failed = site.run("run", "fail")
    echo = site.run("run", "echo", typed="clean")

    assert (answer.returncode, answer.stdout) == (0, "millgate_jobs\n")
    assert failed.returncode == 7
    assert (echo.stdout, echo.stderr) == ("clean", "")
    assert site.calls() == ["db upgrade", "who", "fail", "echo"]
    assert site.survivors() == []


@pytest.mark.usefixtures("was_up")
def test_ending_a_command_alone_ends_its_services(site: Site) -> None:
    command = site.start("run", "wait")
    assert command.stdout is not None
    assert command.stdout.readline() == "waiting\n"
    second = site.run("up")

    command.send_signal(signal.SIGTERM)
    command.communicate(timeout=30)

    assert second.returncode == 1
    assert "in use by another command" in second.stdout
    assert command.returncode == 128 + signal.SIGTERM
    assert site.survivors() == []


def test_a_path_of_a_hundred_and_twenty_characters_works(site: Site) -> None:
    site.home = site.home.parent / ("long-" * 24) / "home"
    site.home.parent.mkdir()

    answer = site.run("run", "who")

    assert (answer.returncode, answer.stdout) == (0, "millgate_jobs\n"), answer.stderr
    assert site.run("reset", "--yes").returncode == 0


def test_services_of_others_are_used_and_none_is_started(site: Site) -> None:
    named = {
        "DATABASE_URL": "postgresql+psycopg://app@db/millgate",
        "MIGRATION_DATABASE_URL": "postgresql+psycopg://owner@db/millgate",
        "JOBS_DATABASE_URL": "postgresql+psycopg://jobs@db/millgate",
        "BROKER_URL": "redis://broker/0",
        "STRIPE_API_BASE": "https://payments.example.com",
        "STRIPE_SECRET_KEY": "sk_test_theirs",
        "STRIPE_WEBHOOK_SECRET": "whsec_theirs",
    }

    answer = site.run("run", "echo", typed="hello", **named)

    # The stand-in's migration cannot reach that database, which shows that no other one was there.
    assert answer.returncode == 1
    assert "migrate ended with" in answer.stderr
    assert not (site.home / "postgres").exists()
    assert not (site.home / "valkey").exists()
    assert not (site.home / "simulator").exists()


def test_half_a_database_is_refused_by_name(site: Site) -> None:
    answer = site.run("up", DATABASE_URL="postgresql+psycopg://app@db/millgate")

    assert answer.returncode == 1
    assert "MIGRATION_DATABASE_URL, JOBS_DATABASE_URL must be set too" in answer.stderr


@pytest.mark.usefixtures("was_up")
def test_a_reset_deletes_the_world_and_nothing_else(site: Site) -> None:
    site.run("run", "who")
    (site.home / "holiday.jpg").touch()

    answer = site.run("reset", typed="yes\n")

    assert answer.returncode == 0
    assert sorted(path.name for path in site.home.iterdir()) == ["calls.txt", "holiday.jpg", "lock"]


def _answers(site: Site) -> bool:
    try:
        return "millgate_app@" in site.page()
    except OSError:
        return False
