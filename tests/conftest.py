"""Real PostgreSQL and Redis for every test run, and a Model Service at the socket."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask_migrate import upgrade
from hypothesis import settings
from sqlalchemy import text

from app import create_app
from app.config import Config
from app.db import db, transaction
from app.services import dimensions
from devstack import postgres as embedded_postgres
from devstack import redis as embedded_redis
from tests.model_side import ModelSide, serve
from tests.serving import reachable
from tests.snapshots import Snapshot
from tests.world import SECRET, Person

# A machine that is busy makes no test fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    server = embedded_postgres.start(tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    server = embedded_redis.start(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def model_server():
    side = ModelSide()
    with reachable(serve(side)) as url:
        yield side, url


@pytest.fixture(scope="session")
def environment(postgres, redis, model_server, tmp_path_factory):
    return {
        "STORAGE_URL": tmp_path_factory.mktemp("storage").as_uri(),
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "JWT_SECRET_KEY": SECRET,
        "MODEL_SERVICE_URL": model_server[1],
        "MODEL_DEADLINE_SECONDS": "5",
        # Tests make models fail, and want to ask them again.
        "MODEL_FAILURES": "1000",
        "MODEL_PRIVATE_ADDRESSES": "true",
        "RATE_LIMIT": "1000000 per minute",
        "DB_POOL_SIZE": "20",
        "LOG_LEVEL": "WARNING",
    }


@pytest.fixture(scope="session")
def config(environment):
    return Config.from_environment(environment)


@pytest.fixture(scope="session")
def migrated_app(config):
    application = create_app(config)
    with application.app_context():
        upgrade()
        with transaction() as session:
            dimensions.set_up(session)
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def new(migrated_app):
    """The tables as a new installation has them."""
    return Snapshot(migrated_app, "new")


@pytest.fixture
def app(migrated_app, new, model_server):
    """The application on tables as a new installation has them."""
    model_server[0].reset()
    new.restore()
    return migrated_app


@pytest.fixture
def another(app, config):
    """Make applications on the same tables whose settings differ in what is said."""
    made = []

    def make(**changes):
        made.append(create_app(replace(config, **changes)))
        return made[-1]

    yield make
    for one in made:
        with one.app_context():
            db.engine.dispose()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def model_side(model_server):
    return model_server[0]


@pytest.fixture
def background():
    """Run calls beside the test; every thread needs a client of its own."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        yield pool.submit


@pytest.fixture
def alice(client):
    return Person(client, "alice", "user")


@pytest.fixture
def bob(client):
    return Person(client, "bob", "user")


@pytest.fixture
def vera(client):
    return Person(client, "vera", "validator")


@pytest.fixture
def adam(client):
    return Person(client, "adam", "admin")


@pytest.fixture
def judges(app):
    """Three validators besides vera."""
    return [Person(app.test_client(), f"judge-{number}", "validator") for number in range(3)]


@pytest.fixture
def sql(app):
    """Send a statement in a transaction of its own; return its rows if it has any."""

    def send(statement, **values):
        with app.app_context(), transaction() as session:
            found = session.execute(text(statement), values)
            return found.all() if found.returns_rows else None

    return send
