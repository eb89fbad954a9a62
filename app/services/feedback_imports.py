"""Feedback imports: what people said elsewhere, each taken in once, with where it came from."""

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.access import Principal
from app.domain.feedback_forms.line import ToldFeedback
from app.domain.told import Refusal
from app.errors import AppError, Invalid
from app.services.feedback_intake import Entry, FeedbackImportOptions, Intake, entry_of
from app.services.feedback_lines import read_feedback
from app.services.imports import Counted, ImportReport
from app.utils.iterables import filled

_HINT = "POST /dimensions creates one, dimension= maps scores to another"
# Rating locks what is rated: enough lines for a statement to be worth its journey, and few
# enough that nobody who rates the same waits for long.
_BATCH = 250
_BATCH_BYTES = 4_194_304

_Line = ToldFeedback | Refusal


def import_feedback(
    transactions: Transactions,
    *,
    principal: Principal,
    pieces: Iterable[bytes],
    options: FeedbackImportOptions,
    watch: Callable[[ImportReport], object] = lambda _: None,
) -> ImportReport:
    """Take in every line that holds feedback; a transaction a batch, and each by itself in it.

    What is committed stays, whatever comes after it. ``watch`` sees the report grow.
    """
    report = ImportReport()
    lines = read_feedback(pieces, form=options.form, dimension=options.dimension)
    for batch in filled(lines, most=_BATCH, room=_BATCH_BYTES, size=_size):
        with transactions() as session:
            counted = _take_in(session, principal, batch, options)
        report.add(counted)
        watch(report)
    return report


def _size(line: _Line) -> int:
    return 0 if isinstance(line, Refusal) else line.size


def _take_in(
    session: Session, principal: Principal, batch: list[_Line], options: FeedbackImportOptions
) -> Counted:
    counted = Counted()
    entries = [
        line if isinstance(line, Refusal) else entry_of(line, options=options) for line in batch
    ]
    told = [entry for entry in entries if isinstance(entry, Entry)]
    intake = Intake(session, principal=principal, entries=told, options=options)
    for entry in entries:
        try:
            if isinstance(entry, Refusal):
                raise entry.error
            is_new = intake.take(entry)
            counted.accepted += is_new
            counted.repeated += not is_new
        except AppError as error:
            counted.refused.append((entry.line, _hinted(error)))
    intake.store()
    return counted


def _hinted(error: AppError) -> AppError:
    """Return the refusal with what to do where a dimension is missing."""
    faults = error.errors.get("dimension_ratings") if isinstance(error, Invalid) else None
    if not isinstance(faults, dict):
        return error
    for fault in faults.values():
        if isinstance(fault, dict) and "there is no" in str(fault.get("dimension_id")):
            fault["dimension_id"].append(_HINT)
    return error
