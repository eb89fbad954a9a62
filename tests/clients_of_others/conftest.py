"""The service as it is served, and each official client in turn."""

import pytest

from tests.clients_of_others.talkers import NodeTalker, PythonTalker, node_is_missing
from tests.served import Served
from tests.world import token


@pytest.fixture(scope="session")
def budget():
    """How many tokens a person has a day."""
    return 100_000


@pytest.fixture(scope="session")
def url(migrated_app, environment, budget, tmp_path_factory):
    """Serve once for all tests here: a start takes longer than any of them."""
    # The real model is slower than the one of the tests.
    settings = {"MODEL_DEADLINE_SECONDS": "60", "DAILY_TOKENS": str(budget)}
    served = Served({**environment, **settings}, tmp_path_factory.mktemp("clients"))
    served.start()
    yield served.web.url
    served.stop()


@pytest.fixture(scope="session", params=["python", "npm"])
def kind(request):
    missing = node_is_missing() if request.param == "npm" else None
    if missing:
        pytest.skip(missing)
    return {"python": PythonTalker, "npm": NodeTalker}[request.param]


@pytest.fixture
def connect(kind, url, app):
    """Connect a client with a key; it tries again as often as it does by itself."""
    connected = []

    def begin(key, *, retries=2):
        talker = kind(url, key=key, retries=retries)
        connected.append(talker)
        return talker

    yield begin
    for talker in connected:
        talker.close()


@pytest.fixture
def talker(connect):
    return connect(token())
