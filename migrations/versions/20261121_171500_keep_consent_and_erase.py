"""Keep consent with its policy, rules of privacy per model, erasures and exports.

Revision: 0015, after 0014. Rows from before have no policy that consent was given under.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns, the tables and the index."""
    op.add_column("interactions", sa.Column("consent_policy", sa.Text(), nullable=True))
    for name in ("consent_at", "erased_at"):
        op.add_column("interactions", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    _create_policies()
    _create_erasures()
    _create_exports()
    # Not CONCURRENTLY: that would wait for a second process that waits to migrate, and it for
    # this one.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_events_actor ON events (actor)"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_events_actor", table_name="events")
    for table in ("dataset_exports", "erasures", "privacy_policies"):
        op.drop_table(table)
    for name in ("erased_at", "consent_at", "consent_policy"):
        op.drop_column("interactions", name)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _object(name: str) -> sa.Column[object]:
    return sa.Column(
        name, postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
    )


def _create_policies() -> None:
    op.create_table(
        "privacy_policies",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("pii", sa.Text(), nullable=False),
        sa.Column("texts_days", sa.Integer(), nullable=True),
        sa.Column("raw_days", sa.Integer(), nullable=True),
        sa.Column("chunks_days", sa.Integer(), nullable=True),
        _object("reached"),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.CheckConstraint("pii IN ('drop', 'mask', 'off')", name=op.f("ck_privacy_policies_pii")),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_privacy_policies")),
    )


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        _object("counts"),
        _object("held"),
        _time("created_at"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_erasures_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("user_id", name=op.f("uq_erasures_user_id")),
    )


def _create_exports() -> None:
    op.create_table(
        "dataset_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        _time("created_at"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_exports")),
    )
    op.create_index(
        op.f("ix_dataset_exports_model_id"), "dataset_exports", ["model_id", sa.text("id DESC")]
    )
