"""Every remote of the service, made once a process from the settings."""

from collections.abc import Callable
from dataclasses import dataclass

from app.clients.auth_service import AuthService
from app.clients.cache import Cache
from app.clients.desks import Desks
from app.clients.inference.base import InferenceProvider
from app.clients.inference.catalogue import ListedModel
from app.clients.inference.health import HealthBook
from app.clients.inference.route import Route
from app.clients.job_queue import JobQueue
from app.clients.jwks import KeySource
from app.clients.live import Live
from app.clients.profiles import Profiles
from app.clients.seats import Seats
from app.clients.storage import Storage
from app.clients.tokenizers import Tokenizers
from app.domain.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Remotes:
    """What use cases reach outside through; ``keys`` is None where one secret signs tokens.

    ``inference`` is the Model Service of the configuration, ``providers`` gives whoever is at
    the end of a route, ``check_route`` raises Invalid for what cannot be one, and ``health``
    says how those do who were asked. ``catalogue`` lists what that Model Service serves.
    """

    cache: Cache
    live: Live
    inference: InferenceProvider
    providers: Callable[[Route], InferenceProvider]
    check_route: Callable[[Route], None]
    health: HealthBook
    catalogue: Callable[[Deadline], list[ListedModel]]
    auth_service: AuthService
    profiles: Profiles
    queue: JobQueue
    tokenizers: Tokenizers
    keys: KeySource | None
    seats: Seats
    desks: Desks
    storage: Storage
