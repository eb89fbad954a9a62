"""Receipts: what an erasure says in the end that it did."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.receipts import Signer
from app.domain.forgotten import mark_of
from app.models import DatasetExport, DatasetVersion, Erasure
from app.services.erasure.holders import VERSION
from app.utils import clock


def made(session: Session, *, signer: Signer, erasure: Erasure) -> dict[str, Any]:
    """Return the receipt: its content, readable, and the same signed.

    ``person`` is a mark that they can make from their id. Exports are those that may have held
    rows of theirs: what is out there is not ours to erase, and is named instead. Versions are
    frozen ones that held rows: these are gone, and the roots still hold.
    """
    content = {
        "job_id": str(erasure.job_id),
        "person": mark_of(erasure.user_id, erasure.job_id),
        "requested_at": erasure.created_at.isoformat(),
        "erased_at": clock.now().isoformat(),
        "erased": dict(sorted(erasure.counts.items())),
        "exports": _exports(session, erasure.held),
        "versions": _versions(session, erasure.held),
        "training_runs": [],
    }
    return {**content, "signed": signer.sign(content)}


def _exports(session: Session, held: dict[str, Any]) -> list[dict[str, Any]]:
    query = (
        select(DatasetExport)
        .where(DatasetExport.id.in_([UUID(id_) for id_ in held if not id_.startswith(VERSION)]))
        .order_by(DatasetExport.id)
    )
    return [
        {
            "id": str(row.id),
            "model_id": row.model_id,
            "shape": row.shape,
            "format": row.format,
            "fetched_at": row.created_at.isoformat(),
            # None: it broke off, or goes on.
            "finished_at": row.finished_at.isoformat() if row.finished_at else None,
            "rows": row.rows,
            "rows_of_theirs": held[str(row.id)],
        }
        for row in session.scalars(query)
    ]


def _versions(session: Session, held: dict[str, Any]) -> list[dict[str, Any]]:
    ids = [UUID(id_.removeprefix(VERSION)) for id_ in held if id_.startswith(VERSION)]
    query = select(DatasetVersion).where(DatasetVersion.id.in_(ids)).order_by(DatasetVersion.id)
    return [
        {
            "id": str(row.id),
            "model_id": row.model_id,
            "merkle_root": row.merkle_root.hex() if row.merkle_root else None,
        }
        for row in session.scalars(query)
    ]
