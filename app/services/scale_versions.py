"""Versions of a dimension's scale: checking them, adding one, and listing them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.page import Page, PageRequest
from app.domain.scale import normal_scale, parse_scale, scale_faults
from app.domain.scale_mapping import mapping_faults
from app.errors import Invalid, NotFound
from app.models import Dimension, DimensionVersion
from app.services import keyset


def checked(scale: dict[str, Any]) -> dict[str, Any]:
    """Return the scale with its defaults; raises Invalid for an impossible one."""
    faults = scale_faults(scale)
    if faults:
        raise Invalid("the scale is not possible", errors={"scale": faults})
    return normal_scale(scale)


def check_anchors(anchors: Sequence[dict[str, Any]], *, scale: dict[str, Any]) -> None:
    """Raise Invalid where an anchor stands at no score of the scale, or two at the same."""
    faults: dict[int, dict[str, list[str]]] = {}
    seen: list[Any] = []
    for place, anchor in enumerate(anchors):
        fault = parse_scale(scale).fault(anchor["score"])
        if fault is None and anchor["score"] in seen:
            fault = "expected different scores, found one twice"
        if fault:
            faults[place] = {"score": [fault]}
        seen.append(anchor["score"])
    if faults:
        raise Invalid("the anchors do not fit the scale", errors={"anchors": faults})


def check_mapping(
    mapping: dict[str, Any] | None, *, old: dict[str, Any], new: dict[str, Any]
) -> None:
    """Raise Invalid where a mapping does not lead from the old scale to the new one."""
    faults = mapping_faults(mapping, old=old, new=new) if mapping else {}
    if faults:
        raise Invalid("the mapping does not fit the scales", errors={"mapping": faults})


def add(session: Session, *, dimension: Dimension, mapping: dict[str, Any] | None) -> None:
    """Make the dimension's scale its next version."""
    dimension.version += 1
    session.add(
        DimensionVersion(
            dimension_id=dimension.id,
            version=dimension.version,
            scale=dimension.scale,
            mapping=mapping,
        )
    )


def page_versions(session: Session, *, dimension_id: UUID, page: PageRequest) -> Page:
    """Return the versions of a dimension's scale, the newest first."""
    if session.get(Dimension, dimension_id) is None:
        raise NotFound(f"there is no dimension {dimension_id}")
    query = select(DimensionVersion).where(DimensionVersion.dimension_id == dimension_id)
    return keyset.descending(session, query=query, by=(DimensionVersion.version,), page=page)
