"""One installation for all fault tests; each test leaves it running and whole."""

import pytest

from devstack import postgres as embedded_postgres
from devstack import redis as embedded_redis
from tests.faults.installation import Installation
from tests.faults.ledger import Ledger
from tests.faults.profile_side import ProfileSide, serve_profiles
from tests.model_side import ModelSide, serve
from tests.serving import reachable


@pytest.fixture(scope="session")
def fault_model_side():
    side = ModelSide()
    with reachable(serve(side)) as url:
        yield side, url


@pytest.fixture(scope="session")
def fault_profile_side():
    side = ProfileSide()
    with reachable(serve_profiles(side)) as url:
        yield side, url


@pytest.fixture(scope="session")
def running(tmp_path_factory, fault_model_side, fault_profile_side):
    folder = tmp_path_factory.mktemp("installation")
    postgres = embedded_postgres.start(folder / "postgres")
    redis = embedded_redis.start(folder / "redis")
    urls = {
        "MODEL_SERVICE_URL": fault_model_side[1],
        "USER_SERVICE_URL": fault_profile_side[1],
    }
    whole = Installation(folder, postgres=postgres, redis=redis, urls=urls)
    try:
        whole.migrate()
        whole.start()
        yield whole
    finally:
        whole.stop()
        redis.stop()
        postgres.stop()


@pytest.fixture(scope="session")
def streaming(running):
    """Web processes whose streams are over soon, and whose listeners have to be quick."""
    web = running.another_web(
        STREAM_DEADLINE_SECONDS="6",
        STREAM_IDLE_SECONDS="5",
        STREAM_SEND_SECONDS="1",
        PENDING_GRACE_SECONDS="2",
    )
    web.begin()
    web.wait_ready()
    yield web
    web.stop()


@pytest.fixture
def installation(running, fault_model_side, fault_profile_side):
    """The installation, ready, with remotes that answer."""
    fault_model_side[0].reset()
    fault_profile_side[0].reset()
    running.web.wait_ready()
    return running


@pytest.fixture
def worker(installation):
    """The process that does background work, which a test may kill."""
    yield installation.worker
    if installation.worker.poll() is not None:
        installation.worker.begin()


@pytest.fixture
def model_side(fault_model_side):
    return fault_model_side[0]


@pytest.fixture
def profile_side(fault_profile_side):
    return fault_profile_side[0]


@pytest.fixture
def ledger(tmp_path):
    one = Ledger(tmp_path / "ledger.jsonl")
    yield one
    one.close()
