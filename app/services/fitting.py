"""Fitting: given ratings held against the dimensions that apply."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.domain.flagging import Flag
from app.domain.scale import parse_scale
from app.errors import Invalid
from app.models import DimensionVersion
from app.services.feedback_views import FeedbackView, RatingView
from app.services.spans import GivenSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRating:
    """A score as given; the dimension by id or by name."""

    dimension: str
    score: Any
    justification: str | None = None
    correct_response: str | None = None
    cannot_judge: bool | None = None
    cannot_judge_reason: str | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Say whether a change takes the score on this dimension away."""
        return self.score is None and not self.cannot_judge


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFeedback:
    """What a person thinks of a response; at least one part is there."""

    ratings: Sequence[GivenRating] = field(default_factory=tuple)
    overall_comment: str | None = None
    rating: str | None = None
    correction: str | None = None
    flag: Flag | None = None
    cannot_judge: bool | None = None
    cannot_judge_reason: str | None = None
    spans: Sequence[GivenSpan] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Ratings that fit, and where each score lies on its scale, by dimension."""

    ratings: list[RatingView]
    positions: dict[UUID, float]


def fit(
    *,
    given: Sequence[GivenRating],
    dimensions: Sequence[dict[str, Any]],
    rated: Collection[UUID] = (),
) -> Fitted:
    """Return the ratings with their dimensions; ``rated`` are dimensions rated before.

    Raises Invalid, with every fault at its place.
    """
    known = {key: item for item in reversed(dimensions) for key in (item["id"], item["name"])}
    errors: dict[int, dict[str, list[str]]] = {}
    fitted: dict[str, RatingView] = {}
    positions: dict[UUID, float] = {}
    for place, rating in enumerate(given):
        dimension = known.get(rating.dimension)
        fault = _fault(rating, dimension, fitted)
        if fault or dimension is None:
            errors[place] = fault
            continue
        view = fitted[dimension["id"]] = _view(rating, dimension)
        if not rating.cannot_judge:
            scale = parse_scale(dimension["scale"])
            positions[view.dimension_id] = scale.position(rating.score)
    known_ids = {*fitted, *map(str, rated)}
    _refuse(errors, _required_missing(known_ids, dimensions) if known_ids else [])
    return Fitted(ratings=list(fitted.values()), positions=positions)


def positions_of(session: Session, *, ratings: Sequence[RatingView]) -> dict[UUID, float]:
    """Return where stored scores lie on the scales that they were given on."""
    versions = [(rating.dimension_id, rating.dimension_version) for rating in ratings]
    key = tuple_(DimensionVersion.dimension_id, DimensionVersion.version)
    query = select(DimensionVersion).where(key.in_(versions))
    scales = {row.dimension_id: parse_scale(row.scale) for row in session.scalars(query)}
    return {
        rating.dimension_id: scales[rating.dimension_id].position(rating.score)
        for rating in ratings
        if not rating.cannot_judge
    }


def _view(rating: GivenRating, dimension: dict[str, Any]) -> RatingView:
    return RatingView(
        dimension_id=UUID(dimension["id"]),
        dimension_name=dimension["name"],
        dimension_version=dimension["version"],
        score=rating.score,
        justification=rating.justification,
        correct_response=rating.correct_response,
        cannot_judge=bool(rating.cannot_judge),
        cannot_judge_reason=rating.cannot_judge_reason,
    )


def _fault(
    rating: GivenRating, dimension: dict[str, Any] | None, fitted: dict[str, RatingView]
) -> dict[str, list[str]]:
    if dimension is None:
        return {"dimension_id": [f"there is no dimension {rating.dimension!r} for this model"]}
    if dimension["archived"]:
        return {"dimension_id": [f"expected one in use, {dimension['name']!r} is archived"]}
    if dimension["id"] in fitted:
        return {"dimension_id": [f"{dimension['name']!r} is rated twice"]}
    if rating.cannot_judge:
        return _beside(rating)
    if rating.cannot_judge_reason is not None:
        return {"cannot_judge_reason": ["expected cannot_judge to be true beside it"]}
    fault = parse_scale(dimension["scale"]).fault(rating.score)
    return {"score": [fault]} if fault else {}


def _beside(rating: GivenRating) -> dict[str, list[str]]:
    if rating.score is None:
        return {}
    return {"score": ["expected null, for who cannot judge gives no score"]}


def refuse_contradictions(view: FeedbackView, *, positions: Collection[UUID]) -> None:
    """Raise Invalid where feedback says that it cannot be judged, and judges."""
    if view.cannot_judge and (view.rating or positions):
        message = "expected no rating and no score beside it"
        raise Invalid("who cannot judge does not rate", errors={"cannot_judge": [message]})
    if view.cannot_judge_reason is not None and not view.cannot_judge:
        message = "expected cannot_judge to be true beside it"
        raise Invalid("a reason for nothing", errors={"cannot_judge_reason": [message]})


def _required_missing(rated: Collection[str], dimensions: Sequence[dict[str, Any]]) -> list[str]:
    """Name what is required and not rated; a model's own goes for the one for all models."""
    by_name = {item["name"]: item for item in reversed(dimensions) if not item["archived"]}
    return [
        f"{name!r} must be rated"
        for name, item in reversed(by_name.items())
        if item["required"] and item["id"] not in rated
    ]


def _refuse(errors: dict[int, dict[str, list[str]]], missing_names: list[str]) -> None:
    found: dict[Any, Any] = dict(errors)
    if missing_names and not errors:
        found = {"_schema": missing_names}
    if found:
        raise Invalid("the ratings do not fit", errors={"dimension_ratings": found})
