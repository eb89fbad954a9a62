"""Find entries by their questions, answers and conversations, and keep their languages.

Revision: 0022, after 0021. Adds columns that may be null, and indexes: not CONCURRENTLY, that
would wait for a second process that waits to migrate, and it for this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_dataset_entries_model_id_prompt_id": "dataset_entries (model_id, prompt_id DESC)",
    "ix_dataset_entries_response_id": "dataset_entries (response_id)",
    "ix_dataset_entries_interaction_id": "dataset_entries (interaction_id)",
    "ix_dataset_entries_unread": "dataset_entries (id) WHERE language IS NULL",
    "ix_preferences_unread": "preferences (id) WHERE language IS NULL",
}


def upgrade() -> None:
    """Add the columns and the indexes."""
    for table in ("dataset_entries", "preferences"):
        op.add_column(table, sa.Column("language", sa.Text(), nullable=True))
    for name, on in INDEXES.items():
        op.execute(
            f"-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX {name} ON {on}"
        )


def downgrade() -> None:
    """Drop them."""
    for name in reversed(INDEXES):
        op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {name}")
    for table in ("preferences", "dataset_entries"):
        op.drop_column(table, "language")
