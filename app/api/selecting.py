"""Selections and rules as queries say them."""

from typing import Any

from app.domain.selection import Selection
from app.domain.selection_form import INCLUDE
from app.domain.shapes.shape import Rules

_ASKED = frozenset(Selection.__slots__) - {"model_id", "preferences"}


def selection_of(query: dict[str, Any], model_id: str) -> Selection:
    """Return which part of a model's dataset is asked for."""
    asked = {name: value for name, value in query.items() if name in _ASKED}
    return Selection(model_id=model_id, preferences=query["preferences"] == INCLUDE, **asked)


def rules_of(query: dict[str, Any]) -> Rules:
    """Return what the export may choose."""
    return Rules(
        threshold=query["threshold"], margin=query["margin"], as_text=query["turns"] == "text"
    )
