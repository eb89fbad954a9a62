"""Files: a version written into the storage in parts, each of which can be written anew.

The database has the rows; the storage has copies of them. A part is noted before it is sent and
settled afterwards, so that nothing is ever there that nobody knows of. Each part is a frame of
zstd by itself: all parts one after the other are one file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import zstandard
from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from app.clients.storage import Storage
from app.db import Transactions
from app.domain.frozen_file import head, line
from app.domain.frozen_row import framed
from app.domain.states import VersionStatus
from app.models import DatasetVersion, FrozenFile

PART = 5000
_LEVEL = 3
# A look into the key for each row: joined otherwise, it might be a scan of all for every part.
_ROWS = text(
    """
SELECT r.position, r.leaf, r.split, c.salt, c.content
FROM dataset_version_rows r
LEFT JOIN LATERAL (
    SELECT salt, content FROM dataset_version_contents
    WHERE version_id = r.version_id AND number = r.number OFFSET 0
) c ON true
WHERE r.version_id = :version_id AND r.position >= :first AND r.position < :last
ORDER BY r.position
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a version's file: which rows, and their bytes; the head is number 0."""

    number: int
    first: int
    rows: int
    data: bytes

    def key(self, version_id: UUID) -> str:
        """Return where it is kept: another content has another key."""
        name = f"{self.number:06}-{sha256(self.data).hexdigest()[:16]}"
        return f"versions/{version_id}/{name}.jsonl.zst"


def write_rows(
    transactions: Transactions, *, storage: Storage, version_id: UUID, rows: int
) -> None:
    """Write all parts that are not there as they are to be."""
    for number in range(1, -(-rows // PART) + 1):
        while not _written(transactions, storage, version_id, number):
            pass


def write_head(
    transactions: Transactions, *, storage: Storage, version_id: UUID, manifest: dict[str, Any]
) -> None:
    """Write the first part: what the version is."""
    data = _packed(head(str(version_id), manifest))
    with transactions() as session:
        noted = _note(session, version_id, Part(number=0, first=0, rows=0, data=data))
    if noted:
        _settle(transactions, storage, version_id, noted)


def settle(transactions: Transactions, *, storage: Storage) -> bool:
    """Write every part anew that holds what has been erased.

    Whatever was there before is gone from the storage then. False: a version that is being
    built has such parts still, and whoever builds it will write them.
    """
    while True:
        with transactions() as session:
            found = session.execute(
                select(FrozenFile.version_id, FrozenFile.number, DatasetVersion.status)
                .join(DatasetVersion, DatasetVersion.id == FrozenFile.version_id)
                .where(_unsettled(), FrozenFile.number > 0)
                .order_by(DatasetVersion.status == VersionStatus.BUILDING)
                .limit(1)
            ).one_or_none()
        if found is None or found.status == VersionStatus.BUILDING:
            return found is None
        _written(transactions, storage, found.version_id, found.number)


def parts(session: Session, *, version_id: UUID) -> Sequence[FrozenFile]:
    """Return the parts of a version's file, in order."""
    query = select(FrozenFile).where(FrozenFile.version_id == version_id)
    return session.scalars(query.order_by(FrozenFile.number)).all()


def is_settled(session: Session, *, version_id: UUID) -> bool:
    """Say whether the storage has every part as it is to be."""
    query = select(func.count()).where(FrozenFile.version_id == version_id, _unsettled())
    return not session.scalar(query)


def _unsettled() -> Any:
    return or_(FrozenFile.stale, FrozenFile.leftover != [])


def _written(transactions: Transactions, storage: Storage, version_id: UUID, number: int) -> bool:
    """Write a part if it is not there as it is to be; False: an erasure came in between."""
    with transactions() as session:
        # Whoever erases rows locks the version first: before they are read here, or after the
        # part is noted, so that it is marked.
        session.execute(
            select(DatasetVersion.id).where(DatasetVersion.id == version_id).with_for_update()
        )
        noted = _note(session, version_id, _part(session, version_id, number))
    return noted is None or _settle(transactions, storage, version_id, noted)


def _part(session: Session, version_id: UUID, number: int) -> Part:
    first = (number - 1) * PART
    values = {"version_id": version_id, "first": first, "last": first + PART}
    lines = [
        line(
            row.position,
            leaf=bytes(row.leaf),
            salt=None if row.salt is None else bytes(row.salt),
            row=None if row.content is None else framed(bytes(row.content), row.split),
        )
        for row in session.execute(_ROWS, values)
    ]
    return Part(number=number, first=first, rows=len(lines), data=_packed(b"".join(lines)))


def _packed(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    """A part that is to be sent, and how often rows of it had been erased when it was made."""

    part: Part
    erasures: int
    leftover: Sequence[str]


def _note(session: Session, version_id: UUID, part: Part) -> _Noted | None:
    """Note that a part is going to be sent; None where it is there already."""
    key = part.key(version_id)
    there = session.get(FrozenFile, (version_id, part.number), with_for_update=True)
    if there and there.key == key and not there.stale and not there.leftover:
        return None
    old = sorted({there.key, *there.leftover} - {key}) if there else []
    row = there or FrozenFile(version_id=version_id, number=part.number, erasures=0)
    row.first, row.rows, row.key, row.size = part.first, part.rows, key, len(part.data)
    row.stale, row.leftover = True, old
    session.add(row)
    session.flush()
    return _Noted(part=part, erasures=row.erasures, leftover=old)


def _settle(transactions: Transactions, storage: Storage, version_id: UUID, noted: _Noted) -> bool:
    """Send a part and remove what it was before; False where it is to be made anew."""
    key = noted.part.key(version_id)
    storage.put(key, [noted.part.data])
    for old in noted.leftover:
        storage.delete(old)
    with transactions() as session:
        settled = session.execute(
            update(FrozenFile)
            .where(
                FrozenFile.version_id == version_id,
                FrozenFile.number == noted.part.number,
                FrozenFile.key == key,
                FrozenFile.erasures == noted.erasures,
            )
            .values(stale=False, leftover=[])
            .returning(FrozenFile.number)
        ).one_or_none()
    return settled is not None
