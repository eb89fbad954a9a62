"""R13: nobody writes a property that is not theirs, and nobody is shown one that is nobody's."""

from copy import deepcopy

import pytest
from sqlalchemy import func, select

from app.db import db, transaction
from tests.hostile.openapi import Document
from tests.model_side import Reply
from tests.scene import set_scene
from tests.sizes import size
from tests.world import Person

# What a writer would like to set, besides the columns of all tables.
WISHES = ["role", "roles", "permissions", "scopes", "is_admin", "owner", "validated_by", "approved",
          "points", "user", "user_role", "api_base", "base_url", "endpoint", "region", "headers",
          "url", "model", "_id", "pk", "__class__", "constructor.name", "$set", "id[]"]  # fmt: skip
WRITES = [
    "POST /interactions",
    "PUT /interactions/<uuid:interaction_id>",
    "POST /interactions/<uuid:interaction_id>/prompts",
    "POST /interactions/<uuid:interaction_id>/chat",
    "POST /interactions/<uuid:interaction_id>/messages",
    "POST /feedback",
    "POST /feedback/preferences",
    "PATCH /feedback/<uuid:feedback_id>",
    "POST /dimensions",
    "PUT /dimensions/<uuid:dimension_id>",
    "POST /models",
    "PUT /models/<path:model_id>",
    "POST /validation/feedback/<uuid:feedback_id>",
    "POST /validation/next",
    "PUT /validation/policies/<path:model_id>",
    "PUT /validation/gold/<uuid:feedback_id>",
    "POST /validation/signals/<uuid:signal_id>/dismiss",
    "POST /feedback/<uuid:feedback_id>/decision",
    "POST /feedback/<uuid:feedback_id>/appeal",
]
# Free-form objects of the people themselves: any key may stand there.
FREE = {"settings", "metadata", "parameters", "manifest"}


def columns():
    return {column.name for table in db.metadata.tables.values() for column in table.columns}


def rows(app):
    """Return how many rows there are in each table."""
    with app.app_context(), transaction() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in db.metadata.sorted_tables
        }


def objects(body, path=()):
    """Yield the path of every object in a body that has fields of ours."""
    if isinstance(body, dict):
        yield path
        for name, value in body.items():
            if name not in FREE or "max_length" in str(value):
                yield from objects(value, (*path, name))
    elif isinstance(body, list):
        for place, value in enumerate(body):
            yield from objects(value, (*path, place))


def with_wish(body, path, wish):
    """Return the body with one thing more in the object at ``path``; None where it is known."""
    changed = deepcopy(body)
    place = changed
    for step in path:
        place = place[step]
    if wish in place:
        return None
    place[wish] = "alice"
    return changed


@pytest.mark.parametrize("route", WRITES)
def test_r13_no_column_and_no_wish_can_be_written(app, attack, route):
    known = {field.path[-1] for field in attack.document.body_fields(route)}
    before = rows(app)
    request = attack.scene.request(route)
    for path in objects(request.body):
        # In a short run every fourth of them, other ones in every object.
        wishes = sorted({*columns(), *WISHES} - (set() if path else known))
        for wish in wishes[len(path) % size(4, 1) :: size(4, 1)]:
            body = with_wish(request.body, path, wish)
            if body is not None:
                answer = attack.send(route, json=body)
                assert answer.status_code == 422, (path, wish, answer.text)
    assert rows(app) == before


@pytest.mark.parametrize("route", WRITES)
def test_r13_everything_at_once_is_refused_too(app, attack, route):
    before = rows(app)
    body = attack.scene.request(route).body | dict.fromkeys(columns() | {*WISHES}, "alice")
    assert attack.send(route, json=body).status_code == 422
    assert rows(app) == before


def test_r13_what_a_query_or_header_says_sets_nothing(alice):
    answer = alice.post("/interactions?user_id=bob&status=completed&id=1", {"model_id": "a"},
                        headers={"X-User-ID": "bob", "X-Role": "admin"})  # fmt: skip
    assert (answer.json["user_id"], answer.json["status"]) == ("alice", "active")


def test_r13_what_is_absent_stays_and_null_is_null(alice):
    made = alice.interaction(title="Mine", system_prompt="Be brief.", settings={"a": 1})
    path = f"/interactions/{made['id']}"
    changed = alice.put(path, {"title": None}).json
    changing = {"title", "version", "updated_at", "message_count"}
    assert changed["title"] is None
    assert {name: changed[name] for name in made.keys() - changing} == {
        name: made[name] for name in made.keys() - changing
    }


class Shape:
    """Compares answers with the document, as if every object of it were closed."""

    def __init__(self, app):
        self.document = Document(app)

    def faults(self, schema, value, path="$"):
        """Yield each member that is not documented, or is and is not there."""
        schema = self.document.resolved(schema)
        if value is None:
            if not schema.get("nullable"):
                yield f"{path} is null"
            return
        if "properties" in schema:
            yield from self._of_object(schema, value, path)
        elif schema.get("type") == "array":
            for place, item in enumerate(value):
                yield from self.faults(schema["items"], item, f"{path}[{place}]")
        elif isinstance(schema.get("additionalProperties"), dict):
            for name, item in value.items():
                yield from self.faults(schema["additionalProperties"], item, f"{path}.{name}")

    def _of_object(self, schema, value, path):
        known = schema["properties"]
        yield from (f"{path}.{name} is not documented" for name in value.keys() - known.keys())
        missing = set(schema.get("required", [])) - value.keys()
        yield from (f"{path}.{name} is missing" for name in missing)
        for name in value.keys() & known.keys():
            yield from self.faults(known[name], value[name], f"{path}.{name}")


def keys(value):
    """Yield every key in an answer outside of what people fill in themselves."""
    if isinstance(value, dict):
        yield from value
        for name, item in value.items():
            if name not in FREE:
                yield from keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def answers(app, scene):
    """Yield every route with what it answers to each who may ask."""
    client = app.test_client()
    people = [scene.alice, Person(client, "vera", "validator"), Person(client, "adam", "admin")]
    # What can be changed only until it is judged goes first.
    routes = sorted(Document(app).operations(), key=lambda route: not route.startswith("PATCH"))
    for route in routes:
        if route == "GET /openapi.json":
            continue
        for person in people:
            request = scene.request(route)
            answer = person.call(
                request.method,
                request.path,
                query_string=request.query,
                headers=request.headers,
                **request.sent,
            )
            answer.get_data()
            if answer.mimetype == "application/json" and answer.status_code < 300:
                yield route, answer


def test_r13_answers_hold_what_is_documented_and_nothing_else(app):
    shape, seen = Shape(app), set()
    for route, answer in answers(app, set_scene(app)):
        schema = shape.document.answer(route, answer.status_code)
        assert schema is not None, route
        assert list(shape.faults(schema, answer.json)) == [], route
        seen.add(route)
    assert seen >= set(WRITES)


def test_r13_no_column_that_is_nobodys_shows_anywhere(app):
    schemas = Document(app).whole["components"]["schemas"].values()
    documented = {name for schema in schemas for name in schema.get("properties", {})}
    # Small values that the events carry under the names that readers of the log know.
    documented |= {"feedback_id", "entry_id", "validation_id", "floor", "scopes", "key"}
    documented |= {"decision_id"}
    inner = columns() - documented
    assert {"fingerprint", "raw", "due_at", "memory_floor"} <= inner
    for route, answer in answers(app, set_scene(app)):
        assert inner & set(keys(answer.json)) == set(), route


def test_r13_problems_hold_what_is_documented_and_ids(app, alice, bob, model_side):
    scene, shape = set_scene(app), Shape(app)
    model_side.query_reply = lambda _: Reply({"error": "x"})
    path = f"/interactions/{scene.interaction_id}"
    found = [
        bob.get(path),
        alice.get("/dataset/stats"),
        alice.post(f"{path}/prompts", {"content": "x"}),
        alice.post("/feedback", {"response_id": scene.response_id, "rating": "like"}),
        alice.put(path, {"title": "x"}, headers={"If-Match": '"99"'}),
        alice.post("/interactions", {"model_id": "a", "x": 1}),
    ]
    ids = {"prompt_id", "response_id", "feedback_id", "version", "needed"}
    for answer in found:
        assert answer.status_code >= 400
        body = {name: value for name, value in answer.json.items() if name not in ids}
        assert list(shape.faults({"$ref": "#/components/schemas/Problem"}, body)) == []
