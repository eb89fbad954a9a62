"""Index jobs by their status, for the list of those that failed.

Revision: 0004, after 0003. Not CONCURRENTLY: that would wait for a second process that waits
to migrate, and it for this one. A million jobs take a second.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_jobs_status ON jobs (status, id DESC)"
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_jobs_status", table_name="jobs")
