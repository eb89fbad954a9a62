"""Find the first gold to deal, and what was dealt to somebody, by an index each.

Revision: 0029, after 0028. Not CONCURRENTLY: that would wait for a second process that waits
to migrate, and it for this one. Gold is made by hand, so there is little of it.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes, of which one is in place of another."""
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_feedback_gold_queue ON feedback (priority DESC, id DESC)"
        " WHERE gold_version IS NOT NULL AND status = 'pending'"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_feedback_gold_queue_by_model"
        " ON feedback (model_id, priority DESC, id DESC)"
        " WHERE gold_version IS NOT NULL AND status = 'pending'"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_gold_leases_dealt ON gold_leases (validator_id, expires_at)"
        " WHERE expires_at IS NOT NULL"
    )
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_feedback_gold")


def downgrade() -> None:
    """Put things back."""
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_feedback_gold ON feedback (model_id)"
        " WHERE gold_version IS NOT NULL AND status = 'pending'"
    )
    op.drop_index("ix_gold_leases_dealt", table_name="gold_leases")
    op.drop_index("ix_feedback_gold_queue_by_model", table_name="feedback")
    op.drop_index("ix_feedback_gold_queue", table_name="feedback")
