"""Selections: which part of a model's dataset is meant."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What has to hold, everything at once; None or empty asks nothing.

    ``min_score`` are dimensions with the least mean place of their scores (0 the lowest, 1
    the highest of the scale). ``preferences`` says whether preferences, which nobody has
    validated, come along where a shape makes something of them.
    """

    model_id: str
    model_version: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_score: tuple[tuple[str, float], ...] = ()
    min_agreement: float | None = None
    min_raters: int | None = None
    min_reliability: float | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    intent: str | None = None
    interaction_id: UUID | None = None
    response_id: UUID | None = None
    feedback_id: UUID | None = None
    preferences: bool = True
