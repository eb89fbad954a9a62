"""The one transaction boundary: commit at the end, roll back on anything raised, join inside."""

import pytest
from psycopg2 import errorcodes
from sqlalchemy import text
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db import db, is_passing, lone_transaction, transaction
from app.models import Dimension

COUNT = text("SELECT count(*) FROM idempotency_keys")
ADD = text("INSERT INTO idempotency_keys (caller, route, key, fingerprint) VALUES (:k, '', '', '')")


@pytest.fixture
def inside(app):
    with app.app_context():
        yield


def kept():
    with db.engine.connect() as connection:
        return connection.scalar(COUNT)


@pytest.mark.usefixtures("inside")
def test_it_commits_when_its_block_ends():
    with transaction() as session:
        session.execute(ADD, {"k": "a"})
        assert kept() == 0
    assert kept() == 1


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_whatever_is_raised_rolls_it_back(kind):
    def fail():
        with transaction() as session:
            session.execute(ADD, {"k": "a"})
            raise kind

    with pytest.raises(kind):
        fail()
    assert kept() == 0
    with transaction() as session:
        session.execute(ADD, {"k": "b"})
    assert kept() == 1


@pytest.mark.usefixtures("inside")
def test_an_inner_block_joins_the_outer_one():
    def fail():
        with transaction() as outer:
            outer.execute(ADD, {"k": "a"})
            with transaction() as inner:
                assert inner is outer
                inner.execute(ADD, {"k": "b"})
            assert kept() == 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert kept() == 0


@pytest.mark.usefixtures("inside")
def test_what_was_loaded_can_be_read_after_the_commit(alice):
    with transaction() as session:
        found = session.query(Dimension).first()
    assert found.name


@pytest.mark.usefixtures("inside")
def test_no_connection_is_held_after_it():
    with transaction() as session:
        session.execute(COUNT)
        assert db.engine.pool.checkedout() == 1
    assert db.engine.pool.checkedout() == 0


@pytest.mark.usefixtures("inside")
def test_json_and_times_go_in_and_out_as_they_are():
    with transaction() as session:
        value = session.scalar(text("""SELECT '{"a": [1, 2.5, null, "é"]}'::jsonb"""))
        zone = session.scalar(text("SHOW timezone"))
    assert value == {"a": [1, 2.5, None, "é"]}
    assert zone == "UTC"


@pytest.mark.usefixtures("inside")
def test_a_connection_that_the_server_has_ended_is_not_handed_out():
    with db.engine.connect() as connection:
        ended = connection.scalar(text("SELECT pg_backend_pid()"))
    with lone_transaction(db.engine.url) as session:
        session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ended})
    with transaction() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != ended


def test_a_lone_one_needs_no_application(config, app):
    with lone_transaction(config.sqlalchemy_url) as session:
        session.execute(ADD, {"k": "a"})
    with app.app_context():
        assert kept() == 1


def of(kind, code=None, *, invalidated=False):
    """Return an error as the driver's with such a code becomes one."""
    original = Exception(code)
    original.pgcode = code
    return kind("SELECT", {}, original, connection_invalidated=invalidated)


@pytest.mark.parametrize(
    "error",
    [
        of(OperationalError),
        of(InterfaceError),
        of(DBAPIError, invalidated=True),
        of(DBAPIError, errorcodes.SERIALIZATION_FAILURE),
        of(DBAPIError, errorcodes.DEADLOCK_DETECTED),
        of(DBAPIError, errorcodes.LOCK_NOT_AVAILABLE),
        of(DBAPIError, errorcodes.QUERY_CANCELED),
        of(DBAPIError, errorcodes.TOO_MANY_CONNECTIONS),
        of(DBAPIError, errorcodes.ADMIN_SHUTDOWN),
        of(DBAPIError, errorcodes.CONNECTION_FAILURE),
        PoolTimeoutError("full"),
    ],
)
def test_what_may_succeed_later_is_told_apart(error):
    assert is_passing(error)


@pytest.mark.parametrize(
    "error",
    [
        of(IntegrityError, errorcodes.UNIQUE_VIOLATION),
        of(ProgrammingError, errorcodes.UNDEFINED_TABLE),
        of(DBAPIError),
        ValueError("x"),
    ],
)
def test_what_fails_again_is_told_apart(error):
    assert not is_passing(error)
