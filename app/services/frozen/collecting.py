"""Collecting: what is selected now, taken into a version a batch a transaction.

What has been taken stays, whatever is changed or withdrawn afterwards; what is newer than the
version is not taken. So a version that a crash interrupts goes on with what it would have had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.frozen_row import Piece, pieces
from app.domain.privacy import Pii
from app.domain.selection import Selection
from app.domain.selection_form import from_json
from app.models import DatasetVersion
from app.services import dataset_rows, large_reads, previews
from app.services.pii import protect
from app.utils.canonical_json import canonical_bytes

# Rows from before there were salts get theirs when they are first taken. An entry that was erased
# since it was read is withdrawn, and stays without.
_SALT = """
UPDATE {table} SET salt = DEFAULT
WHERE id = ANY(CAST(:source_ids AS uuid[])) AND salt IS NULL AND {there}
"""
_SALTED = (
    text(_SALT.format(table="dataset_entries", there="withdrawn_at IS NULL")),
    text(_SALT.format(table="preferences", there="true")),
)
# What was erased since it was read is not kept. Of what is being erased the names are still the
# old ones: the erasure waits for the version then, and finds the rows by them.
_KEEP = text(
    """
INSERT INTO dataset_version_contents
    (version_id, number, source_id, prompt_id, interaction_id, owner, rater, salt, content)
SELECT :version_id, :number + row_number() OVER (ORDER BY piece.place) - 1, piece.source_id,
       p.id, i.id, i.user_id, piece.rater, COALESCE(e.salt, c.salt), piece.content
FROM unnest(CAST(:source_ids AS uuid[]), CAST(:prompt_ids AS uuid[]), CAST(:raters AS text[]),
            CAST(:contents AS bytea[]))
    WITH ORDINALITY AS piece(source_id, prompt_id, rater, content, place)
JOIN prompts p ON p.id = piece.prompt_id
JOIN interactions i ON i.id = p.interaction_id AND i.erased_at IS NULL
LEFT JOIN dataset_entries e ON e.id = piece.source_id
LEFT JOIN preferences c ON c.id = piece.source_id AND c.user_id = piece.rater
WHERE COALESCE(e.salt, c.salt) IS NOT NULL
RETURNING CAST(source_id AS text)
"""
)


def selection_of(version: DatasetVersion) -> Selection:
    """Return what a version is to hold: nothing that came after it was asked for."""
    asked = from_json(version.model_id, version.selection)
    until = min(asked.until, version.created_at) if asked.until else version.created_at
    return replace(asked, until=until)


def count(session: Session, *, version: DatasetVersion) -> tuple[int, dict[str, int]]:
    """Return how many rows are selected, and how many each condition leaves out, and which."""
    large_reads.prepare(session)
    found = previews.parts(session, selection=selection_of(version))
    excluded: dict[str, int] = {}
    for part in found:
        for one in part.excluded:
            excluded[one.name] = excluded.get(one.name, 0) + one.count
    if "until" not in version.selection:
        # Newer than the version, which nobody asked about.
        excluded.pop("until", None)
    return sum(part.selected for part in found), excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How many rows a batch gave, how many of them are masked, how many were left out for
    personal data, and where to go on.
    """

    rows: int
    masked: int
    personal: int
    following: UUID | None


def take(
    session: Session, *, version: DatasetVersion, before: UUID | None, number: int, pii: Pii
) -> Taken:
    """Take the next batch, its rows numbered from ``number`` on."""
    rows, following = dataset_rows.batch(session, selection=selection_of(version), before=before)
    found = [(row.prompt_id, piece) for row in rows for piece in pieces(row)]
    shielded = [(prompt_id, _shielded(piece, pii)) for prompt_id, piece in found]
    taken = [(prompt_id, piece) for prompt_id, piece in shielded if piece is not None]
    kept = _keep(session, version.id, number, taken) if taken else set()
    return Taken(
        rows=len(kept),
        masked=sum(
            b'"masked":[]' not in piece.content for _, piece in taken if piece.source_id in kept
        ),
        personal=len(found) - len(taken),
        following=following,
    )


def _shielded(piece: Piece, pii: Pii) -> Piece | None:
    """Return what may leave of a row, with what was masked in it; None where nothing may."""
    if pii is Pii.OFF:
        return piece
    content = orjson.loads(piece.content)
    done = protect(content, pii=pii)
    if done.value is None:
        return None
    return replace(piece, content=canonical_bytes({**done.value, "masked": done.masks}))


def _keep(
    session: Session, version_id: UUID, number: int, taken: Sequence[tuple[str, Piece]]
) -> set[str]:
    """Keep pieces, each with its question's id, with the salts that they have; return whose."""
    of = {
        "source_ids": [piece.source_id for _, piece in taken],
        "prompt_ids": [prompt_id for prompt_id, _ in taken],
        "raters": [piece.rater for _, piece in taken],
        "contents": [piece.content for _, piece in taken],
    }
    for statement in _SALTED:
        session.execute(statement, {"source_ids": of["source_ids"]})
    kept = session.scalars(_KEEP, {"version_id": version_id, "number": number, **of})
    return set(kept)
