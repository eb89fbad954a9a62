"""Spans: parts of a response's text that feedback points at, held against that text."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.models import Feedback, FeedbackSpan, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSpan:
    """A part as given; ``start`` and ``end`` count Unicode code points, ``end`` is outside."""

    start: int
    end: int
    text: str
    dimension: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanView:
    """A part of a response's text."""

    start: int
    end: int
    text: str
    dimension_id: UUID | None
    note: str | None


def fit(
    *, given: Sequence[GivenSpan], content: str, dimensions: Sequence[dict[str, Any]]
) -> list[SpanView]:
    """Return the spans with their dimensions; raises Invalid where one is not in ``content``."""
    known = {
        key: item["id"]
        for item in reversed(dimensions)
        if not item["archived"]
        for key in (item["id"], item["name"])
    }
    errors = {
        place: fault for place, span in enumerate(given) if (fault := _fault(span, content, known))
    }
    if errors:
        raise Invalid("the spans do not fit the response", errors={"spans": errors})
    return [_view(span, known) for span in given]


def _fault(span: GivenSpan, content: str, known: dict[str, str]) -> dict[str, list[str]]:
    if not span.start < span.end <= len(content):
        expected = f"expected more than start and at most {len(content)}, found {span.end}"
        return {"end": [expected]}
    if content[span.start : span.end] != span.text:
        expected = f"expected the response's text from {span.start} to {span.end}, found another"
        return {"text": [expected]}
    if span.dimension is not None and span.dimension not in known:
        return {"dimension_id": [f"there is no dimension {span.dimension!r} for this model"]}
    return {}


def _view(span: GivenSpan, known: dict[str, str]) -> SpanView:
    return SpanView(
        start=span.start,
        end=span.end,
        text=span.text,
        dimension_id=UUID(known[span.dimension]) if span.dimension else None,
        note=span.note,
    )


def of_feedback(session: Session, *, ids: Sequence[UUID]) -> dict[UUID, list[SpanView]]:
    """Return the spans of each feedback in their order; their texts come from the responses."""
    length = FeedbackSpan.stop - FeedbackSpan.start
    query = (
        select(FeedbackSpan, func.substr(Response.content, FeedbackSpan.start + 1, length))
        .join(Feedback, Feedback.id == FeedbackSpan.feedback_id)
        .join(Response, Response.id == Feedback.response_id)
        .where(FeedbackSpan.feedback_id.in_(ids))
        .order_by(FeedbackSpan.feedback_id, FeedbackSpan.position)
    )
    found: dict[UUID, list[SpanView]] = defaultdict(list)
    for row, text in session.execute(query):
        found[row.feedback_id].append(
            SpanView(
                start=row.start,
                end=row.stop,
                text=text or "",
                dimension_id=row.dimension_id,
                note=row.note,
            )
        )
    return found


def rows_of(spans: Sequence[SpanView]) -> list[dict[str, Any]]:
    """Return how spans are stored: by where they are, without their texts."""
    return [
        {
            "position": place,
            "start": span.start,
            "stop": span.end,
            "dimension_id": span.dimension_id,
            "note": span.note,
        }
        for place, span in enumerate(spans)
    ]


def places_of(spans: Sequence[SpanView]) -> list[dict[str, Any]]:
    """Return spans as a revision keeps them, which holds no text of the response."""
    return [
        {
            "start": span.start,
            "end": span.end,
            "dimension_id": span.dimension_id,
            "note": span.note,
        }
        for span in spans
    ]
