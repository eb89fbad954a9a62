"""Keep what a question was estimated at when tokens were set aside for it.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; NULL takes no time, however many rows there are."""
    op.add_column("responses", sa.Column("estimated_tokens", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("responses", "estimated_tokens")
