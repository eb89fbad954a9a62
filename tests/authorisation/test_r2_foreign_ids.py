"""R2: an id of somebody else's is worth exactly as much as one that never was."""

import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.authorisation.callers import api_key
from tests.model_side import MODEL
from tests.scene import Request, routes, set_scene
from tests.sizes import size
from tests.statements import statements
from tests.world import Person, created, problem

# Every place of an id in a request that belongs to somebody.
PLACES = [
    ("GET /interactions/<uuid:interaction_id>", "interaction_id"),
    ("PUT /interactions/<uuid:interaction_id>", "interaction_id"),
    ("GET /interactions/<uuid:interaction_id>/history", "interaction_id"),
    ("GET /interactions/<uuid:interaction_id>/replay", "interaction_id"),
    ("DELETE /interactions/<uuid:interaction_id>/memory", "interaction_id"),
    ("POST /interactions/<uuid:interaction_id>/prompts", "interaction_id"),
    ("POST /interactions/<uuid:interaction_id>/chat", "interaction_id"),
    ("POST /interactions/<uuid:interaction_id>/messages", "interaction_id"),
    ("GET /interactions/<uuid:interaction_id>/messages", "interaction_id"),
    *(
        (f"{method} /interactions/<uuid:interaction_id>/messages/<uuid:message_id>/pin", place)
        for method in ("PUT", "DELETE")
        for place in ("interaction_id", "message_id")
    ),
    ("GET /responses/<uuid:response_id>", "response_id"),
    ("GET /responses/<uuid:response_id>/context", "response_id"),
    ("GET /responses/<uuid:response_id>/stream", "response_id"),
    ("POST /responses/<uuid:response_id>/cancel", "response_id"),
    ("GET /prompts/<uuid:prompt_id>/responses", "prompt_id"),
    ("POST /prompts/<uuid:prompt_id>/responses", "prompt_id"),
    ("PUT /prompts/<uuid:prompt_id>/choice", "prompt_id"),
    ("GET /feedback/<uuid:feedback_id>", "feedback_id"),
    ("PATCH /feedback/<uuid:feedback_id>", "feedback_id"),
    ("GET /feedback/<uuid:feedback_id>/revisions", "feedback_id"),
    ("GET /validation/feedback/<uuid:feedback_id>", "feedback_id"),
    ("GET /feedback/response/<uuid:response_id>", "response_id"),
    ("GET /jobs/<uuid:job_id>", "job_id"),
    *(
        (f"POST /feedback/<uuid:feedback_id>/{word}", "feedback_id")
        for word in ("appeal", "withdraw", "resubmit")
    ),
    ("POST /feedback", "body"),
]
# Whoever may come to these at all may see each of them.
FOR_ALL = [
    ("POST /validation/feedback/<uuid:feedback_id>", "feedback_id"),
    ("POST /feedback/<uuid:feedback_id>/decision", "feedback_id"),
    ("POST /validation/leases/<uuid:token>/renew", "token"),
    ("DELETE /validation/leases/<uuid:token>", "token"),
    ("PUT /validation/gold/<uuid:feedback_id>", "feedback_id"),
    ("DELETE /validation/gold/<uuid:feedback_id>", "feedback_id"),
    ("POST /validation/signals/<uuid:signal_id>/dismiss", "signal_id"),
    ("PUT /dimensions/<uuid:dimension_id>", "dimension_id"),
    ("GET /dimensions/<uuid:dimension_id>/versions", "dimension_id"),
    ("POST /dimensions/<uuid:dimension_id>/archive", "dimension_id"),
    ("POST /dimensions/<uuid:dimension_id>/restore", "dimension_id"),
    ("GET /dataset/entry/<uuid:entry_id>", "entry_id"),
    ("GET /dataset/versions/<uuid:version_id>", "version_id"),
    ("GET /dataset/versions/<uuid:version_id>/export", "version_id"),
    *(
        ("GET /dataset/versions/<uuid:version_id>/diff/<uuid:other_id>", place)
        for place in ("version_id", "other_id")
    ),
    *(
        ("GET /dataset/versions/<uuid:version_id>/proof/<uuid:entry_id>", place)
        for place in ("version_id", "entry_id")
    ),
    ("POST /jobs/<uuid:job_id>/retry", "job_id"),
]
MALFORMED = [
    "0",
    "-1",
    "1 OR 1=1",
    "null",
    "undefined",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "99999999999999999999999",
    "٣",
    "{{id}}",
    "{id}%0a",
    "{id}%20",
    "{id}'--",
    "*",
    "urn:uuid:{id}",
    "x" * 4000,
]
# These differ from one request of a caller to the next, whatever is asked.
_OWN = {"X-Request-ID", "Content-Length", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
OF_A_USER = ["interactions:read", "interactions:write", "feedback:read", "feedback:write"]


class Service:
    """Another service with all rights of a user, and none to read what is others'."""

    def __init__(self, app):
        self.client = app.test_client()
        self.headers = api_key(app, [*OF_A_USER, "jobs:read", "dimensions:read"])

    call = Person.call


def put(request, place, value):
    """Return the request with ``value`` in place of the id."""
    if place == "body":
        return replace(request, body={**request.body, "response_id": value})
    return request


def send(caller, request: Request):
    return caller.call(
        request.method,
        request.path,
        query_string=request.query,
        headers=request.headers,
        **request.sent,
    )


def seen(response, known_id):
    """Return everything that the caller can tell an answer from another by."""
    headers = {name: response.headers[name] for name in {*response.headers.keys()} - _OWN}
    body = {**response.json, "request_id": ""}
    return response.status_code, headers, str(body).replace(known_id, "ID")


def ask_for(app, caller, scene, route, place, value):
    request = scene.request(route, **({place: value} if place != "body" else {}))
    with statements(app) as asked:
        response = send(caller, put(request, place, value))
    return seen(response, value), [statement for statement, _ in asked]


def test_r2_every_id_in_a_path_has_its_place_here(app):
    in_paths = {
        (route, name) for route in routes(app) for name in re.findall(r"<uuid:(\w+)>", route)
    }
    assert in_paths == {*PLACES, *FOR_ALL} - {("POST /feedback", "body")}


@pytest.mark.parametrize(("route", "place"), PLACES)
def test_r2_foreign_and_absent_cannot_be_told_apart(app, bob, route, place):
    scene = set_scene(app)
    foreign_id = scene.unrated_id if place == "body" else scene.id_of(place)
    for caller in (bob, Service(app)):
        foreign = ask_for(app, caller, scene, route, place, foreign_id)
        absent = ask_for(app, caller, scene, route, place, str(UUID(int=uuid4().int)))
        assert foreign[0][0] == 404
        assert foreign == absent


@pytest.mark.parametrize(("route", "place"), PLACES + FOR_ALL)
def test_r2_malformed_and_foreign_kinds_of_ids_find_nothing(app, adam, route, place):
    scene = set_scene(app)
    right = scene.unrated_id if place == "body" else scene.id_of(place)
    kinds = {scene.interaction_id, scene.prompt_id, scene.response_id, scene.feedback_id}
    kinds |= {scene.entry_id, scene.dimension_id, scene.job_id, str(UUID(int=0))}
    others = kinds - {right, scene.response_id if place == "body" else right}
    # Both a question and its answer name a turn.
    others -= {scene.response_id} if place == "message_id" else set()
    for caller in (scene.alice, adam):
        for value in [*others, *(text.replace("{id}", right) for text in MALFORMED)]:
            request = scene.request(route, **({place: value} if place != "body" else {}))
            response = send(caller, put(request, place, value))
            assert response.status_code in {403, 404, 422}, (value, response.text)
            assert response.mimetype == "application/problem+json"


def test_r2_lists_hold_nothing_of_others(app, bob):
    scene = set_scene(app)
    lists = [route for route in routes(app) if route.startswith("GET ") and "<" not in route]
    for caller in (bob, Service(app)):
        for route in lists:
            text = send(caller, replace(scene.request(route), query={})).text
            assert not [name for name, one in scene.ids.items() if len(one) == 36 and one in text]


def test_r2_a_cursor_of_others_opens_nothing(app, bob):
    alice = set_scene(app).alice
    alice.interaction()
    own = bob.interaction()
    cursor = alice.get("/interactions?limit=1").json["next_cursor"]
    for _ in range(size(3, 50)):
        own = bob.interaction()
    items = bob.get("/interactions", query_string={"cursor": cursor, "limit": 100}).json["items"]
    assert {item["user_id"] for item in items} <= {"bob"}
    assert own["user_id"] == "bob"


def test_r2_an_idempotency_key_of_others_replays_nothing(alice, bob):
    headers = {"Idempotency-Key": "the-same"}
    first = alice.post("/interactions", {"model_id": MODEL}, headers=headers)
    second = bob.post("/interactions", {"model_id": MODEL}, headers=headers)
    assert created(first)["id"] != created(second)["id"]
    assert second.json["user_id"] == "bob"
    assert "Idempotent-Replayed" not in second.headers


def test_r2_a_key_bound_to_a_prompt_of_others_replays_nothing(alice, bob):
    path = f"/interactions/{alice.interaction()['id']}/prompts"
    headers = {"Idempotency-Key": "the-same"}
    created(alice.post(path, {"content": "mine"}, headers=headers))
    problem(bob.post(path, {"content": "mine"}, headers=headers), 404, "not_found")


def test_r2_a_dimension_of_another_model_does_not_fit(app, alice, adam):
    body = {"name": "tone", "model_id": "acme/another"}
    for child in (created(adam.post("/dimensions", body))["id"], "tone", str(uuid4())):
        ratings = [{"dimension_id": child, "score": 3}]
        sent = {"response_id": alice.response()["id"], "dimension_ratings": ratings}
        problem(alice.post("/feedback", sent), 422)
