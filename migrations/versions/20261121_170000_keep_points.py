"""Keep points in a ledger, and let the verdicts of trusted people weigh more where a policy says.

Revision: 0014, after 0013. Adds tables, and columns with a constant default. The ledger of what
happened before is made by ``flask points rebuild``, out of the log.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WEIGHTS = (
    ("validation_policies", "trusted_weight"),
    ("feedback", "trusted_weight"),
    ("validations", "weight"),
)
TABLES = ("points_entries", "contributors", "contributor_days", "contributor_periods")


def upgrade() -> None:
    """Create the tables and add the columns."""
    for table, column in WEIGHTS:
        op.add_column(table, _count(column, "1"))
    # There is a row a model at most: holding them against it takes no time.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE validation_policies ADD CONSTRAINT ck_validation_policies_trusted_weight "
        "CHECK (trusted_weight >= 1)"
    )
    _create_ledger()
    _create_contributors()


def downgrade() -> None:
    """Drop what upgrade made."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_validation_policies_trusted_weight"), "validation_policies")
    for table, column in reversed(WEIGHTS):
        op.drop_column(table, column)


def _count(name: str, default: str = "0") -> sa.Column:
    return sa.Column(name, sa.Integer(), server_default=sa.text(default), nullable=False)


def _create_ledger() -> None:
    op.create_table(
        "points_entries",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("full_amount", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "sequence", "position", name=op.f("pk_points_entries")),
        sa.UniqueConstraint(
            "rule", "subject", "user_id", name=op.f("uq_points_entries_rule_subject_user_id")
        ),
    )
    op.create_index(op.f("ix_points_entries_feedback_id"), "points_entries", ["feedback_id"])


def _create_contributors() -> None:
    op.create_table(
        "contributors",
        sa.Column("user_id", sa.Text(), nullable=False),
        _count("points"),
        sa.Column("level", sa.Text(), server_default=sa.text("'newcomer'"), nullable=False),
        sa.CheckConstraint(
            "level IN ('contributor', 'expert', 'newcomer', 'trusted')",
            name=op.f("ck_contributors_level"),
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_contributors")),
    )
    op.create_index("ix_contributors_leaders", "contributors", [sa.text("points DESC"), "user_id"])
    op.create_table(
        "contributor_days",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(_count(name) for name in ("points", "authored", "judged", "feedback", "verdicts")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_contributor_days")),
    )
    op.create_table(
        "contributor_periods",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        _count("points"),
        sa.CheckConstraint(
            "period IN ('month', 'week')", name=op.f("ck_contributor_periods_period")
        ),
        sa.PrimaryKeyConstraint("user_id", "period", "start", name=op.f("pk_contributor_periods")),
    )
    op.create_index(
        "ix_contributor_periods_leaders",
        "contributor_periods",
        ["period", "start", sa.text("points DESC"), "user_id"],
    )
