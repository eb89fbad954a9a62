"""Dimensions: making, changing and listing what people rate on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, undefer

from app.domain.access import Principal
from app.domain.page import Page, PageRequest
from app.domain.scale import DEFAULT_SCALE
from app.domain.seen_version import expect_seen
from app.domain.states import ALL_MODELS
from app.errors import Conflict, Invalid, NotFound
from app.models import Dimension, DimensionVersion
from app.services import events, keyset, scale_versions
from app.utils import clock
from app.utils.ids import new_id

INITIAL = (
    ("accuracy", "Is what the response says true?"),
    ("helpfulness", "Does the response help with what was asked?"),
    ("relevance", "Does the response keep to what was asked?"),
    ("clarity", "Is the response easy to understand?"),
    ("completeness", "Does the response leave out nothing that was asked?"),
)


def create(
    session: Session,
    *,
    principal: Principal,
    name: str,
    description: str | None = None,
    model_id: str = ALL_MODELS,
    scale: dict[str, Any] | None = None,
    anchors: Sequence[dict[str, Any]] = (),
    order: int | None = None,
    **more: Any,
) -> Dimension:
    """Make a dimension; raises Invalid for an impossible scale, Conflict for a taken name.

    A model's own may have the name of one for all models: by that name it is rated instead.
    """
    checked = scale_versions.checked(scale or DEFAULT_SCALE)
    scale_versions.check_anchors(anchors, scale=checked)
    made = _insert(
        session,
        name=name,
        description=description,
        model_id=model_id,
        scale=checked,
        anchors=list(anchors),
        position=_next_position(session, model_id) if order is None else order,
        **{"required": False, "weight": 1.0, **more},
    )
    if made is None:
        raise _taken(name, model_id)
    _record(session, made, "dimension.created", principal.id, {"name": name})
    return _whole(session, made)


def list_for_model(
    session: Session, *, model_id: str, page: PageRequest, archived: bool = False
) -> Page:
    """Return the model's own dimensions and the ones for all models, in their order."""
    state = Dimension.archived_at.is_not(None) if archived else Dimension.archived_at.is_(None)
    query = select(Dimension).where(_applies(model_id), state).options(undefer(Dimension.overrides))
    return keyset.ascending(session, query=query, by=(Dimension.position, Dimension.id), page=page)


def update(
    session: Session,
    *,
    principal: Principal,
    dimension_id: UUID,
    changes: dict[str, Any],
    seen_version: int | None = None,
) -> Dimension:
    """Change a dimension; a changed scale makes a new version and leaves old scores alone."""
    dimension = _locked(session, dimension_id)
    expect_seen(seen_version, present=dimension.version)
    changed = _apply(session, dimension, changes)
    if changed:
        dimension.updated_at = clock.now()
        data = {"changed": changed, "version": dimension.version}
        _record(session, dimension, "dimension.updated", principal.id, data)
    return _whole(session, dimension)


def archive(session: Session, *, principal: Principal, dimension_id: UUID) -> Dimension:
    """Take a dimension out of use; what was rated on it stays. Again changes nothing."""
    dimension = _locked(session, dimension_id)
    if dimension.archived_at is None:
        dimension.archived_at = dimension.updated_at = clock.now()
        _record(session, dimension, "dimension.archived", principal.id, {})
    return _whole(session, dimension)


def restore(session: Session, *, principal: Principal, dimension_id: UUID) -> Dimension:
    """Take an archived dimension into use again."""
    dimension = _locked(session, dimension_id)
    if dimension.archived_at is not None:
        dimension.archived_at, dimension.updated_at = None, clock.now()
        _record(session, dimension, "dimension.restored", principal.id, {})
    return _whole(session, dimension)


def set_up(session: Session) -> list[str]:
    """Make the initial dimensions that are not there yet and return their names."""
    made = [
        _insert(
            session,
            name=name,
            description=description,
            model_id=ALL_MODELS,
            scale=DEFAULT_SCALE,
            required=False,
            weight=1.0,
            position=position,
        )
        for position, (name, description) in enumerate(INITIAL)
    ]
    for dimension in filter(None, made):
        _record(session, dimension, "dimension.created", None, {"name": dimension.name})
    return [dimension.name for dimension in made if dimension]


def _applies(model_id: str) -> Any:
    return or_(Dimension.model_id == ALL_MODELS, Dimension.model_id == model_id)


def _locked(session: Session, dimension_id: UUID) -> Dimension:
    dimension = session.get(Dimension, dimension_id, with_for_update=True)
    if dimension is None:
        raise NotFound(f"there is no dimension {dimension_id}")
    return dimension


def _whole(session: Session, dimension: Dimension) -> Dimension:
    """Return a dimension, stored, with what it overrides as it is then."""
    session.flush()
    session.refresh(dimension, ["overrides"])
    return dimension


def _insert(session: Session, *, scale: dict[str, Any], **values: Any) -> Dimension | None:
    dimension_id = new_id()
    statement = insert(Dimension).values(id=dimension_id, scale=scale, **values)
    made = session.execute(statement.on_conflict_do_nothing().returning(Dimension.id))
    if made.one_or_none() is None:
        return None
    session.add(DimensionVersion(dimension_id=dimension_id, version=1, scale=scale))
    session.flush()
    return session.get_one(Dimension, dimension_id)


def _apply(session: Session, dimension: Dimension, changes: dict[str, Any]) -> list[str]:
    changes = dict(changes)
    mapping = changes.pop("mapping", None)
    if "order" in changes:
        changes["position"] = changes.pop("order")
    if "scale" in changes:
        changes["scale"] = scale_versions.checked(changes["scale"])
    _refuse_unfit(dimension, changes, mapping)
    if "name" in changes and changes["name"] != dimension.name:
        _refuse_taken(session, dimension, changes["name"])
    changed = sorted(name for name, value in changes.items() if getattr(dimension, name) != value)
    for name in changed:
        setattr(dimension, name, changes[name])
    if "scale" in changed:
        scale_versions.add(session, dimension=dimension, mapping=mapping)
    return changed


def _refuse_unfit(
    dimension: Dimension, changes: dict[str, Any], mapping: dict[str, Any] | None
) -> None:
    """Refuse anchors and a mapping that do not fit; the same scale again needs no mapping."""
    scale = changes.get("scale", dimension.scale)
    scale_versions.check_anchors(changes.get("anchors", dimension.anchors), scale=scale)
    if mapping and "scale" not in changes:
        message = "expected a scale beside it, for it says what old scores are on the new one"
        raise Invalid("there is nothing to map to", errors={"mapping": [message]})
    if scale != dimension.scale:
        scale_versions.check_mapping(mapping, old=dimension.scale, new=scale)


def _refuse_taken(session: Session, dimension: Dimension, name: str) -> None:
    taken = session.scalar(
        select(Dimension.id).where(Dimension.model_id == dimension.model_id, Dimension.name == name)
    )
    if taken:
        raise _taken(name, dimension.model_id)


def _taken(name: str, model_id: str) -> Conflict:
    return Conflict(
        f"there is a dimension {name!r} for {model_id!r} already",
        code="dimension_exists",
    )


def _next_position(session: Session, model_id: str) -> int:
    query = select(func.coalesce(func.max(Dimension.position), -1) + 1).where(_applies(model_id))
    return int(session.scalar(query) or 0)


def _record(
    session: Session,
    dimension: Dimension,
    type_: str,
    actor: str | None,
    data: dict[str, Any],
) -> None:
    subject = f"dimension:{dimension.id}"
    events.record(
        session,
        type_=type_,
        subject=subject,
        actor=actor,
        data={"id": str(dimension.id), **data},
    )
