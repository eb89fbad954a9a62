"""Create the tables of conversations, feedback, validation and the log.

Revision: 0001, the first one.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import UserDefinedType

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


class TransactionId(UserDefinedType):
    """PostgreSQL's xid8, as it is written in SQL."""

    cache_ok = True

    def get_col_spec(self, **_):
        return "xid8"


def upgrade():
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
    )
    op.create_table(
        "dimensions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("scale", JSONB(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dimensions")),
        sa.UniqueConstraint("model_id", "name", name=op.f("uq_dimensions_model_id_name")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "transaction",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "time",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("interaction_id", sa.Uuid(), nullable=True),
        sa.Column("data", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(
        op.f("ix_events_interaction_id_transaction_sequence"),
        "events",
        ["interaction_id", "transaction", "sequence"],
        unique=False,
    )
    op.create_index(
        op.f("ix_events_transaction_sequence"),
        "events",
        ["transaction", "sequence"],
        unique=True,
    )
    op.create_index(
        op.f("ix_events_type_transaction_sequence"),
        "events",
        ["type", "transaction", "sequence"],
        unique=False,
    )
    op.create_table(
        "interactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("system_prompt", sa.Text(), nullable=True),
        sa.Column("settings", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("metadata", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("training_consent", sa.Boolean(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("memory_floor", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('abandoned', 'active', 'completed')",
            name=op.f("ck_interactions_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
    )
    op.create_index(
        op.f("ix_interactions_user_id"),
        "interactions",
        ["user_id", sa.text("id DESC")],
        unique=False,
    )
    op.create_index(
        op.f("ix_interactions_user_id_model_id"),
        "interactions",
        ["user_id", "model_id", sa.text("id DESC")],
        unique=False,
    )
    op.create_index(
        op.f("ix_interactions_user_id_model_id_status"),
        "interactions",
        ["user_id", "model_id", "status", sa.text("id DESC")],
        unique=False,
    )
    op.create_index(
        op.f("ix_interactions_user_id_status"),
        "interactions",
        ["user_id", "status", sa.text("id DESC")],
        unique=False,
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("error", JSONB(), nullable=True),
        sa.Column("result", JSONB(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('failed', 'queued', 'running', 'succeeded')",
            name=op.f("ck_jobs_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_kind"), "jobs", ["kind", sa.text("id DESC")], unique=False)
    op.create_index(op.f("ix_jobs_user_id"), "jobs", ["user_id", sa.text("id DESC")], unique=False)
    op.create_table(
        "dimension_versions",
        sa.Column("dimension_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("scale", JSONB(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["dimension_id"],
            ["dimensions.id"],
            name=op.f("fk_dimension_versions_dimension_id"),
        ),
        sa.PrimaryKeyConstraint("dimension_id", "version", name=op.f("pk_dimension_versions")),
    )
    op.create_table(
        "prompts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("system_prompt", sa.Text(), nullable=True),
        sa.Column("parameters", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('chat', 'prompt')", name=op.f("ck_prompts_kind")),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_prompts_interaction_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompts")),
        sa.UniqueConstraint(
            "interaction_id",
            "sequence",
            name=op.f("uq_prompts_interaction_id_sequence"),
        ),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("prompt_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", JSONB(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompts.id"], name=op.f("fk_idempotency_keys_prompt_id")
        ),
        sa.PrimaryKeyConstraint("caller", "route", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"),
        "idempotency_keys",
        ["created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_idempotency_keys_prompt_id"),
        "idempotency_keys",
        ["prompt_id"],
        unique=False,
    )
    op.create_table(
        "responses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prompt_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("endpoint_name", sa.Text(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("finish_reason", sa.Text(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("first_token_ms", sa.Integer(), nullable=True),
        sa.Column("error", JSONB(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('cancelled', 'complete', 'failed', 'pending', 'streaming')",
            name=op.f("ck_responses_status"),
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_responses_interaction_id"),
        ),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name=op.f("fk_responses_prompt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
    )
    op.create_index(
        op.f("ix_responses_interaction_id"),
        "responses",
        ["interaction_id"],
        unique=False,
    )
    op.create_index(
        "ix_responses_open",
        "responses",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'streaming')"),
    )
    op.create_index(
        op.f("ix_responses_prompt_id_id"),
        "responses",
        ["prompt_id", "id"],
        unique=False,
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("rating", sa.Text(), nullable=True),
        sa.Column("overall_comment", sa.Text(), nullable=True),
        sa.Column("correction", sa.Text(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("round", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("rating IN ('dislike', 'like')", name=op.f("ck_feedback_rating")),
        sa.CheckConstraint(
            "status IN ('pending', 'rejected', 'returned', 'tied', 'validated', 'withdrawn')",
            name=op.f("ck_feedback_status"),
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_feedback_interaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_feedback_response_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("response_id", "user_id", name=op.f("uq_feedback_response_id_user_id")),
    )
    op.create_index(
        op.f("ix_feedback_interaction_id"), "feedback", ["interaction_id"], unique=False
    )
    op.create_index(
        op.f("ix_feedback_model_id_status"),
        "feedback",
        ["model_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_feedback_queue",
        "feedback",
        [sa.text("priority DESC"), sa.text("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_feedback_queue_by_model",
        "feedback",
        ["model_id", sa.text("priority DESC"), sa.text("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        op.f("ix_feedback_user_id"),
        "feedback",
        ["user_id", sa.text("id DESC")],
        unique=False,
    )
    op.create_index(
        op.f("ix_feedback_user_id_status"),
        "feedback",
        ["user_id", "status", sa.text("id DESC")],
        unique=False,
    )
    op.create_table(
        "dimension_ratings",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("dimension_id", sa.Uuid(), nullable=False),
        sa.Column("dimension_version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("score", JSONB(), nullable=False),
        sa.Column("justification", sa.Text(), nullable=True),
        sa.Column("correct_response", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dimension_id", "dimension_version"],
            ["dimension_versions.dimension_id", "dimension_versions.version"],
            name=op.f("fk_dimension_ratings_dimension_id_dimension_version"),
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name=op.f("fk_dimension_ratings_feedback_id"),
        ),
        sa.PrimaryKeyConstraint("feedback_id", "dimension_id", name=op.f("pk_dimension_ratings")),
    )
    op.create_index(
        op.f("ix_dimension_ratings_dimension_id_dimension_version"),
        "dimension_ratings",
        ["dimension_id", "dimension_version"],
        unique=False,
    )
    op.create_table(
        "validations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("validator_id", sa.Text(), nullable=False),
        sa.Column("is_valid", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_validations_feedback_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validations")),
        sa.UniqueConstraint(
            "feedback_id",
            "round",
            "validator_id",
            name=op.f("uq_validations_feedback_id_round_validator_id"),
        ),
    )
    op.create_index(
        op.f("ix_validations_validator_id"),
        "validations",
        ["validator_id", sa.text("id DESC")],
        unique=False,
    )
    op.create_table(
        "dataset_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("validation_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("prompt_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name=op.f("fk_dataset_entries_feedback_id"),
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_dataset_entries_interaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompts.id"], name=op.f("fk_dataset_entries_prompt_id")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["responses.id"],
            name=op.f("fk_dataset_entries_response_id"),
        ),
        sa.ForeignKeyConstraint(
            ["validation_id"],
            ["validations.id"],
            name=op.f("fk_dataset_entries_validation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_entries")),
        sa.UniqueConstraint("feedback_id", name=op.f("uq_dataset_entries_feedback_id")),
    )
    op.create_index(
        op.f("ix_dataset_entries_model_id"),
        "dataset_entries",
        ["model_id", sa.text("id DESC")],
        unique=False,
    )


def downgrade():
    op.drop_index(op.f("ix_dataset_entries_model_id"), table_name="dataset_entries")
    op.drop_table("dataset_entries")
    op.drop_index(op.f("ix_validations_validator_id"), table_name="validations")
    op.drop_table("validations")
    op.drop_index(
        op.f("ix_dimension_ratings_dimension_id_dimension_version"),
        table_name="dimension_ratings",
    )
    op.drop_table("dimension_ratings")
    op.drop_index(op.f("ix_feedback_user_id_status"), table_name="feedback")
    op.drop_index(op.f("ix_feedback_user_id"), table_name="feedback")
    op.drop_index(
        "ix_feedback_queue_by_model",
        table_name="feedback",
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.drop_index(
        "ix_feedback_queue",
        table_name="feedback",
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.drop_index(op.f("ix_feedback_model_id_status"), table_name="feedback")
    op.drop_index(op.f("ix_feedback_interaction_id"), table_name="feedback")
    op.drop_table("feedback")
    op.drop_index(op.f("ix_responses_prompt_id_id"), table_name="responses")
    op.drop_index(
        "ix_responses_open",
        table_name="responses",
        postgresql_where=sa.text("status IN ('pending', 'streaming')"),
    )
    op.drop_index(op.f("ix_responses_interaction_id"), table_name="responses")
    op.drop_table("responses")
    op.drop_index(op.f("ix_idempotency_keys_prompt_id"), table_name="idempotency_keys")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("prompts")
    op.drop_table("dimension_versions")
    op.drop_index(op.f("ix_jobs_user_id"), table_name="jobs")
    op.drop_index(op.f("ix_jobs_kind"), table_name="jobs")
    op.drop_table("jobs")
    op.drop_index(op.f("ix_interactions_user_id_status"), table_name="interactions")
    op.drop_index(op.f("ix_interactions_user_id_model_id_status"), table_name="interactions")
    op.drop_index(op.f("ix_interactions_user_id_model_id"), table_name="interactions")
    op.drop_index(op.f("ix_interactions_user_id"), table_name="interactions")
    op.drop_table("interactions")
    op.drop_index(op.f("ix_events_type_transaction_sequence"), table_name="events")
    op.drop_index(op.f("ix_events_transaction_sequence"), table_name="events")
    op.drop_index(op.f("ix_events_interaction_id_transaction_sequence"), table_name="events")
    op.drop_table("events")
    op.drop_table("dimensions")
    op.drop_table("api_keys")
