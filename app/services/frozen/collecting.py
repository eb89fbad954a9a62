"""Collecting: what is selected now, taken into a version a batch a transaction.

What has been taken stays, whatever is changed or withdrawn afterwards; what is newer than the
version is not taken. So a version that a crash interrupts goes on with what it would have had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.domain.frozen_row import Kind, Piece, pieces
from app.domain.privacy import Pii
from app.domain.selection import Selection
from app.domain.selection_form import from_json
from app.models import DatasetVersion, FrozenContent
from app.services import dataset_rows, large_reads, previews
from app.services.pii import protect
from app.utils.canonical_json import canonical_bytes

_SOURCES = {"dataset_entries": Kind.ENTRY, "preferences": Kind.PREFERENCE}
_SALT = """
UPDATE {table} SET salt = DEFAULT WHERE id = ANY(CAST(:ids AS uuid[])) AND salt IS NULL
"""
_SALTS = """
SELECT CAST(id AS text) AS id, salt FROM {table} WHERE id = ANY(CAST(:ids AS uuid[]))
"""
_OWNERS = text(
    """
SELECT CAST(p.id AS text) AS prompt_id, i.id, i.user_id
FROM prompts p JOIN interactions i ON i.id = p.interaction_id
WHERE p.id = ANY(CAST(:ids AS uuid[]))
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
    if taken:
        owners = session.execute(_OWNERS, {"ids": [row.prompt_id for row in rows]})
        of = {one.prompt_id: one for one in owners}
        salts = _salts(session, [piece for _, piece in taken])
        session.execute(
            insert(FrozenContent),
            [
                {
                    "version_id": version.id,
                    "number": number + place,
                    "source_id": piece.source_id,
                    "prompt_id": prompt_id,
                    "interaction_id": of[prompt_id].id,
                    "owner": of[prompt_id].user_id,
                    "rater": piece.rater,
                    "salt": salts[piece.source_id],
                    "content": piece.content,
                }
                for place, (prompt_id, piece) in enumerate(taken)
            ],
        )
    return Taken(
        rows=len(taken),
        masked=sum(b'"masked":[]' not in piece.content for _, piece in taken),
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


def _salts(session: Session, found: Sequence[Piece]) -> dict[str, bytes]:
    """Return the salts of what is taken; rows from before there were salts get theirs now."""
    salts: dict[str, bytes] = {}
    for table in _SOURCES:
        ids = {"ids": [piece.source_id for piece in found if piece.source_id not in salts]}
        rows: Sequence[Any] = session.execute(text(_SALTS.format(table=table)), ids).all()
        if any(row.salt is None for row in rows):
            session.execute(text(_SALT.format(table=table)), ids)
            rows = session.execute(text(_SALTS.format(table=table)), ids).all()
        salts |= {row.id: bytes(row.salt) for row in rows}
    return salts
