"""A person has so many questions under way at a time, wherever they are answered."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.db import transaction
from app.services import api_keys
from tests.model_side import Reply
from tests.waiting import eventually
from tests.world import Person, created, problem

LIMIT = 2


@pytest.fixture
def nodes(another):
    """Two nodes that let a person ask two questions at a time."""
    return [another(user_concurrency=LIMIT) for _ in range(2)]


@pytest.fixture
def people():
    with ThreadPoolExecutor(8) as pool:
        yield pool


def on(node, name="frank"):
    return Person(node.test_client(), name, "user")


def ask(node, path, name="frank", **body):
    return on(node, name).post(path, {"content": "Hold this.", **body})


@pytest.fixture
def path(nodes):
    return f"/interactions/{on(nodes[0]).interaction()['id']}/prompts"


@pytest.fixture
def held(nodes, path, people, model_side, gate):
    """As many questions under way as may be, on one node."""
    model_side.query_reply = lambda _: Reply([{"generated_text": "Done."}], gate=gate)
    waiting = [people.submit(ask, nodes[0], path) for _ in range(LIMIT)]
    eventually(lambda: len(model_side.calls) == LIMIT)
    return waiting


def test_one_more_is_refused_on_every_node_and_not_stored(nodes, path, held, model_side, gate):
    for node in nodes:
        refused = ask(node, path)
        told = problem(refused, 429, "too_many_at_once")
        assert told["limit"] == LIMIT
        assert int(refused.headers["Retry-After"]) >= 1
    gate.set()
    assert [one.result(30).status_code for one in held] == [201] * LIMIT
    assert len(model_side.calls) == LIMIT
    history = on(nodes[0]).read(path.replace("prompts", "history"))["messages"]
    assert len([said for said in history if said["role"] == "user"]) == LIMIT


def test_streams_are_counted_as_well(nodes, path, held):
    problem(ask(nodes[1], path, stream=True), 429, "too_many_at_once")


def test_who_has_asked_may_ask_again(nodes, path, held, gate):
    gate.set()
    assert [one.result(30).status_code for one in held] == [201] * LIMIT
    for node in nodes:
        created(ask(node, path))


def test_a_failure_gives_the_place_back(nodes, path, model_side):
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    assert {ask(nodes[0], path).status_code for _ in range(LIMIT + 1)} == {502}
    refused = {ask(nodes[0], path, n=2, stream=True).status_code for _ in range(LIMIT + 1)}
    assert refused == {422}
    model_side.query_reply = None
    created(ask(nodes[0], path))


def test_others_have_places_of_their_own(nodes, held, model_side):
    model_side.query_reply = None
    grace = on(nodes[0], "grace")
    created(ask(nodes[0], f"/interactions/{grace.interaction()['id']}/prompts", "grace"))


def test_api_keys_ask_as_often_as_they_like(nodes, people, model_side, gate):
    scopes = ["interactions:read", "interactions:write"]
    with nodes[0].app_context(), transaction() as session:
        key = api_keys.create(session, name="front", scopes=scopes)

    def service():
        one = on(nodes[0])
        one.headers = {"X-API-Key": key}
        return one

    own = f"/interactions/{service().interaction()['id']}/prompts"
    model_side.query_reply = lambda _: Reply([{"generated_text": "Done."}], gate=gate)
    asked = [people.submit(service().post, own, {"content": "Hi"}) for _ in range(LIMIT + 1)]
    eventually(lambda: len(model_side.calls) == LIMIT + 1)
    gate.set()
    assert [one.result(30).status_code for one in asked] == [201] * (LIMIT + 1)


def test_nought_is_no_limit(another, people, model_side, gate):
    free = another(user_concurrency=0)
    own = f"/interactions/{on(free).interaction()['id']}/prompts"
    model_side.query_reply = lambda _: Reply([{"generated_text": "Done."}], gate=gate)
    asked = [people.submit(ask, free, own) for _ in range(4)]
    eventually(lambda: len(model_side.calls) == 4)
    gate.set()
    assert [one.result(30).status_code for one in asked] == [201] * 4
