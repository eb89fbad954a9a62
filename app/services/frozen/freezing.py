"""Freezing: a version built step by step, each a transaction that says how far it came.

A killed worker's successor begins where the last commit was, and comes to the same root.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.storage import Storage
from app.db import Transactions, is_passing
from app.domain.frozen_file import digest_of
from app.domain.privacy import Pii
from app.domain.states import VersionStatus
from app.errors import Unavailable
from app.models import DatasetVersion
from app.services import events, jobs, privacy_policies
from app.services.frozen import collecting, files, manifests, planning, sealing
from app.services.frozen.splitting import splits_of
from app.services.message_answers import TryLater
from app.utils import clock

# How often the storage is tried, and how long in between.
_ATTEMPTS, _LATER_SECONDS = 6, 10
_COLLECT, _PLAN, _SEAL, _WRITE = "collect", "plan", "seal", "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freezing:
    """One version that is being built."""

    transactions: Transactions
    storage: Storage
    job_id: UUID
    version_id: UUID


def freeze(transactions: Transactions, *, storage: Storage, job_id: UUID, version_id: UUID) -> None:
    """Build the version to its end, from wherever it stands.

    Raises TryLater where the storage is away, a few times, and what the database raises while
    it is; anything else fails the job and the version.
    """
    work = Freezing(
        transactions=transactions, storage=storage, job_id=job_id, version_id=version_id
    )
    if not _begun(work):
        return
    try:
        while (step := _next(work)) is not None:
            step(work)
    except Unavailable as error:
        if _attempts(work) < _ATTEMPTS:
            raise TryLater(error.message, retry_after=_LATER_SECONDS) from error
        _fail(work, error)
        raise
    except Exception as error:
        if not is_passing(error):
            _fail(work, error)
        raise


def _begun(work: Freezing) -> bool:
    with work.transactions() as session:
        if not jobs.start(session, job_id=work.job_id):
            return False
        version = _locked(session, work)
        if version.status == VersionStatus.FAILED:
            version.status = VersionStatus.BUILDING
        return version.status == VersionStatus.BUILDING


def _next(work: Freezing) -> Callable[[Freezing], None] | None:
    with work.transactions() as session:
        version = _locked(session, work)
        steps = {None: _count, _COLLECT: _collect, _PLAN: _plan, _SEAL: _seal, _WRITE: _write}
        is_over = version.status != VersionStatus.BUILDING
        return None if is_over else steps[version.reached.get("phase")]


def _count(work: Freezing) -> None:
    with work.transactions() as session:
        version = _locked(session, work)
        total, excluded = collecting.count(session, version=version)
        version.reached = {
            "phase": _COLLECT,
            "before": None,
            "number": 0,
            "excluded": excluded,
            # What is masked is so from the first row to the last, whatever the policy becomes.
            "pii": privacy_policies.pii_of(session, model_id=version.model_id),
            "masked": 0,
            "personal": 0,
        }
        # Each row is taken and sealed.
        jobs.progress(session, job_id=work.job_id, done=0, total=2 * total)


def _collect(work: Freezing) -> None:
    with work.transactions() as session:
        version = _locked(session, work)
        reached = version.reached
        before = UUID(reached["before"]) if reached["before"] else None
        taken = collecting.take(
            session,
            version=version,
            before=before,
            number=reached["number"],
            pii=Pii(reached["pii"]),
        )
        number = reached["number"] + taken.rows
        version.reached = {
            **reached,
            "phase": _COLLECT if taken.following else _PLAN,
            "before": str(taken.following) if taken.following else None,
            "number": number,
            "masked": reached["masked"] + taken.masked,
            "personal": reached["personal"] + taken.personal,
        }
        jobs.progress(session, job_id=work.job_id, done=number)


def _plan(work: Freezing) -> None:
    with work.transactions() as session:
        splits = splits_of(_locked(session, work).splits)
        planning.forget(session, version_id=work.version_id)
    found = planning.split(work.transactions, version_id=work.version_id, splits=splits)
    planning.thin(work.transactions, version_id=work.version_id)
    with work.transactions() as session:
        version = _locked(session, work)
        more = {"phase": _SEAL, "after": -1, "position": 0, "components": found}
        version.reached = {**version.reached, **more}


def _seal(work: Freezing) -> None:
    with work.transactions() as session:
        version = _locked(session, work)
        reached = version.reached
        after, position, is_more = sealing.seal(
            session,
            version_id=work.version_id,
            after=reached["after"],
            position=reached["position"],
        )
        phase = _SEAL if is_more else _WRITE
        version.reached = {**reached, "phase": phase, "after": after, "position": position}
        jobs.progress(session, job_id=work.job_id, done=reached["number"] + after + 1)


def _write(work: Freezing) -> None:
    with work.transactions() as session:
        rows = _locked(session, work).reached["position"]
    with work.transactions() as session:
        sealing.count(session)
    tree = sealing.tree(work.transactions, version_id=work.version_id)
    files.write_rows(work.transactions, storage=work.storage, version_id=work.version_id, rows=rows)
    with work.transactions() as session:
        version = _locked(session, work)
        manifest = manifests.make(
            session,
            version=version,
            splits=splits_of(version.splits),
            reached=version.reached,
            root=tree.root(),
        )
    files.write_head(
        work.transactions, storage=work.storage, version_id=work.version_id, manifest=manifest
    )
    with work.transactions() as session:
        version = _locked(session, work)
        version.rows, version.merkle_root = tree.size, tree.root()
        version.blocks, version.manifest = b"".join(tree.blocks()), manifest
        _end(session, work, version)


def _end(session: Session, work: Freezing, version: DatasetVersion) -> None:
    """Freeze what is there, unless an erasure has come in between: then parts are written anew."""
    if not files.is_settled(session, version_id=version.id):
        session.expire(version)
        return
    sealing.tidy(session, version_id=version.id)
    version.status, version.frozen_at = VersionStatus.FROZEN, clock.now()
    version.reached = {}
    assert version.rows is not None
    assert version.merkle_root is not None
    result = {
        "version_id": str(version.id),
        "rows": version.rows,
        "merkle_root": version.merkle_root.hex(),
        "digest": digest_of(version.manifest or {}),
    }
    jobs.succeed(
        session, job_id=work.job_id, result=result, done=jobs.total(session, job_id=work.job_id)
    )
    events.record(
        session,
        type_="dataset.version_frozen",
        subject=f"dataset_version:{version.id}",
        actor=version.created_by,
        data={"id": str(version.id), "model_id": version.model_id, **result},
    )


def _attempts(work: Freezing) -> int:
    with work.transactions() as session:
        return jobs.attempts(session, job_id=work.job_id)


def _fail(work: Freezing, error: Exception) -> None:
    with work.transactions() as session:
        _locked(session, work).status = VersionStatus.FAILED
        message = f"the version could not be built ({type(error).__name__}); it can be tried again"
        jobs.fail(session, job_id=work.job_id, code="freeze_failed", message=message)


def _locked(session: Session, work: Freezing) -> DatasetVersion:
    query = select(DatasetVersion).where(DatasetVersion.id == work.version_id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
