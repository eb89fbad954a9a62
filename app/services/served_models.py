"""Served models: which provider answers for a model, and who answers when it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.clients.inference.route import Route
from app.errors import Conflict

# The model itself and four others: longer chains only make callers wait.
MOST_FALLBACKS = 4

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
