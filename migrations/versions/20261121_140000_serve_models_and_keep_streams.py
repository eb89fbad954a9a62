"""Make room for served models, streamed answers, memory, usage and imports.

Revision: 0003, after 0002. Adds tables, and columns that may be null or have a constant
default: nothing is rewritten, and the code before this revision goes on working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "imported_conversations",
    "token_usage",
    "summaries",
    "response_chunks",
    "models",
)
COLUMNS = (
    ("jobs", "arguments"),
    ("idempotency_keys", "response_id"),
    ("prompts", "chosen_response_id"),
    ("prompts", "pinned"),
    ("prompts", "messages"),
    ("responses", "cancel_requested_at"),
    ("responses", "reserved_tokens"),
    ("responses", "sent"),
    ("responses", "parameters"),
)


def upgrade() -> None:
    """Create the tables and add the columns."""
    _create_models()
    _create_tables_of_answers()
    _create_tables_of_people()
    _add_columns()


def downgrade() -> None:
    """Drop what upgrade made."""
    for table, column in COLUMNS:
        op.drop_column(table, column)
    for table in TABLES:
        op.drop_table(table)


def _time(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _create_models() -> None:
    op.create_table(
        "models",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("settings", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("fallbacks", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("context_tokens", sa.Integer(), nullable=True),
        sa.Column("max_concurrency", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.CheckConstraint(
            "provider IN ('model_service', 'openai', 'sagemaker')", name=op.f("ck_models_provider")
        ),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_models")),
    )


def _create_tables_of_answers() -> None:
    op.create_table(
        "response_chunks",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("tokens", ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_response_chunks_response_id")
        ),
        sa.PrimaryKeyConstraint("response_id", "index", name=op.f("pk_response_chunks")),
    )
    op.create_table(
        "summaries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("up_to_sequence", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_summaries_interaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summaries")),
        sa.UniqueConstraint(
            "interaction_id",
            "up_to_sequence",
            name=op.f("uq_summaries_interaction_id_up_to_sequence"),
        ),
    )


def _create_tables_of_people() -> None:
    zero = sa.text("0")
    op.create_table(
        "token_usage",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("requests", sa.BigInteger(), server_default=zero, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_token_usage")),
    )
    op.create_table(
        "imported_conversations",
        sa.Column("importer", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_imported_conversations_interaction_id"),
        ),
        sa.PrimaryKeyConstraint("importer", "external_id", name=op.f("pk_imported_conversations")),
    )
    op.create_index(
        op.f("ix_imported_conversations_interaction_id"),
        "imported_conversations",
        ["interaction_id"],
    )


def _add_columns() -> None:
    op.add_column("responses", sa.Column("parameters", JSONB(), nullable=True))
    op.add_column("responses", sa.Column("sent", JSONB(), nullable=True))
    op.add_column("responses", sa.Column("reserved_tokens", sa.Integer(), nullable=True))
    op.add_column(
        "responses", sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("prompts", sa.Column("messages", JSONB(), nullable=True))
    op.add_column(
        "prompts",
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("prompts", sa.Column("chosen_response_id", sa.Uuid(), nullable=True))
    op.add_column("idempotency_keys", sa.Column("response_id", sa.Uuid(), nullable=True))
    op.add_column("jobs", sa.Column("arguments", JSONB(), nullable=True))
    # The columns are new and empty: there is nothing to look through, and no lock to keep.
    for table, column in (("prompts", "chosen_response_id"), ("idempotency_keys", "response_id")):
        op.create_foreign_key(
            op.f(f"fk_{table}_{column}"),
            table,
            "responses",
            [column],
            ["id"],
            postgresql_not_valid=True,
        )
