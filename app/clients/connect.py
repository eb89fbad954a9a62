"""Makes every remote out of the settings; nothing is contacted yet."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.clients.auth_service import AuthService, HttpAuthService, NoAuthService
from app.clients.aws import Aws, AwsPlace
from app.clients.cache import Cache, NullCache, RedisCache
from app.clients.desks import Desks
from app.clients.http import HttpClient, Remote
from app.clients.inference.breaker import Breaker
from app.clients.inference.health import HealthBook
from app.clients.inference.kinds import Means
from app.clients.inference.model_service import ModelService
from app.clients.inference.places import Places
from app.clients.inference.route_settings import Rules
from app.clients.inference.routes import Guards, Routes
from app.clients.job_queue import PostgresJobQueue
from app.clients.jwks import JwksKeySource
from app.clients.live import NoLive, RedisLive
from app.clients.model_keys import ModelKeys
from app.clients.neighbour import Neighbour
from app.clients.profiles import HttpProfiles, NoProfiles, Profiles
from app.clients.redis_link import RedisLink
from app.clients.remotes import Remotes
from app.clients.s3_storage import S3Storage
from app.clients.seats import Seats
from app.clients.storage import FolderStorage, Storage
from app.clients.tokenizers import Tokenizers, library
from app.config import Config

_LARGEST_FILE = 2**40


def connect(config: Config) -> Remotes:
    """Return the remotes that ``config`` names, and ones that know nothing for the others."""
    cache = RedisCache(config.redis_url) if config.redis_url else NullCache()
    model_service = ModelService(
        HttpClient(_model_side(config, name="model service")),
        cache,
        endpoint_cache_seconds=config.model_endpoint_cache_seconds,
        chat_by_query=config.model_service_chat_by_query,
        idle_seconds=config.stream_idle_seconds,
    )
    link = cache.link if isinstance(cache, RedisCache) else None
    routes = _routes(config, cache, link, model_service)
    return Remotes(
        cache=cache,
        live=RedisLive(config.redis_url) if config.redis_url else NoLive(),
        inference=model_service,
        providers=routes,
        check_route=routes.check,
        health=routes.health,
        catalogue=model_service.models,
        auth_service=_auth_service(config, cache),
        profiles=_profiles(config, cache),
        queue=PostgresJobQueue(),
        tokenizers=Tokenizers(config.tokenizers_folder, load=library()),
        keys=JwksKeySource(config.jwt_jwks_url) if config.jwt_jwks_url else None,
        seats=Seats(link, limit=config.user_concurrency),
        desks=Desks(link, of_one=config.large_reads_of_one, of_all=config.large_reads),
        storage=storage_at(config.storage_url),
    )


def storage_at(url: str) -> Storage:
    """Return the storage at a URL that the settings' rules have let through."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderStorage(Path(unquote(parts.path)))
    remote = Remote(name="storage", url="", max_bytes=_LARGEST_FILE)
    prefix = f"{parts.path.strip('/')}/".lstrip("/")
    return S3Storage(Aws(AwsPlace(remote=remote)), bucket=parts.netloc, prefix=prefix)


def _model_side(config: Config, *, name: str) -> Remote:
    return Remote(
        name=name,
        url=config.model_service_url,
        connect_seconds=config.model_connect_seconds,
        max_bytes=config.model_max_bytes,
        connections=config.web_threads,
    )


def _routes(
    config: Config, cache: Cache, link: RedisLink | None, model_service: ModelService
) -> Routes:
    rules = Rules(keys=ModelKeys(os.environ), allow_private=config.model_private_addresses)
    means = Means(
        rules=rules,
        remote=_model_side(config, name="routed model"),
        default=model_service,
        cache=cache,
        endpoint_cache_seconds=config.model_endpoint_cache_seconds,
        chat_by_query=config.model_service_chat_by_query,
        idle_seconds=config.stream_idle_seconds,
    )
    failures, seconds = config.model_failures, config.model_rest_seconds
    breaker = Breaker(link, failures=failures, rest_seconds=seconds)
    return Routes(means, Guards(breaker, Places(link), HealthBook(cache)))


def _auth_service(config: Config, cache: Cache) -> AuthService:
    if not config.auth_service_url:
        return NoAuthService()
    return HttpAuthService(_neighbour("auth service", config.auth_service_url, config, cache))


def _profiles(config: Config, cache: Cache) -> Profiles:
    if not config.user_service_url:
        return NoProfiles()
    return HttpProfiles(_neighbour("user service", config.user_service_url, config, cache))


def _neighbour(name: str, url: str, config: Config, cache: Cache) -> Neighbour:
    remote = Remote(
        name=name,
        url=url,
        connect_seconds=config.neighbour_seconds,
        connections=config.web_threads,
    )
    return Neighbour(HttpClient(remote), cache, seconds=config.neighbour_seconds)
