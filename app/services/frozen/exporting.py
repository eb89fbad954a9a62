"""Exports of versions: what is frozen in any shape, and the file that proves itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.clients.storage import Storage
from app.db import Transactions
from app.domain.frozen_row import Kind, context_of, row_of
from app.domain.shapes.catalogue import SHAPES, records
from app.domain.shapes.shape import Record, Rules
from app.errors import Unavailable
from app.services import exports
from app.services.encodings.content import Content
from app.services.frozen import contents, files
from app.services.frozen.versions import VersionView

FROZEN = "frozen"
_AGAIN_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A version's file in the storage: the keys and sizes of its parts, and its own tag."""

    keys: Sequence[str]
    sizes: Sequence[int]
    etag: str

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(self.sizes)


def content(
    transactions: Transactions, *, version: VersionView, shape: str, rules: Rules, split: str | None
) -> Content:
    """Return a frozen version in a shape, without rows that were erased; all of it or a split."""
    manifest = version.manifest or {}
    names = dict.fromkeys(one["name"] for one in manifest["dimensions"])
    known = replace(rules, dimensions=tuple(names))

    def of(name: str | None) -> Content:
        return _shaped(
            contents.frozen(transactions, version_id=version.id, split=name), shape, known
        )

    asked = [split] if split else manifest["splits"]["asked"]
    return replace(of(split), splits=tuple((name, of(name)) for name in asked))


def _shaped(found: Iterator[contents.Question], shape: str, rules: Rules) -> Content:
    if shape == exports.ENTRIES:
        made = (_entry(one) for question in found for one in question if _is_entry(one))
        return Content(name=shape, columns=exports.ENTRY, records=made)
    chosen = SHAPES[shape]
    rows = (row_of(question) for question in found)
    return Content(
        name=shape,
        columns=chosen.columns(rules),
        records=records(rows, shape=chosen, rules=rules),
    )


def stored_file(session: Session, *, version_id: UUID) -> StoredFile:
    """Return where a frozen version's file is.

    Raises Unavailable for a moment: rows were erased, and parts of it are being written anew.
    """
    if not files.is_settled(session, version_id=version_id):
        raise Unavailable(
            "rows of this version were erased, and its file is being written anew",
            code="version_being_rewritten",
            retry_after=_AGAIN_SECONDS,
        )
    parts = files.parts(session, version_id=version_id)
    keys = [part.key for part in parts]
    etag = sha256("\n".join(keys).encode()).hexdigest()[:32]
    return StoredFile(keys=keys, sizes=[part.size for part in parts], etag=etag)


def read(storage: Storage, *, file: StoredFile, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of a file from ``start`` up to ``end``, a part of it at a time."""
    ends = list(accumulate(file.sizes))
    for key, size, last in zip(file.keys, file.sizes, ends, strict=True):
        first = last - size
        if first < end and start < last:
            within = {"start": max(0, start - first), "end": min(size, end - first)}
            yield b"".join(storage.read(key, **within))


def _is_entry(one: dict[str, Any]) -> bool:
    return bool(one["kind"] == Kind.ENTRY)


def _entry(one: dict[str, Any]) -> Record:
    question, answer, said = one["question"], one["answers"][0], one["said"]
    return {
        "id": said["entry_id"],
        "model_id": question["model_id"],
        "prompt": question["prompt"],
        "response": said["correction"] or answer["content"],
        "original_response": answer["content"],
        "context": context_of(answer),
        "quality_ratings": {score["dimension"]: score["score"] for score in said["scores"]},
        "source": {
            "type": "feedback",
            "feedback_id": said["feedback_id"],
            "response_id": answer["response_id"],
            "interaction_id": question["interaction_id"],
        },
        "created_at": said["created_at"].replace("+00:00", "Z"),
    }
