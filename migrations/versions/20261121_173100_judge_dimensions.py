"""Let verdicts judge single dimensions and correct, and say which version they are about.

Revision: 0018, after 0017. Adds a table, and columns that may be null or have a constant
default.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = (
    ("dataset_entries", "correction_id"),
    ("dimension_ratings", "refuted"),
    ("validation_places", "feedback_version"),
    ("validations", "blind"),
    ("validations", "feedback_version"),
    ("validations", "correction"),
    ("gold_answers", "feedback_version"),
    ("gold_answers", "dimension_verdicts"),
    ("gold_answers", "correction"),
    ("gold_answers", "weight"),
)


def upgrade() -> None:
    """Add the columns and make the table."""
    no = sa.text("false")
    one, nothing = sa.text("1"), sa.text("'[]'::jsonb")
    for table in ("validations", "gold_answers"):
        op.add_column(table, sa.Column("correction", sa.Text(), nullable=True))
    said = sa.Column(
        "dimension_verdicts", postgresql.JSONB(), server_default=nothing, nullable=False
    )
    op.add_column("gold_answers", said)
    weight = sa.Column("weight", sa.Integer(), server_default=one, nullable=False)
    op.add_column("gold_answers", weight)
    for table in ("validations", "validation_places", "gold_answers"):
        op.add_column(table, sa.Column("feedback_version", sa.Integer(), nullable=True))
    for table, name in (("validations", "blind"), ("dimension_ratings", "refuted")):
        op.add_column(table, sa.Column(name, sa.Boolean(), server_default=no, nullable=False))
    op.add_column("dataset_entries", sa.Column("correction_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_dataset_entries_correction_id"),
        "dataset_entries",
        "validations",
        ["correction_id"],
        ["id"],
        postgresql_not_valid=True,
    )
    _create_dimensions()


def downgrade() -> None:
    """Drop what upgrade made."""
    op.drop_table("validation_dimensions")
    for table, column in COLUMNS:
        op.drop_column(table, column)


def _create_dimensions() -> None:
    score = postgresql.JSONB(none_as_null=True)
    op.create_table(
        "validation_dimensions",
        sa.Column("validation_id", sa.Uuid(), nullable=False),
        sa.Column("dimension_id", sa.Uuid(), nullable=False),
        sa.Column("dimension_version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_valid", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("correct_score", score, nullable=True),
        sa.CheckConstraint(
            "NOT is_valid OR correct_score IS NULL",
            name=op.f("ck_validation_dimensions_correct_score"),
        ),
        sa.ForeignKeyConstraint(
            ["validation_id"],
            ["validations.id"],
            name=op.f("fk_validation_dimensions_validation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["dimension_id", "dimension_version"],
            ["dimension_versions.dimension_id", "dimension_versions.version"],
            name=op.f("fk_validation_dimensions_dimension_id_dimension_version"),
        ),
        sa.PrimaryKeyConstraint(
            "validation_id", "dimension_id", name=op.f("pk_validation_dimensions")
        ),
    )
    op.create_index(
        op.f("ix_validation_dimensions_dimension_id_dimension_version"),
        "validation_dimensions",
        ["dimension_id", "dimension_version"],
    )
