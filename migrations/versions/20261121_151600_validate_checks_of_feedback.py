"""Validate the checks of flags and of what cannot be judged, without keeping readers out.

Revision: 0010, after 0009.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Look at every row once."""
    op.execute("ALTER TABLE feedback VALIDATE CONSTRAINT ck_feedback_flag_reason")
    op.execute("ALTER TABLE dimension_ratings VALIDATE CONSTRAINT ck_dimension_ratings_score")


def downgrade() -> None:
    """Leave them as they are: dropped with their columns."""
