"""Keep frozen versions of the dataset, and salts for their rows.

Revision: 0025, after 0024. Triggers hold what no code of ours may do by mistake: change what is
frozen. Contents can be deleted, which is an erasure, and never changed; whoever deletes them, the
files that hold them are stale from then on.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SALT = "sha256((uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))"
SALTED = ("dataset_entries", "preferences")
TABLES = ("files", "drops", "splits", "contents", "rows")
GUARDS = """
CREATE FUNCTION keep_frozen_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'frozen' AND (
        TG_OP = 'DELETE' OR
        (OLD.id, OLD.model_id, OLD.name, OLD.selection, OLD.splits, OLD.status, OLD.rows,
         OLD.merkle_root, OLD.blocks, OLD.manifest, OLD.created_at, OLD.frozen_at)
        IS DISTINCT FROM
        (NEW.id, NEW.model_id, NEW.name, NEW.selection, NEW.splits, NEW.status, NEW.rows,
         NEW.merkle_root, NEW.blocks, NEW.manifest, NEW.created_at, NEW.frozen_at)
    ) THEN
        RAISE EXCEPTION 'a frozen version cannot be changed';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;

CREATE FUNCTION keep_frozen_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed c JOIN dataset_versions v ON v.id = c.version_id
               WHERE v.status = 'frozen') THEN
        RAISE EXCEPTION 'a frozen version cannot be changed';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_contents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the content of a version is never changed';
END $$;

CREATE FUNCTION erase_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever writes a file locks its version, too, and never the file before it.
    PERFORM FROM dataset_versions WHERE id IN (SELECT version_id FROM gone)
    ORDER BY id FOR UPDATE;
    WITH erased AS (
        SELECT r.version_id, r.position FROM gone g
        JOIN dataset_version_rows r ON r.version_id = g.version_id AND r.source_id = g.source_id
    ), stale AS (
        UPDATE dataset_version_files f SET stale = true, erasures = f.erasures + 1 FROM erased e
        WHERE f.version_id = e.version_id
          AND e.position >= f.first AND e.position < f.first + f.rows
    )
    UPDATE dataset_versions v SET erased_rows = v.erased_rows + e.rows
    FROM (SELECT version_id, count(*) AS rows FROM erased GROUP BY version_id) e
    WHERE v.id = e.version_id;
    RETURN NULL;
END $$;

CREATE TRIGGER erase_frozen AFTER DELETE ON dataset_version_contents
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION erase_frozen();
CREATE TRIGGER keep_frozen BEFORE UPDATE OR DELETE ON dataset_versions
    FOR EACH ROW EXECUTE FUNCTION keep_frozen_version();
CREATE TRIGGER keep_contents BEFORE UPDATE ON dataset_version_contents
    FOR EACH STATEMENT EXECUTE FUNCTION keep_contents();
"""
EVENTS = (
    ("rows", "INSERT", "NEW"),
    ("rows", "UPDATE", "OLD"),
    ("rows", "DELETE", "OLD"),
    ("contents", "INSERT", "NEW"),
    ("drops", "INSERT", "NEW"),
    ("drops", "UPDATE", "OLD"),
    ("drops", "DELETE", "OLD"),
)


def upgrade() -> None:
    """Create the tables and what guards them, and have salts made from now on."""
    _create_versions()
    _create_rows()
    _create_contents()
    _create_splits()
    _create_drops()
    _create_files()
    op.execute(GUARDS)
    for table, event, kind in EVENTS:
        op.execute(
            f"CREATE TRIGGER keep_frozen_{event.lower()} AFTER {event} ON dataset_version_{table} "
            f"REFERENCING {kind} TABLE AS changed "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_frozen_parts()"
        )
    for table in SALTED:
        # First the column, then its default: rows that are there get theirs when they are frozen,
        # and the table is not written anew under a lock.
        op.add_column(table, sa.Column("salt", sa.LargeBinary(), nullable=True))
        op.alter_column(table, "salt", server_default=sa.text(SALT))


def downgrade() -> None:
    """Drop them."""
    for table in SALTED:
        op.drop_column(table, "salt")
    for name in TABLES:
        op.drop_table(f"dataset_version_{name}")
    op.drop_table("dataset_versions")
    for name in ("erase_frozen", "keep_contents", "keep_frozen_parts", "keep_frozen_version"):
        op.execute(f"DROP FUNCTION {name}()")


def _create_versions() -> None:
    op.create_table(
        "dataset_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        _object("selection"),
        _object("splits"),
        sa.Column("status", sa.Text(), server_default=sa.text("'building'"), nullable=False),
        _object("reached"),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("merkle_root", sa.LargeBinary(), nullable=True),
        sa.Column("blocks", sa.LargeBinary(), nullable=True),
        sa.Column("manifest", postgresql.JSONB(), nullable=True),
        sa.Column("erased_rows", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('building', 'failed', 'frozen')", name=op.f("ck_dataset_versions_status")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_dataset_versions_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_versions")),
    )
    op.create_index(
        op.f("ix_dataset_versions_model_id"),
        "dataset_versions",
        ["model_id", sa.text("id DESC")],
    )


def _create_rows() -> None:
    op.create_table(
        "dataset_version_rows",
        *_key("dataset_version_rows", "position", sa.Integer()),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint(
            "version_id", "source_id", name=op.f("uq_dataset_version_rows_version_id_source_id")
        ),
    )


def _create_contents() -> None:
    op.create_table(
        "dataset_version_contents",
        *_key("dataset_version_contents", "number", sa.Integer()),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("prompt_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("rater", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    for name in ("owner", "rater"):
        op.create_index(
            op.f(f"ix_dataset_version_contents_{name}"), "dataset_version_contents", [name]
        )


def _create_splits() -> None:
    op.create_table(
        "dataset_version_splits",
        *_key("dataset_version_splits", "interaction_id", sa.Uuid()),
        sa.Column("split", sa.Text(), nullable=False),
    )


def _create_drops() -> None:
    op.create_table(
        "dataset_version_drops",
        *_key("dataset_version_drops", "source_id", sa.Uuid()),
        sa.Column("prompt_id", sa.Uuid(), nullable=False),
        sa.Column("kept_prompt_id", sa.Uuid(), nullable=False),
        sa.Column("resemblance", sa.Double(), nullable=False),
    )


def _create_files() -> None:
    op.create_table(
        "dataset_version_files",
        *_key("dataset_version_files", "number", sa.Integer()),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("erasures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "leftover",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
    )
    op.create_index(
        "ix_dataset_version_files_unsettled",
        "dataset_version_files",
        ["version_id"],
        postgresql_where=sa.text("stale OR leftover <> '{}'"),
    )


def _object(name: str) -> sa.Column:
    return sa.Column(
        name, postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
    )


def _key(table: str, name: str, kind: sa.types.TypeEngine) -> tuple:
    """Return the columns of the primary key, and the constraints that they have."""
    return (
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column(name, kind, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_versions.id"], name=op.f(f"fk_{table}_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name, name=op.f(f"pk_{table}")),
    )
