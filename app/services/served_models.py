"""Served models: which provider answers for a model, and who answers when it cannot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clients.inference.route import Route
from app.domain.access import Principal
from app.domain.page import Page, PageRequest
from app.domain.seen_version import expect_seen
from app.errors import Conflict, Invalid, NotFound
from app.models import ServedModel
from app.services import events, keyset
from app.utils import clock

# Raises Invalid for what cannot be a route.
Check = Callable[[Route], None]

# The model itself and four others: longer chains only make callers wait.
MOST_FALLBACKS = 4
# A list that does not come in pages ends somewhere.
MOST_SHOWN = 1000

# The model's own way comes first; an id that has no row is there by its name alone.
_TARGETS = text("""
WITH wanted (place, model_id) AS (
  VALUES (CAST(0 AS bigint), CAST(:model_id AS text))
  UNION ALL
  SELECT fallback.place, fallback.model_id
  FROM models, jsonb_array_elements_text(models.fallbacks)
    WITH ORDINALITY AS fallback (model_id, place)
  WHERE models.model_id = :model_id
)
SELECT wanted.model_id, models.provider, models.settings, models.context_tokens,
       models.max_concurrency, models.enabled
FROM wanted LEFT JOIN models ON models.model_id = wanted.model_id
ORDER BY wanted.place
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Route):
    """A model that may be asked, and the way to it."""

    model_id: str
    context_tokens: int | None = None


def targets(session: Session, *, model_id: str) -> Sequence[Target]:
    """Return the model and the enabled ones that are asked instead, in their order.

    The order is the model's own: theirs are not followed, so there are no circles. Who has
    no route is the Model Service's. Raises Conflict (``model_not_served``) for a model that
    is disabled.
    """
    rows = session.execute(_TARGETS, {"model_id": model_id}).all()
    if rows[0].enabled is False:
        message = f"the model {model_id} is disabled; an admin can enable it"
        raise Conflict(message, code="model_not_served")
    return [_target(row) for row in rows if row.enabled is not False]


def _target(row: Any) -> Target:
    if row.provider is None:
        return Target(model_id=row.model_id)
    return Target(
        model_id=row.model_id,
        provider=row.provider,
        settings=row.settings,
        max_concurrency=row.max_concurrency,
        context_tokens=row.context_tokens,
    )


def create(
    session: Session,
    *,
    principal: Principal | None,
    check: Check,
    model_id: str,
    provider: str,
    **values: Any,
) -> ServedModel:
    """Make a route; raises Invalid for an impossible one, Conflict where there is one.

    ``values`` are ``settings``, ``fallbacks``, ``enabled``, ``context_tokens`` and
    ``max_concurrency``, each as the table has it.
    """
    check(Route(provider=provider, settings=values.get("settings", {})))
    _check_fallbacks(model_id, values.get("fallbacks", []))
    made = _insert(session, model_id=model_id, provider=provider, **values)
    if made is None:
        message = f"there is a route to {model_id!r} already; change it by PUT"
        raise Conflict(message, code="model_exists")
    _record(session, principal, made, "model.created", {"provider": provider})
    return made


def register(session: Session, *, model_id: str, context_tokens: int | None = None) -> bool:
    """Make a route to the Model Service unless there is a route; return whether it was made."""
    values = {"model_id": model_id, "context_tokens": context_tokens}
    made = _insert(session, provider=Route().provider, **values)
    if made:
        _record(session, None, made, "model.created", {"provider": made.provider})
    return made is not None


def get(session: Session, *, model_id: str) -> ServedModel:
    """Return a route; raises NotFound."""
    return _found(session.get(ServedModel, model_id), model_id)


def list_all(session: Session, *, page: PageRequest) -> Page:
    """Return the routes in the order of the models' ids."""
    key = (ServedModel.model_id,)
    return keyset.ascending(session, query=select(ServedModel), by=key, page=page)


def list_enabled(session: Session, *, most: int = MOST_SHOWN) -> Sequence[ServedModel]:
    """Return the routes that are enabled, in the order of the models' ids."""
    query = select(ServedModel).where(ServedModel.enabled).order_by(ServedModel.model_id)
    return session.scalars(query.limit(most)).all()


def change(
    session: Session,
    *,
    principal: Principal | None,
    check: Check,
    model_id: str,
    changes: dict[str, Any],
    seen_version: int | None = None,
) -> ServedModel:
    """Change what is given; whoever asks the model next goes the new way.

    Raises NotFound, Invalid for an impossible route, PreconditionFailed for a stale version.
    """
    model = _locked(session, model_id)
    expect_seen(seen_version, present=model.version)
    changed = sorted(name for name, value in changes.items() if getattr(model, name) != value)
    for name in changed:
        setattr(model, name, changes[name])
    if {"provider", "settings"} & changes.keys():
        check(Route(provider=model.provider, settings=model.settings))
    _check_fallbacks(model_id, model.fallbacks)
    if changed:
        model.version += 1
        model.updated_at = clock.now()
        data = {"changed": changed, "version": model.version}
        _record(session, principal, model, "model.changed", data)
    session.flush()
    return model


def delete(session: Session, *, principal: Principal | None, model_id: str) -> None:
    """Remove a route: the model is the Model Service's then. Raises NotFound."""
    model = _locked(session, model_id)
    session.delete(model)
    _record(session, principal, model, "model.deleted", {})
    session.flush()


def _insert(session: Session, **values: Any) -> ServedModel | None:
    statement = insert(ServedModel).values(**values).on_conflict_do_nothing()
    return session.scalars(statement.returning(ServedModel)).one_or_none()


def _locked(session: Session, model_id: str) -> ServedModel:
    found = session.get(ServedModel, model_id, with_for_update=True, populate_existing=True)
    return _found(found, model_id)


def _found(model: ServedModel | None, model_id: str) -> ServedModel:
    if model is None:
        raise NotFound(f"there is no route to a model {model_id!r}")
    return model


def _check_fallbacks(model_id: str, fallbacks: Sequence[str]) -> None:
    fault = None
    if len(fallbacks) > MOST_FALLBACKS:
        fault = f"expected at most {MOST_FALLBACKS} models, found {len(fallbacks)}"
    elif len({model_id, *fallbacks}) <= len(fallbacks):
        fault = "expected other models, each once"
    if fault:
        raise Invalid("the fallbacks are not possible", errors={"fallbacks": [fault]})


def _record(
    session: Session,
    principal: Principal | None,
    model: ServedModel,
    type_: str,
    data: dict[str, Any],
) -> None:
    """Tell the log; settings stay out of it: where servers are is the admins' business."""
    events.record(
        session,
        type_=type_,
        subject=f"model:{model.model_id}",
        actor=principal.id if principal else None,
        data={"id": model.model_id, **data},
    )
