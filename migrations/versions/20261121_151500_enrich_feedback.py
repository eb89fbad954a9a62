"""Let flags have reasons, let people say that they cannot judge, and point at parts of a text.

Revision: 0009, after 0008. The next one validates the checks, which every row there is keeps.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, which are null or have constant defaults, and make the table."""
    no = sa.text("false")
    for table in ("feedback", "dimension_ratings"):
        cannot = sa.Column("cannot_judge", sa.Boolean(), server_default=no, nullable=False)
        op.add_column(table, cannot)
        op.add_column(table, sa.Column("cannot_judge_reason", sa.Text(), nullable=True))
    op.add_column("feedback", sa.Column("flag_reason", sa.Text(), nullable=True))
    op.execute(
        "ALTER TABLE feedback ADD CONSTRAINT ck_feedback_flag_reason CHECK "
        "(flag_reason IN ('off_topic', 'other', 'pii', 'spam', 'unsafe')) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore ban-drop-not-null\n"
        "ALTER TABLE dimension_ratings ALTER COLUMN score DROP NOT NULL"
    )
    op.execute(
        "ALTER TABLE dimension_ratings ADD CONSTRAINT ck_dimension_ratings_score CHECK "
        "(cannot_judge = (score IS NULL)) NOT VALID"
    )
    op.create_table(
        "feedback_spans",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("dimension_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("0 <= start AND start < stop", name=op.f("ck_feedback_spans_start")),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimensions.id"], name=op.f("fk_feedback_spans_dimension_id")
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_spans_feedback_id")
        ),
        sa.PrimaryKeyConstraint("feedback_id", "position", name=op.f("pk_feedback_spans")),
    )


def downgrade() -> None:
    """Drop all of it; what nobody could judge has no score to go back to."""
    op.drop_table("feedback_spans")
    op.drop_constraint("ck_dimension_ratings_score", "dimension_ratings")
    op.execute("DELETE FROM dimension_ratings WHERE score IS NULL")
    op.alter_column("dimension_ratings", "score", nullable=False)
    op.drop_constraint("ck_feedback_flag_reason", "feedback")
    op.drop_column("feedback", "flag_reason")
    for table in ("dimension_ratings", "feedback"):
        op.drop_column(table, "cannot_judge_reason")
        op.drop_column(table, "cannot_judge")
