"""Versions of the dataset: asked for, looked at, listed, proven and exported."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.access import Principal
from app.domain.frozen_file import digest_of
from app.domain.merkle import BLOCK, HASH_BYTES, proof
from app.domain.page import Page, PageRequest
from app.domain.selection import Selection
from app.domain.selection_form import as_json
from app.domain.states import VersionStatus
from app.errors import Conflict, NotFound
from app.models import DatasetVersion, FrozenRow
from app.services import jobs, keyset, selectable
from app.services.frozen.splitting import as_asked
from app.utils.ids import new_id

KIND = "dataset.freeze"
_BLOCK = text(
    """
SELECT leaf FROM dataset_version_rows
WHERE version_id = :version_id AND position >= :first AND position < :last ORDER BY position
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """A version as people see it; hashes are in hexadecimal."""

    id: UUID
    model_id: str
    name: str | None
    status: str
    selection: dict[str, Any]
    splits: dict[str, Any]
    rows: int | None
    erased_rows: int
    merkle_root: str | None
    digest: str | None
    manifest: dict[str, Any] | None
    job_id: UUID
    created_by: str
    created_at: datetime
    frozen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a row is in a version: hashing up from its leaf along the path gives the root."""

    version_id: UUID
    entry_id: UUID
    position: int
    split: str
    rows: int
    leaf: str
    merkle_root: str
    path: Sequence[str] = field(default_factory=tuple)


def begin(
    session: Session,
    *,
    principal: Principal,
    queue: JobQueue,
    selection: Selection,
    name: str | None = None,
    splits: dict[str, Any] | None = None,
) -> DatasetVersion:
    """Have a version of what is selected now built in the background.

    Raises NotFound and Invalid for what is not there to be selected.
    """
    selectable.check(session, selection=selection)
    version_id = new_id()
    job = jobs.begin(
        session,
        queue=queue,
        kind=KIND,
        user_id=principal.id,
        arguments={"version_id": str(version_id)},
    )
    version = DatasetVersion(
        id=version_id,
        model_id=selection.model_id,
        name=name,
        selection=as_json(selection),
        splits=as_asked(splits),
        job_id=job.id,
        created_by=principal.id,
    )
    session.add(version)
    session.flush()
    return version


def get(session: Session, *, version_id: UUID) -> VersionView:
    """Return a version; raises NotFound."""
    return _view(_found(session, version_id))


def get_frozen(session: Session, *, version_id: UUID) -> VersionView:
    """Return a version that is frozen; raises NotFound, and Conflict for one that is not."""
    version = _found(session, version_id)
    if version.status != VersionStatus.FROZEN:
        raise Conflict(
            f"expected a frozen version, found it {version.status}", code="version_not_frozen"
        )
    return _view(version)


def page(session: Session, *, model_id: str, page: PageRequest) -> Page:
    """Return a page of a model's versions, newest first, without their manifests."""
    query = select(DatasetVersion).where(DatasetVersion.model_id == model_id)
    found = keyset.descending(session, query=query, by=(DatasetVersion.id,), page=page)
    return Page([_view(row) for row in found.items], found.next_key)


def prove(session: Session, *, version_id: UUID, entry_id: UUID) -> Proof:
    """Return the proof that an entry or a preference is in a version; raises NotFound."""
    version = get_frozen(session, version_id=version_id)
    query = select(FrozenRow).where(
        FrozenRow.version_id == version_id, FrozenRow.source_id == entry_id
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(f"the version has no row of {entry_id}")
    first = row.position - row.position % BLOCK
    values = {"version_id": version_id, "first": first, "last": first + BLOCK}
    leaves = [bytes(one) for one in session.scalars(_BLOCK, values)]
    kept = session.scalar(select(DatasetVersion.blocks).where(DatasetVersion.id == version_id))
    blocks = _hashes(bytes(kept or b""))
    path = proof(row.position, in_block=leaves, blocks=blocks)
    return Proof(
        version_id=version_id,
        entry_id=entry_id,
        position=row.position,
        split=row.split,
        rows=version.rows or 0,
        leaf=row.leaf.hex(),
        merkle_root=version.merkle_root or "",
        path=[one.hex() for one in path],
    )


def _hashes(joined: bytes) -> list[bytes]:
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]


def _found(session: Session, version_id: UUID) -> DatasetVersion:
    version = session.get(DatasetVersion, version_id)
    if version is None:
        raise NotFound(f"there is no version {version_id}")
    return version


def _view(version: DatasetVersion) -> VersionView:
    is_frozen = version.status == VersionStatus.FROZEN
    root, manifest = version.merkle_root, version.manifest
    return VersionView(
        id=version.id,
        model_id=version.model_id,
        name=version.name,
        status=version.status,
        selection=version.selection,
        splits=version.splits,
        rows=version.rows if is_frozen else None,
        erased_rows=version.erased_rows,
        merkle_root=root.hex() if root and is_frozen else None,
        digest=digest_of(manifest) if manifest and is_frozen else None,
        manifest=manifest if is_frozen else None,
        job_id=version.job_id,
        created_by=version.created_by,
        created_at=version.created_at,
        frozen_at=version.frozen_at,
    )
