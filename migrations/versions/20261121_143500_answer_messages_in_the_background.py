"""Count how often jobs were begun, and find the messages of a conversation that wait.

Revision: 0007, after 0006. Not CONCURRENTLY: that would wait for a second process that waits
to migrate, and it for this one. No message waits yet, so the index is empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, which has a constant default, and make the index."""
    op.add_column(
        "jobs", sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_jobs_messages_waiting ON jobs ((arguments ->> 'interaction_id')) "
        "WHERE kind = 'message' AND status IN ('queued', 'running')"
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_jobs_messages_waiting", table_name="jobs")
    op.drop_column("jobs", "attempts")
