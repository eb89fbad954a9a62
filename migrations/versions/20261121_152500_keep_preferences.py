"""Keep which of several answers people like better.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "preferences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prompt_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "verdict IN ('better', 'both_bad', 'tie')", name=op.f("ck_preferences_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompts.id"], name=op.f("fk_preferences_prompt_id")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_preferences_interaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preferences")),
        sa.UniqueConstraint(
            "prompt_id", "user_id", "pair", name=op.f("uq_preferences_prompt_id_user_id_pair")
        ),
    )
    for column in ("user_id", "prompt_id"):
        op.create_index(
            op.f(f"ix_preferences_{column}"), "preferences", [column, sa.text("id DESC")]
        )
    op.create_table(
        "preference_ranks",
        sa.Column("preference_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["preference_id"], ["preferences.id"], name=op.f("fk_preference_ranks_preference_id")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_preference_ranks_response_id")
        ),
        sa.PrimaryKeyConstraint("preference_id", "response_id", name=op.f("pk_preference_ranks")),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("preference_ranks")
    op.drop_table("preferences")
