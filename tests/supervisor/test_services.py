"""The embedded servers, as the test-suite and `up` use them."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from marketplace.supervisor import rootless
from marketplace.supervisor.postgres import Postgres, binaries
from marketplace.supervisor.sockets import PATH_LIMIT_BYTES, free_port, socket_folder
from tests.services import start_postgres, start_valkey
from tests.supervisor.stand_in import REPOSITORY, taken_port, wait_for

# Becomes, by way of a user namespace that allows no further one, what root is in a container that forbids them.
LIMITED = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
(asked, ask), (told, tell) = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    assert libc.unshare(0x10000000) == 0
    os.write(ask, b"x"), os.read(told, 1)
    open("/proc/sys/user/max_user_namespaces", "w").write("0")
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(asked, 1)
for name in ("uid_map", "gid_map"):
    open(f"/proc/{child}/{name}", "w").write("0 0 65536")
os.write(tell, b"x")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
START = """
import sys
from pathlib import Path
from tests.services import start_postgres
server = start_postgres(Path(sys.argv[1]))
with server.connect("millgate", "millgate_app") as connection:
    print(connection.execute("SELECT current_user").fetchone()[0], server.sockets, flush=True)
server.stop()
server.remove()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One throw-away PostgreSQL for this file."""
    server = start_postgres(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


def test_pages_act_for_every_company_only_by_an_explicit_set_role(server: Postgres) -> None:
    with server.connect("millgate") as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS walls (company text)")
        owner.execute("INSERT INTO walls VALUES ('norrvik')")
        owner.execute("ALTER TABLE walls ENABLE ROW LEVEL SECURITY")
        owner.execute("GRANT SELECT ON walls TO millgate_app, millgate_jobs")

    with server.connect("millgate", "millgate_app") as page:
        before = page.execute("SELECT count(*) FROM walls").fetchone()
        page.execute("SET ROLE millgate_jobs")
        after = page.execute("SELECT count(*) FROM walls").fetchone()

    assert (before, after) == ((0,), (1,))


def test_roles_have_no_more_rights_than_they_need(server: Postgres) -> None:
    with server.connect() as connection:
        found = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname LIKE 'millgate%' ORDER BY 1"
        ).fetchall()
        owner = connection.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'millgate'").fetchone()

    assert found == [
        ("millgate_app", False, False, False, False),
        ("millgate_jobs", False, True, False, False),
        ("millgate_owner", False, False, False, False),
    ]
    assert owner == ("millgate_owner",)


def test_making_the_roles_again_changes_nothing(server: Postgres) -> None:
    server.make_roles()
    server.make_roles()

    assert server.has_database("millgate")


@pytest.mark.parametrize("role", ["millgate_app", "millgate_jobs"])
def test_a_row_of_a_small_table_is_looked_up_and_not_searched_for(server: Postgres, role: str) -> None:
    with server.connect("millgate", "millgate_owner") as owner:
        owner.execute("CREATE TABLE yards AS SELECT n AS id, md5(n::text) AS name, md5(n::text) AS street FROM generate_series(1, 200) n")
        owner.execute("ALTER TABLE yards ADD PRIMARY KEY (id)")
        owner.execute(f"GRANT SELECT ON yards TO {role}")
        owner.execute("ANALYZE yards")
    try:
        with server.connect("millgate", role) as reader:
            plan = "\n".join(line for (line,) in reader.execute("EXPLAIN SELECT name FROM yards WHERE id = 7"))
    finally:
        with server.connect("millgate", "millgate_owner") as owner:
            owner.execute("DROP TABLE yards")

    assert "Index Scan" in plan


def test_chinese_words_have_a_similarity(server: Postgres) -> None:
    with server.connect("millgate", "millgate_app") as connection:
        row = connection.execute("SELECT similarity('不锈钢法兰', '不锈钢')").fetchone()

    assert row is not None
    assert row[0] > 0.3


def test_a_copy_of_a_template_holds_its_rows_and_can_be_dropped_while_in_use(server: Postgres) -> None:
    server.create_database("pattern")
    with server.connect("pattern", "millgate_owner") as connection:
        connection.execute("CREATE TABLE things AS SELECT 7 AS number")
    server.create_database("copied", template="pattern")

    with server.connect("copied", "millgate_owner") as connection:
        row = connection.execute("SELECT number FROM things").fetchone()
        server.drop_database("copied")
        with pytest.raises(psycopg.errors.AdminShutdown):
            connection.execute("SELECT 1")

    assert row == (7,)
    assert not server.has_database("copied")


def test_the_database_is_reached_by_a_closed_socket_only(server: Postgres) -> None:
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    with server.connect() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert f"host={server.sockets}" in server.url("millgate_app")


def test_a_killed_server_starts_again_with_what_was_acknowledged(tmp_path: Path) -> None:
    server = start_postgres(tmp_path, durable=True)
    with server.connect("millgate", "millgate_owner") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert server.child is not None
    server.child.kill_group()
    server.child.finish()

    server.start()

    with server.connect("millgate", "millgate_owner") as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    server.stop()


def test_a_lock_file_that_names_a_strangers_process_does_not_stop_the_start(tmp_path: Path) -> None:
    server = start_postgres(tmp_path)
    server.stop()
    (server.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{server.folder}\n1\n5432\n{server.sockets}\n\n0 0\nready\n")

    server.start()

    assert server.is_ready()
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for the server")
def test_root_without_user_namespaces_runs_the_server_as_nobody(tmp_path: Path) -> None:
    closed = tmp_path / "data"
    command = [sys.executable, "-c", LIMITED, sys.executable, "-c", START, str(closed)]
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}

    answer = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    outside = rootless.outside_folder(closed / "postgres")
    assert answer.stderr == ""
    assert answer.stdout.split() == ["millgate_app", str(outside)]
    assert not outside.exists()


def test_the_broker_keeps_every_message_and_listens_on_no_port(tmp_path: Path) -> None:
    server = start_valkey(tmp_path)
    client = redis.Redis.from_url(server.url_of(1))

    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert client.config_get("port") == {"port": "0"}
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    client.close()
    server.stop()


def test_a_long_folder_gets_a_short_closed_socket_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()

    found = socket_folder(folder, "valkey.sock")

    assert len(os.fsencode(found / "valkey.sock")) <= PATH_LIMIT_BYTES
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
    assert found == socket_folder(folder, "valkey.sock")
    found.rmdir()


def test_a_socket_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)

    with pytest.raises(PermissionError):
        socket_folder(tmp_path, "valkey.sock")


def test_a_taken_port_is_passed_over() -> None:
    with taken_port() as listener:
        port = listener.getsockname()[1]

        assert free_port(port) > port


def test_services_die_with_the_process_that_started_them(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom tests.services import start_postgres, start_valkey\n"
        "start_postgres(Path(sys.argv[1]))\nstart_valkey(Path(sys.argv[1]))\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}

    subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=variables, check=False)

    def is_gone() -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(tmp_path / "run" / "valkey.sock")) != 0 and not (tmp_path / "postgres" / "postmaster.pid").exists()

    wait_for(is_gone, 10)


def test_the_installed_server_has_the_tools_for_backups() -> None:
    assert all((binaries() / name).exists() for name in ("psql", "pg_dump", "pg_restore"))
