"""Index pinned turns, which go to the model however long ago they were.

Revision: 0005, after 0004. Not CONCURRENTLY: that would wait for a second process that waits
to migrate, and it for this one. Nothing is pinned yet, so it is empty.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_prompts_pinned ON prompts (interaction_id) WHERE pinned"
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_prompts_pinned", table_name="prompts")
