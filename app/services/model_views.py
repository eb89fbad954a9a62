"""Served models as readers see them: the routes, and how those at their ends are doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.clients.inference.health import Health, HealthBook
from app.clients.inference.route import Route
from app.domain.access import Permission, Principal
from app.models import ServedModel


class Condition(StrEnum):
    """What came of the last call to a model; after an hour without one nobody knows."""

    HEALTHY = "healthy"
    FAILING = "failing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """A route; ``settings`` is None for those who could not change them."""

    model_id: str
    provider: str
    enabled: bool
    health: Condition
    latency_ms: int | None
    context_tokens: int | None
    max_concurrency: int | None
    fallbacks: list[str]
    settings: dict[str, Any] | None
    version: int
    created_at: datetime
    updated_at: datetime


def views(
    models: Sequence[ServedModel], *, principal: Principal, book: HealthBook
) -> list[ModelView]:
    """Return the models as ``principal`` may see them, with what the book says of each."""
    keys = [_route(model).key_of()(model.model_id) for model in models]
    shows_settings = principal.can(Permission.MODELS_WRITE)
    return [
        _view(model, health, shows_settings=shows_settings)
        for model, health in zip(models, book.of(keys), strict=True)
    ]


def _route(model: ServedModel) -> Route:
    return Route(provider=model.provider, settings=model.settings)


def _view(model: ServedModel, health: Health | None, *, shows_settings: bool) -> ModelView:
    return ModelView(
        model_id=model.model_id,
        provider=model.provider,
        enabled=model.enabled,
        health=_condition(health),
        latency_ms=health.latency_ms if health else None,
        context_tokens=model.context_tokens,
        max_concurrency=model.max_concurrency,
        fallbacks=model.fallbacks,
        settings=model.settings if shows_settings else None,
        version=model.version,
        created_at=model.created_at,
        updated_at=model.updated_at,
    )


def _condition(health: Health | None) -> Condition:
    if health is None:
        return Condition.UNKNOWN
    return Condition.HEALTHY if health.works else Condition.FAILING
