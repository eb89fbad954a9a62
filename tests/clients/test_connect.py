"""The settings decide which remotes there are; nothing is contacted to find out."""

from app.clients.auth_service import HttpAuthService, NoAuthService
from app.clients.cache import NullCache, RedisCache
from app.clients.connect import connect
from app.clients.inference.model_service import ModelService
from app.clients.job_queue import PostgresJobQueue
from app.clients.jwks import JwksKeySource
from app.clients.profiles import HttpProfiles, NoProfiles
from app.config import Config

NOWHERE = "127.0.0.1:1"


def config(**settings):
    return Config(database_url=f"postgresql://nobody@{NOWHERE}/nothing", **settings)


def test_what_has_no_url_is_done_without():
    remotes = connect(config())
    assert isinstance(remotes.cache, NullCache)
    assert isinstance(remotes.auth_service, NoAuthService)
    assert isinstance(remotes.profiles, NoProfiles)
    assert isinstance(remotes.inference, ModelService)
    assert isinstance(remotes.queue, PostgresJobQueue)
    assert remotes.keys is None


def test_what_has_a_url_is_there_and_not_missed_when_it_is_away():
    remotes = connect(
        config(
            redis_url=f"redis://{NOWHERE}/0",
            jwt_jwks_url=f"http://{NOWHERE}/keys",
            auth_service_url=f"http://{NOWHERE}",
            user_service_url=f"http://{NOWHERE}",
            model_service_url=f"http://{NOWHERE}",
        )
    )
    assert isinstance(remotes.cache, RedisCache)
    assert isinstance(remotes.auth_service, HttpAuthService)
    assert isinstance(remotes.profiles, HttpProfiles)
    assert isinstance(remotes.keys, JwksKeySource)
    assert not remotes.cache.ping()
    assert not remotes.inference.health()
    assert remotes.auth_service.is_valid("token") is None
    assert remotes.profiles.expertise("user") is None
