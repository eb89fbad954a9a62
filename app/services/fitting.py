"""Fitting: given ratings held against the dimensions that apply."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.domain.scale import parse_scale
from app.errors import Invalid
from app.services.feedback_views import RatingView


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRating:
    """A score as given; the dimension by id or by name."""

    dimension: str
    score: Any
    justification: str | None = None
    correct_response: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFeedback:
    """What a person thinks of a response; at least one part is there."""

    ratings: Sequence[GivenRating] = field(default_factory=tuple)
    overall_comment: str | None = None
    rating: str | None = None
    correction: str | None = None
    flag: str | None = None


def fit(
    *, given: Sequence[GivenRating], dimensions: Sequence[dict[str, Any]]
) -> tuple[list[RatingView], list[float]]:
    """Return the ratings with their dimensions, and where each lies on its scale."""
    known = {key: item for item in reversed(dimensions) for key in (item["id"], item["name"])}
    errors: dict[int, dict[str, list[str]]] = {}
    fitted: dict[str, RatingView] = {}
    positions = []
    for place, rating in enumerate(given):
        dimension = known.get(rating.dimension)
        fault = _fault(rating, dimension, fitted)
        if fault or dimension is None:
            errors[place] = fault
            continue
        positions.append(parse_scale(dimension["scale"]).position(rating.score))
        fitted[dimension["id"]] = RatingView(
            dimension_id=UUID(dimension["id"]),
            dimension_name=dimension["name"],
            dimension_version=dimension["version"],
            score=rating.score,
            justification=rating.justification,
            correct_response=rating.correct_response,
        )
    _refuse(errors, _required_missing(fitted, dimensions) if given else [])
    return list(fitted.values()), positions


def _fault(
    rating: GivenRating, dimension: dict[str, Any] | None, fitted: dict[str, RatingView]
) -> dict[str, list[str]]:
    if dimension is None:
        return {"dimension_id": [f"there is no dimension {rating.dimension!r} for this model"]}
    if dimension["id"] in fitted:
        return {"dimension_id": [f"{dimension['name']!r} is rated twice"]}
    fault = parse_scale(dimension["scale"]).fault(rating.score)
    return {"score": [fault]} if fault else {}


def _required_missing(
    fitted: dict[str, RatingView], dimensions: Sequence[dict[str, Any]]
) -> list[str]:
    return [
        f"{item['name']!r} must be rated"
        for item in dimensions
        if item["required"] and item["id"] not in fitted
    ]


def _refuse(errors: dict[int, dict[str, list[str]]], missing_names: list[str]) -> None:
    found: dict[Any, Any] = dict(errors)
    if missing_names and not errors:
        found = {"_schema": missing_names}
    if found:
        raise Invalid("the ratings do not fit", errors={"dimension_ratings": found})
