"""Export log: who fetched which training data, so that an erasure can name who holds what."""

from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.access import Principal
from app.models import DatasetExport
from app.services import events, mutex
from app.utils import clock

# What an export holds while it is written down that it begins: a moment.
_BEGINNING = "export"


def hold_back(session: Session) -> None:
    """Let no export begin until the transaction ends.

    To be called before rows are held: who waits here or begins an export holds none, and so
    nobody waits in a circle.
    """
    mutex.share(session, name=_BEGINNING)


def logged(
    transactions: Transactions,
    *,
    principal: Principal,
    model_id: str,
    shape: str,
    format_: str,
    pieces: Iterable[bytes],
    rows: Callable[[], int | None],
) -> Iterator[bytes]:
    """Write down that an export begins, and yield its pieces.

    When all are taken it is written down that it is over, and how many ``rows`` went out; None:
    that is not known. The beginning is committed before the first piece goes out: one that has no
    end has been fetched in part.
    """
    with transactions() as session:
        mutex.hold(session, name=_BEGINNING)
        export = DatasetExport(
            model_id=model_id, shape=shape, format=format_, requested_by=principal.id
        )
        session.add(export)
        session.flush()
        events.record(
            session,
            type_="dataset.exported",
            subject=f"dataset_export:{export.id}",
            actor=principal.id,
            data={"id": str(export.id), "model_id": model_id, "shape": shape, "format": format_},
        )
        export_id = export.id
    return _pieces(transactions, export_id, pieces, rows)


def _pieces(
    transactions: Transactions,
    export_id: UUID,
    pieces: Iterable[bytes],
    rows: Callable[[], int | None],
) -> Iterator[bytes]:
    yield from pieces
    with transactions() as session:
        session.execute(
            update(DatasetExport)
            .where(DatasetExport.id == export_id)
            .values(finished_at=clock.now(), rows=rows())
        )
