"""Migrations: there and back again, equal to the models, and safe to run by several at once."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, text

from app import create_app
from app.db import db

# The library that compares does not know the type of transaction numbers.
pytestmark = pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
ROOT = Path(__file__).parents[2]
SCHEMA = """
SELECT 'column', table_name || '.' || column_name,
       concat_ws(' ', data_type, udt_name, is_nullable, column_default, is_identity)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'function', p.oid::regprocedure::text,
       translate(pg_get_functiondef(p.oid), E' \\t\\n', '')
FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
UNION ALL
SELECT 'type', typname, typtype::text
FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3
"""


@pytest.fixture
def fresh(config, migrated_app):
    """An application on a database that no migration has seen."""
    admin = create_engine(config.sqlalchemy_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS fresh"))
        connection.execute(text("CREATE DATABASE fresh"))
    url = config.database_url.replace("/interactions?", "/fresh?")
    app = create_app(replace(config, database_url=url))
    with app.app_context():
        yield app
        db.engine.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE fresh WITH (FORCE)"))
    admin.dispose()


def schema():
    with db.engine.connect() as connection:
        rows = connection.execute(text(SCHEMA)).all()
    return [tuple(row) for row in rows]


def test_up_and_down_and_up_again_ends_where_up_did(fresh):
    upgrade()
    once = schema()
    assert len(once) > 200
    downgrade(revision="base")
    left = {name for _, name, _ in schema() if not name.startswith("alembic_version")}
    assert left == set()
    upgrade()
    assert schema() == once


def test_the_migrations_make_the_tables_of_the_models(fresh):
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: (
                    kind != "table" or not name.startswith("procrastinate_")
                ),
            },
        )
        assert compare_metadata(context, db.metadata) == []


def test_a_model_that_no_migration_knows_would_be_noticed(fresh):
    upgrade()
    with db.engine.connect() as connection:
        connection.execute(text("ALTER TABLE prompts DROP COLUMN context"))
        connection.execute(text("DROP INDEX ix_feedback_queue"))
        context = MigrationContext.configure(connection)
        found = [difference[0] for difference in compare_metadata(context, db.metadata)]
        connection.rollback()
    assert {"add_column", "add_index"} <= set(found)


def test_two_processes_may_migrate_at_once(fresh, environment):
    url = fresh.extensions["settings"].database_url
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"],
            cwd=ROOT,
            env={**os.environ, **environment, "DATABASE_URL": url},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    with db.engine.connect() as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    assert [row[0] for row in versions] == [fresh.extensions["expected_revision"]]


def test_a_second_run_changes_nothing(fresh):
    upgrade()
    once = schema()
    upgrade()
    assert schema() == once


def test_a_migration_does_not_wait_long_for_a_table_in_use(fresh):
    upgrade()
    with db.engine.connect() as holder:
        holder.execute(text("LOCK TABLE interactions IN ACCESS SHARE MODE"))
        with pytest.raises(Exception, match="lock timeout"):
            downgrade(revision="base")
        holder.rollback()
    assert len(schema()) > 200


def test_what_migrating_sets_does_not_stay_on_the_connection(fresh):
    upgrade()
    with db.engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "15s"
        held = connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
    assert held == 0


def test_the_sql_that_can_be_read_before_makes_the_same_tables(fresh, capsys):
    upgrade(sql=True)
    printed = capsys.readouterr().out
    raw = db.engine.raw_connection()
    raw.driver_connection.autocommit = True
    with raw.cursor() as cursor:
        cursor.execute(printed)
    raw.close()
    by_hand = schema()
    downgrade(revision="base")
    upgrade()
    assert schema() == by_hand
