"""Keep where imported feedback came from.

Revision: 0026, after 0025. Adds a table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "imported_feedback",
        sa.Column("importer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_imported_feedback_feedback_id")
        ),
        sa.PrimaryKeyConstraint(
            "importer", "source", "external_id", name=op.f("pk_imported_feedback")
        ),
    )
    op.create_index(op.f("ix_imported_feedback_feedback_id"), "imported_feedback", ["feedback_id"])


def downgrade() -> None:
    """Drop what upgrade made."""
    op.drop_table("imported_feedback")
