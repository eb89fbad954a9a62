"""Find whether anybody has spoken to a model: who asks for its dataset is told if nobody has.

Revision: 0030, after 0029. Not CONCURRENTLY: that would wait for a second process that waits
to migrate, and it for this one. There are few models, so the index is small.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_NAME = "ix_interactions_model_id"


def upgrade() -> None:
    """Make the index."""
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX {_NAME} ON interactions (model_id)"
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(_NAME, table_name="interactions")
