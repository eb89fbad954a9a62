"""Runs migrations: one at a time, each in its transaction, never waiting long for a lock."""

from alembic import context
from flask import current_app
from sqlalchemy import text

# Any constant will do, as long as every process that migrates takes the same.
_LOCK = 4_207_311_946
_LOCK_TIMEOUT = "4s"
_STATEMENT_TIMEOUT = "60s"
# The queue's own tables come from its own scripts, not from models of ours.
_QUEUE_PREFIX = "procrastinate_"

migrate = current_app.extensions["migrate"]


def is_ours(name, type_, parent_names):
    """Leave the queue's tables out of comparisons with the models."""
    del parent_names
    return not (type_ == "table" and name and name.startswith(_QUEUE_PREFIX))


def options():
    """Return what both ways of running have in common."""
    return {
        "target_metadata": migrate.db.metadata,
        "include_name": is_ours,
        "compare_type": True,
        "compare_server_default": False,
        "transaction_per_migration": True,
    }


def run_offline():
    """Print the SQL instead of running it."""
    # With named parameters a percent sign is printed as it is.
    context.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        literal_binds=True,
        **options(),
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online():
    """Run the migrations; a second process waits until the first is done."""
    with migrate.db.engine.connect() as connection:
        connection.execute(text(f"SET statement_timeout = '{_STATEMENT_TIMEOUT}'"))
        connection.execute(text("SET lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
        connection.commit()
        context.configure(connection=connection, **options())
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            # The pool must not hand these settings on.
            connection.execute(text("RESET ALL"))
            connection.commit()
            connection.invalidate()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
