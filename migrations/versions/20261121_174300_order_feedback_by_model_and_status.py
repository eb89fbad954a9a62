"""Let the index of feedback by model and status have the newest first.

Revision: 0020, after 0019. Not CONCURRENTLY: that would wait for a second process that waits to
migrate, and it for this one. Nobody writes feedback while it is made, some seconds for a
million rows.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NAME = "ix_feedback_model_id_status"


def upgrade() -> None:
    """Make it anew, with one column more."""
    _remake("model_id, status, id DESC")


def downgrade() -> None:
    """Make it as it was."""
    _remake("model_id, status")


def _remake(columns: str) -> None:
    op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {_NAME}")
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX {_NAME} ON feedback ({columns})"
    )
