"""Lineage: where a record comes from, in the columns that several shapes share."""

from collections.abc import Iterator

from app.domain.shapes.row import Answer, Row
from app.domain.shapes.shape import Column, Plain, Record
from app.domain.shapes.standing import Standing, combined

LINEAGE: tuple[Column, ...] = (
    ("prompt_id", Plain.TEXT),
    ("interaction_id", Plain.TEXT),
    ("source", Plain.TEXT),
    ("validated", Plain.FLAG),
    ("raters", Plain.WHOLE),
    ("agreement", Plain.NUMBER),
    ("sample_weight", Plain.NUMBER),
)


def lineage(
    row: Row,
    source: str,
    *,
    raters: int,
    agreement: float | None,
    weight: float,
    validated: bool = True,
) -> Record:
    """Return the columns; ``source`` is what the record rests on, in one word."""
    return {
        "prompt_id": row.prompt_id,
        "interaction_id": row.interaction_id,
        "source": source,
        "validated": validated,
        "raters": raters,
        "agreement": rounded(agreement),
        "sample_weight": rounded(weight),
    }


def lineage_of(row: Row, source: str, standing: Standing) -> Record:
    """Return the columns for what all judgements of an answer come to."""
    return lineage(
        row,
        source,
        raters=standing.raters,
        agreement=standing.agreement,
        weight=standing.weight,
    )


def corrections(row: Row, answer: Answer, standing: Standing) -> Iterator[tuple[str, Record]]:
    """Yield each correction of an answer with its lineage: its raters are who gave just this."""
    for text in standing.corrections:
        by = combined([one for one in answer.judgements if one.correction == text], content="")
        said = lineage(
            row, "correction", raters=by.raters, agreement=standing.agreement, weight=by.weight
        )
        yield text, said


def rounded(value: float | None) -> float | None:
    """Return ``value`` with as many digits as say something."""
    return None if value is None else round(float(value), 6)
