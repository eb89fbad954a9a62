"""Keep what priority is made of, its weights, likenesses of texts, and how work was handed out.

Revision: 0017, after 0016. Indexes are made in place, not CONCURRENTLY: that would wait for a
second process that waits to migrate, and it for this one. Feedback and responses are locked for
writing while theirs are made, some seconds for a million rows.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_PENDING = "WHERE status = 'pending'"
_ANSWERED = "WHERE status IN ('complete', 'cancelled')"
_INDEXES = (
    f"ix_feedback_lots ON feedback (uuid_hash(id)) {_PENDING}",
    f"ix_feedback_lots_by_model ON feedback (model_id, uuid_hash(id)) {_PENDING}",
    f"ix_responses_ratable ON responses (model_id, id DESC) {_ANSWERED}",
)


def upgrade() -> None:
    """Add the columns, which are null or have constant defaults, the tables and the indexes."""
    for name in ("factors", "stances"):
        op.add_column("feedback", sa.Column(name, JSONB(), nullable=True))
    share = sa.Column("random_share", sa.Double(), server_default=sa.text("0.05"), nullable=False)
    op.add_column("validation_policies", share)
    weights = sa.Column(
        "priority",
        JSONB(),
        server_default=sa.text("'{}'::jsonb"),
        nullable=False,
    )
    op.add_column("validation_policies", weights)
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE validation_policies ADD CONSTRAINT ck_validation_policies_random_share "
        "CHECK (random_share BETWEEN 0 AND 1)"
    )
    _create_sketches()
    _create_handouts()
    for index in _INDEXES:
        op.execute(f"-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX {index}")


def downgrade() -> None:
    """Drop all of it."""
    op.drop_index("ix_responses_ratable", "responses")
    op.drop_index("ix_feedback_lots_by_model", "feedback")
    op.drop_index("ix_feedback_lots", "feedback")
    op.drop_table("handouts")
    op.drop_table("feedback_sketches")
    for name in ("priority", "random_share"):
        op.drop_column("validation_policies", name)
    for name in ("stances", "factors"):
        op.drop_column("feedback", name)


def _create_sketches() -> None:
    bands = [f"band_{number}" for number in (1, 2, 3)]
    op.create_table(
        "feedback_sketches",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        *(sa.Column(band, sa.BigInteger(), nullable=False) for band in bands),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_sketches_feedback_id")
        ),
        sa.PrimaryKeyConstraint("feedback_id", name=op.f("pk_feedback_sketches")),
    )
    for band in bands:
        op.create_index(op.f(f"ix_feedback_sketches_{band}"), "feedback_sketches", [band])


def _create_handouts() -> None:
    op.create_table(
        "handouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("validator_id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("way IN ('priority', 'random')", name=op.f("ck_handouts_way")),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_handouts_feedback_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handouts")),
    )
    for names in (["way"], ["model_id", "way"]):
        op.create_index(
            op.f(f"ix_handouts_{'_'.join(names)}"), "handouts", [*names, sa.text("id DESC")]
        )
    op.create_index(op.f("ix_handouts_feedback_id"), "handouts", ["feedback_id"])
