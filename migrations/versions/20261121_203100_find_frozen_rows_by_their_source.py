"""Find the contents of frozen versions by the entry that they were taken from.

Revision: 0027, after 0026. Who erases a verdict's correction looks for what was learnt from it.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NAME = "ix_dataset_version_contents_source_id"


def upgrade() -> None:
    """Make the index."""
    # Not CONCURRENTLY: that would wait for a second process that waits to migrate, and it for
    # this one.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX {_NAME} ON dataset_version_contents (source_id)"
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(_NAME, table_name="dataset_version_contents")
