"""Note when people were measured last.

Revision: 0028, after 0027. Adds a table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "measurements",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "what IN ('agreement', 'reliability', 'signals')", name=op.f("ck_measurements_what")
        ),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_measurements")),
    )


def downgrade() -> None:
    """Drop what upgrade made."""
    op.drop_table("measurements")
