"""The rows of several tables, stored a table a statement."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.utils.ids import new_id

Json = dict[str, Any]

# The rows of a table come as one JSON text: one statement and one journey, however many.
# A table comes behind those that it refers to.
_COLUMNS = {
    "interactions": (
        "id uuid, user_id text, model_id text, title text, status text, system_prompt text,"
        " metadata jsonb, training_consent boolean, last_sequence int, created_at timestamptz,"
        " updated_at timestamptz, ended_at timestamptz"
    ),
    "prompts": (
        "id uuid, interaction_id uuid, sequence int, kind text, content text, messages jsonb,"
        " created_at timestamptz"
    ),
    "responses": (
        "id uuid, prompt_id uuid, interaction_id uuid, status text, content text, model_id text,"
        " provider text, raw text, created_at timestamptz, due_at timestamptz,"
        " completed_at timestamptz"
    ),
    "imported_conversations": (
        "importer text, external_id text, digest bytea, interaction_id uuid"
    ),
    "feedback": (
        "id uuid, response_id uuid, interaction_id uuid, owner_id text, model_id text,"
        " user_id text, rating text, overall_comment text, correction text, flag text,"
        " flag_reason text, cannot_judge boolean, cannot_judge_reason text, priority float8,"
        " reasons jsonb, factors jsonb, stances jsonb, created_at timestamptz,"
        " updated_at timestamptz, validators int, quorum float8, blind boolean,"
        " trusted_weight int, leased_only boolean"
    ),
    "dimension_ratings": (
        "feedback_id uuid, dimension_id uuid, dimension_version int, position int, score jsonb,"
        " justification text, correct_response text, cannot_judge boolean,"
        " cannot_judge_reason text"
    ),
    "feedback_spans": (
        "feedback_id uuid, position int, start int, stop int, dimension_id uuid, note text"
    ),
    "feedback_sketches": "feedback_id uuid, band_1 bigint, band_2 bigint, band_3 bigint",
    "imported_feedback": (
        "importer text, source text, external_id text, digest bytea, feedback_id uuid,"
        " given_at timestamptz"
    ),
    # The order of the rows is the order of the log.
    "events": "id uuid, type text, subject text, actor text, interaction_id uuid, data jsonb",
}


def _statement(table: str, columns: str) -> Any:
    names = ", ".join(column.split()[0] for column in columns.split(","))
    return text(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM ROWS FROM"  # noqa: S608  # Ours.
        f" (json_to_recordset(CAST(:rows AS json)) AS ({columns})) WITH ORDINALITY"
        " ORDER BY ordinality"
    )


_INSERTS = {table: _statement(table, columns) for table, columns in _COLUMNS.items()}


@dataclass(slots=True)
class Rows:
    """Rows by table, in the order in which they are stored."""

    tables: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))

    def store(self, session: Session) -> None:
        """Insert all rows, and hold none of them any longer."""
        for table, statement in _INSERTS.items():
            if rows := self.tables.pop(table, None):
                session.execute(statement, {"rows": orjson.dumps(rows).decode()})

    def add(self, others: "Rows") -> None:
        """Take over the rows of others, behind one's own."""
        for table, rows in others.tables.items():
            self.tables[table].extend(rows)

    def event(self, type_: str, subject: str, actor: str, interaction_id: UUID, data: Json) -> UUID:
        """Add an event to the log, and return its id."""
        event_id = new_id()
        self.tables["events"].append(
            {
                "id": event_id,
                "type": type_,
                "subject": subject,
                "actor": actor,
                "interaction_id": interaction_id,
                "data": data,
            }
        )
        return event_id


def stored_digest(digest: bytes) -> str:
    """Return the bytes as a row holds them."""
    return f"\\x{digest.hex()}"
