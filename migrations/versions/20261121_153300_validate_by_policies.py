"""Let a policy per model say how feedback is validated.

Revision: 0013, after 0012. Adds tables, and columns that may be null or have a constant
default. Not CONCURRENTLY: that would wait for a second process that waits to migrate, and it
for this one. No feedback is tied yet, so the index is empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = (
    ("dataset_entries", "withdrawn_at"),
    ("dataset_entries", "decision_id"),
    ("feedback", "appeal"),
    ("feedback", "return_reason"),
    ("feedback", "blind"),
    ("feedback", "quorum"),
    ("feedback", "validators"),
)


def upgrade() -> None:
    """Create the tables and add the columns."""
    _create_policies()
    _create_places()
    _create_decisions()
    _add_columns()
    # A verdict needs a place; those from before there were places are left alone.
    op.create_foreign_key(
        op.f("fk_validations_feedback_id_round_validator_id"),
        "validations",
        "validation_places",
        ["feedback_id", "round", "validator_id"],
        ["feedback_id", "round", "validator_id"],
        postgresql_not_valid=True,
    )
    # Null is a verdict that sends the feedback back.
    # Code before this revision writes both always, and so goes on working.
    for table, column in (("validations", "is_valid"), ("dataset_entries", "validation_id")):
        op.execute(
            "-- squawk-ignore ban-drop-not-null\n"
            f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"
        )


def downgrade() -> None:
    """Drop what upgrade made, and what only it can hold."""
    op.execute("DELETE FROM dataset_entries WHERE validation_id IS NULL")
    op.execute("DELETE FROM validations WHERE is_valid IS NULL")
    op.alter_column("dataset_entries", "validation_id", nullable=False)
    op.alter_column("validations", "is_valid", nullable=False)
    op.drop_constraint(op.f("fk_validations_feedback_id_round_validator_id"), "validations")
    op.drop_index("ix_feedback_tied", table_name="feedback")
    for table, column in COLUMNS:
        op.drop_column(table, column)
    for table in ("decisions", "validation_places", "validation_policies"):
        op.drop_table(table)


def _time(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _create_policies() -> None:
    op.create_table(
        "validation_policies",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("validators", sa.Integer(), nullable=False),
        sa.Column("quorum", sa.Double(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("lease_seconds", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.CheckConstraint("validators >= 1", name=op.f("ck_validation_policies_validators")),
        sa.CheckConstraint("quorum BETWEEN 0.5 AND 1", name=op.f("ck_validation_policies_quorum")),
        sa.CheckConstraint("lease_seconds >= 1", name=op.f("ck_validation_policies_lease_seconds")),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_validation_policies")),
    )


def _create_places() -> None:
    op.create_table(
        "validation_places",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("validators", sa.Integer(), nullable=False),
        sa.Column("validator_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "place BETWEEN 1 AND validators", name=op.f("ck_validation_places_place")
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_validation_places_feedback_id")
        ),
        sa.PrimaryKeyConstraint("feedback_id", "round", "place", name=op.f("pk_validation_places")),
        sa.UniqueConstraint(
            "feedback_id",
            "round",
            "validator_id",
            name=op.f("uq_validation_places_feedback_id_round_validator_id"),
        ),
        sa.UniqueConstraint("token", name=op.f("uq_validation_places_token")),
    )
    op.create_index(
        "ix_validation_places_leased",
        "validation_places",
        ["validator_id", "expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("is_valid", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_decisions_feedback_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_feedback_id"), "decisions", ["feedback_id"])


def _add_columns() -> None:
    for column in (
        sa.Column("validators", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("quorum", sa.Double(), server_default=sa.text("0.5"), nullable=False),
        sa.Column("blind", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=True),
    ):
        op.add_column("feedback", column)
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_feedback_tied ON feedback (id DESC) WHERE status = 'tied'"
    )
    op.add_column("dataset_entries", sa.Column("decision_id", sa.Uuid(), nullable=True))
    op.add_column(
        "dataset_entries", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_dataset_entries_decision_id"),
        "dataset_entries",
        "decisions",
        ["decision_id"],
        ["id"],
        postgresql_not_valid=True,
    )
