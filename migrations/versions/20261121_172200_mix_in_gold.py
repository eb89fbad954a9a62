"""Let administrators mark feedback as gold and have it mixed into the work of validators.

Revision: 0016, after 0015. Adds tables, and columns that may be null or have a constant default.
Not CONCURRENTLY: that would wait for a second process that waits to migrate, and it for this one.
No feedback is gold yet, so the index is empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and add the columns."""
    op.add_column("feedback", sa.Column("gold_version", sa.Integer(), nullable=True))
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_feedback_gold ON feedback (model_id)"
        " WHERE gold_version IS NOT NULL AND status = 'pending'"
    )
    op.add_column(
        "validation_policies",
        sa.Column("gold_share", sa.Double(), server_default=sa.text("0"), nullable=False),
    )
    op.execute(
        # A row for each model: it is read in no time.
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE validation_policies ADD CONSTRAINT ck_validation_policies_gold_share"
        " CHECK (gold_share BETWEEN 0 AND 1)"
    )
    _create_items()
    _create_leases()
    _create_answers()


def downgrade() -> None:
    """Drop what upgrade made."""
    for table in ("gold_answers", "gold_leases", "gold_items"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_validation_policies_gold_share"), "validation_policies")
    op.drop_column("validation_policies", "gold_share")
    op.drop_index("ix_feedback_gold", table_name="feedback")
    op.drop_column("feedback", "gold_version")


def _time(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _create_items() -> None:
    op.create_table(
        "gold_items",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("is_valid", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("marked_by", sa.Text(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_gold_items_feedback_id")
        ),
        sa.PrimaryKeyConstraint("feedback_id", name=op.f("pk_gold_items")),
    )


def _create_leases() -> None:
    op.create_table(
        "gold_leases",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("validator_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["gold_items.feedback_id"], name=op.f("fk_gold_leases_feedback_id")
        ),
        sa.PrimaryKeyConstraint("feedback_id", "validator_id", name=op.f("pk_gold_leases")),
        sa.UniqueConstraint("token", name=op.f("uq_gold_leases_token")),
    )
    op.create_index(op.f("ix_gold_leases_validator_id"), "gold_leases", ["validator_id"])


def _create_answers() -> None:
    op.create_table(
        "gold_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("validator_id", sa.Text(), nullable=False),
        sa.Column("is_valid", sa.Boolean(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["gold_items.feedback_id"], name=op.f("fk_gold_answers_feedback_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold_answers")),
        sa.UniqueConstraint(
            "feedback_id", "validator_id", name=op.f("uq_gold_answers_feedback_id_validator_id")
        ),
    )
    op.create_index(
        op.f("ix_gold_answers_validator_id"),
        "gold_answers",
        ["validator_id", sa.text("id DESC")],
    )
