"""Keep what is measured of people, and what looks odd.

Revision: 0023, after 0022. Adds tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KINDS = "'approval_pair', 'burst', 'crowd', 'near_duplicates', 'straight_lining', 'too_fast'"


def upgrade() -> None:
    """Create the tables."""
    _create_reliabilities()
    _create_contradictions()
    _create_kappas()
    _create_signals()


def downgrade() -> None:
    """Drop what upgrade made."""
    for table in ("signals", "rater_kappas", "contradictions", "reliabilities"):
        op.drop_table(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _create_reliabilities() -> None:
    op.create_table(
        "reliabilities",
        _text("user_id"),
        _text("capacity"),
        _text("scope"),
        sa.Column("alpha", sa.Double(), nullable=False),
        sa.Column("beta", sa.Double(), nullable=False),
        _time("as_of"),
        sa.Column("answers", sa.Integer(), nullable=False),
        _json("reasons"),
        sa.CheckConstraint(
            "capacity IN ('rater', 'validator')", name=op.f("ck_reliabilities_capacity")
        ),
        sa.PrimaryKeyConstraint("user_id", "capacity", "scope", name=op.f("pk_reliabilities")),
    )
    op.create_index(
        op.f("ix_reliabilities_scope_user_id_capacity"),
        "reliabilities",
        ["scope", "user_id", "capacity"],
    )


def _create_contradictions() -> None:
    op.create_table(
        "contradictions",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        _text("basis"),
        sa.Column("votes", sa.Integer(), nullable=False),
        _text("majority"),
        sa.Column("share", sa.Double(), nullable=False),
        _text("estimate"),
        sa.Column("posterior", sa.Double(), nullable=False),
        sa.Column("is_known", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _time("computed_at"),
        sa.CheckConstraint("basis IN ('gold', 'round')", name=op.f("ck_contradictions_basis")),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_contradictions_feedback_id")
        ),
        sa.PrimaryKeyConstraint("feedback_id", "round", "basis", name=op.f("pk_contradictions")),
    )


def _create_kappas() -> None:
    op.create_table(
        "rater_kappas",
        _text("one"),
        _text("other"),
        _text("scope"),
        _text("weights"),
        sa.Column("kappa", sa.Double(), nullable=True),
        _text("undefined", nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        _time("computed_at"),
        sa.PrimaryKeyConstraint("one", "other", "scope", name=op.f("pk_rater_kappas")),
    )
    op.create_index(
        op.f("ix_rater_kappas_scope_one_other"), "rater_kappas", ["scope", "one", "other"]
    )


def _create_signals() -> None:
    op.create_table(
        "signals",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("kind"),
        _text("key"),
        _json("people"),
        _json("evidence"),
        _time("first_seen"),
        _time("last_seen"),
        sa.Column("status", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        _text("dismissed_by", nullable=True),
        _time("dismissed_at", nullable=True),
        _text("note", nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_signals_kind")),
        sa.CheckConstraint("status IN ('dismissed', 'open')", name=op.f("ck_signals_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint("key", name=op.f("uq_signals_key")),
    )
    for column in ("kind", "status"):
        op.create_index(op.f(f"ix_signals_{column}"), "signals", [column, sa.text("id DESC")])
