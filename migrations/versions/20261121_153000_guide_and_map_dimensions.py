"""Keep guidance and anchors of dimensions, and how scores carry over to a new scale.

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, which are null or have a constant default."""
    op.add_column("dimensions", sa.Column("guidance", sa.Text(), nullable=True))
    none = sa.text("'[]'::jsonb")
    op.add_column("dimensions", sa.Column("anchors", JSONB(), server_default=none, nullable=False))
    op.add_column("dimension_versions", sa.Column("mapping", JSONB(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("dimension_versions", "mapping")
    op.drop_column("dimensions", "anchors")
    op.drop_column("dimensions", "guidance")
