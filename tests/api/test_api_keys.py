"""X-API-Key: another service proves who it is, and may what its scopes say."""

import pytest
from sqlalchemy import text

from app.db import transaction
from app.domain.access import Permission
from app.services import api_keys
from tests.world import created, problem


class Service:
    """Another service with a key of its own."""

    def __init__(self, client, key):
        self.client = client
        self.headers = {"X-API-Key": key}

    def get(self, path):
        return self.client.get(path, headers=self.headers)

    def post(self, path, body):
        return self.client.post(path, json=body, headers=self.headers)


@pytest.fixture
def make(app, client):
    def make_service(name="bot", *scopes):
        with app.app_context(), transaction() as session:
            key = api_keys.create(session, name=name, scopes=scopes or ("events:read",))
        return Service(client, key)

    return make_service


def test_a_key_opens_what_its_scopes_name_and_nothing_else(make):
    bot = make("bot", "events:read")
    assert bot.get("/events").status_code == 200
    told = problem(bot.get("/dataset/stats"), 403, "forbidden")
    assert told["needed"] == "dataset:read"


def test_a_key_may_have_every_scope(make):
    bot = make("bot", *Permission)
    assert bot.get("/dataset/stats").status_code == 200
    made = created(bot.post("/interactions", {"model_id": "a/b"}))
    assert made["user_id"] == "service:bot"


def test_an_unknown_key_opens_nothing(client):
    answer = Service(client, "ifs_nothing").get("/events")
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_opens_nothing_from_then_on(app, make):
    bot, other = make("bot"), make("other")
    assert bot.get("/events").status_code == 200
    with app.app_context(), transaction() as session:
        api_keys.revoke(session, name="bot")
    problem(bot.get("/events"), 401, "unauthenticated")
    assert other.get("/events").status_code == 200


def test_two_proofs_at_once_are_refused(make, alice):
    bot = make("bot")
    answer = bot.client.get("/events", headers={**bot.headers, **alice.headers})
    assert "not both" in problem(answer, 401, "unauthenticated")["detail"]


def test_the_key_itself_is_kept_nowhere(app, make):
    key = make("bot").headers["X-API-Key"]
    with app.app_context(), transaction() as session:
        rows = session.execute(text("SELECT k::text FROM api_keys k")).scalars().all()
        log = session.execute(text("SELECT data::text FROM events")).scalars().all()
    assert len(rows) == 1
    assert key not in "".join(rows + log)
    assert key.removeprefix("ifs_") not in "".join(rows + log)


def test_keys_are_long_and_never_the_same(make):
    keys = {make(f"bot-{number}").headers["X-API-Key"] for number in range(5)}
    assert len(keys) == 5
    assert all(len(key) >= 40 for key in keys)


def test_making_and_revoking_a_key_is_in_the_log(app, make, adam):
    make("bot", "events:read", "dataset:read")
    with app.app_context(), transaction() as session:
        api_keys.revoke(session, name="bot")
        api_keys.revoke(session, name="bot")
    told = [event for event in adam.read("/events")["items"] if "api_key" in event["type"]]
    assert [event["type"] for event in told] == ["api_key.created", "api_key.revoked"]
    assert told[0]["data"]["scopes"] == ["dataset:read", "events:read"]
    assert told[0]["data"]["name"] == "bot"


def test_a_services_things_are_its_own(make, alice):
    bot = make("bot", "interactions:read", "interactions:write")
    made = created(bot.post("/interactions", {"model_id": "a/b"}))
    assert bot.get(f"/interactions/{made['id']}").status_code == 200
    problem(alice.get(f"/interactions/{made['id']}"), 404)
    problem(bot.get(f"/interactions/{alice.interaction()['id']}"), 404)


def test_idempotency_keys_work_for_services(make):
    bot = make("bot", "interactions:read", "interactions:write")
    bot.headers["Idempotency-Key"] = "once"
    ids = {created(bot.post("/interactions", {"model_id": "a/b"}))["id"] for _ in range(2)}
    assert len(ids) == 1
