"""Lineage: where a record comes from, in the columns that several shapes share."""

from app.domain.shapes.row import Row
from app.domain.shapes.shape import Column, Plain, Record

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


def rounded(value: float | None) -> float | None:
    """Return ``value`` with as many digits as say something."""
    return None if value is None else round(float(value), 6)
