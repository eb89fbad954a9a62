"""Keep what changes of feedback replaced.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "feedback_revisions",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaced", JSONB(), nullable=False),
        sa.Column(
            "replaced_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_revisions_feedback_id")
        ),
        sa.PrimaryKeyConstraint("feedback_id", "version", name=op.f("pk_feedback_revisions")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("feedback_revisions")
