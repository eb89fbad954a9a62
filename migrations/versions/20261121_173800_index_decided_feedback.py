"""Index feedback by when it was decided, for the rates of the backlog.

Revision: 0019, after 0018. Not CONCURRENTLY: that would wait for a second process that waits
to migrate, and it for this one. A million decided ones take a second.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_feedback_decided ON feedback (decided_at, model_id)"
        " WHERE decided_at IS NOT NULL"
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_feedback_decided", table_name="feedback")
