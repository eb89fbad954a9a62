"""Routes become providers: made when first asked for, kept while they are used."""

from dataclasses import dataclass

from app.clients.inference.base import InferenceError, InferenceProvider
from app.clients.inference.breaker import Breaker
from app.clients.inference.guarded import Guarded, Limit
from app.clients.inference.health import HealthBook
from app.clients.inference.kept import Kept
from app.clients.inference.kinds import KINDS, Means
from app.clients.inference.measured import Measured
from app.clients.inference.places import Places
from app.clients.inference.route import Route
from app.errors import Invalid
from app.utils.canonical_json import canonical_bytes

_MOST_PROVIDERS = 256


@dataclass(frozen=True, slots=True)
class Guards:
    """What keeps providers from being asked in vain, or by too many, and notes how it went."""

    breaker: Breaker
    places: Places
    book: HealthBook


class Routes:
    """Gives providers for routes; a route that was changed is another one."""

    def __init__(self, means: Means, guards: Guards) -> None:
        self._means = means
        self._guards = guards
        self.health = guards.book
        self._providers: Kept[InferenceProvider] = Kept(_MOST_PROVIDERS)

    def check(self, route: Route) -> None:
        """Raise Invalid, whose ``errors`` name the fields, for what cannot be a route."""
        kind = KINDS.get(route.provider)
        if kind is None:
            message = f"nobody here asks models by {route.provider}"
            raise Invalid(message, errors={"provider": [f"must be one of {', '.join(KINDS)}"]})
        faults = kind.faults(route.settings, self._means.rules)
        if faults:
            errors = {f"settings.{name}": told for name, told in faults.items()}
            raise Invalid(f"the settings are none of a route by {route.provider}", errors=errors)

    def __call__(self, route: Route) -> InferenceProvider:
        """Return who answers; raises InferenceError for a route that is not allowed any more."""
        way = [route.provider, dict(route.settings), route.max_concurrency]
        return self._providers.get(canonical_bytes(way), lambda: self._made(route))

    def _made(self, route: Route) -> InferenceProvider:
        # The operator may have changed the rules since an admin wrote it.
        try:
            self.check(route)
        except Invalid as error:
            message = "the model's route is not allowed any more: " + ", ".join(error.errors)
            raise InferenceError("model_failed", message) from error
        key_of = route.key_of()
        provider = KINDS[route.provider].make(route.settings, self._means)
        return Guarded(
            Measured(provider, self._guards.book, key_of=key_of),
            self._guards.breaker,
            Limit(places=self._guards.places, most=route.max_concurrency),
            key_of=key_of,
        )
