"""Let policies demand that whoever judges holds a lease.

Revision: 0024, after 0023. Constant defaults: no row is written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TABLES = ("validation_policies", "feedback")


def upgrade() -> None:
    """Add the columns."""
    for table in _TABLES:
        column = sa.Column(
            "leased_only", sa.Boolean(), server_default=sa.text("false"), nullable=False
        )
        op.add_column(table, column)


def downgrade() -> None:
    """Drop them."""
    for table in _TABLES:
        op.drop_column(table, "leased_only")
