"""Dimensions: what responses are rated on."""

from concurrent.futures import wait
from uuid import UUID, uuid4

import pytest

from tests.model_side import MODEL
from tests.world import Person, created, problem

INITIAL = ["accuracy", "helpfulness", "relevance", "clarity", "completeness"]
FIVE = {"type": "numeric", "min": 1, "max": 5, "step": 1}
BOOLEAN = {"type": "boolean"}


def make(adam, name="tone", **body):
    return created(adam.post("/dimensions", {"name": name, **body}))


def names(person, model_id=MODEL):
    return [item["name"] for item in person.read(f"/dimensions/model/{model_id}")["items"]]


def test_a_new_installation_has_five(alice):
    items = alice.read(f"/dimensions/model/{MODEL}")["items"]
    assert [item["name"] for item in items] == INITIAL
    assert all(item["model_id"] == "all" and item["scale"] == FIVE for item in items)
    assert all(item["description"] for item in items)


def test_a_name_is_enough_to_make_one(adam):
    answer = adam.post("/dimensions", {"name": "tone"})
    made = created(answer)
    assert answer.headers["ETag"] == '"1"'
    assert UUID(made["id"]).version == 7
    assert made == {
        "id": made["id"],
        "name": "tone",
        "description": None,
        "model_id": "all",
        "scale": FIVE,
        "required": False,
        "weight": 1.0,
        "order": 5,
        "guidance": None,
        "anchors": [],
        "archived_at": None,
        "overrides": None,
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    assert adam.read(f"/dimensions/model/{MODEL}")["items"][-1] == made


def test_everything_about_it_can_be_said(adam):
    body = {
        "description": "Is it friendly?",
        "model_id": "acme/echo-1",
        "scale": {"type": "categorical", "categories": ["rude", "neutral", "kind"]},
        "required": True,
        "weight": 2.5,
    }
    made = make(adam, **body)
    assert {name: made[name] for name in body} == body


@pytest.mark.parametrize(
    ("scale", "whole"),
    [
        ({"type": "numeric"}, FIVE),
        ({"type": "numeric", "max": 10}, {**FIVE, "max": 10}),
        (
            {"type": "numeric", "min": 0, "max": 1, "step": 0.5},
            {"type": "numeric", "min": 0, "max": 1, "step": 0.5},
        ),
        (BOOLEAN, BOOLEAN),
    ],
)
def test_a_scale_gets_the_defaults_it_does_not_name(adam, scale, whole):
    assert make(adam, scale=scale)["scale"] == whole


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ...}, "name"),
        ({"name": ""}, "name"),
        ({"name": "two words"}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 5}, "name"),
        ({"description": ""}, "description"),
        ({"model_id": "a//b"}, "model_id"),
        ({"model_id": None}, "model_id"),
        ({"required": "yes"}, "required"),
        ({"weight": -1}, "weight"),
        ({"weight": 1001}, "weight"),
        ({"weight": "1"}, "weight"),
        ({"weight": True}, "weight"),
        ({"scale": "numeric"}, "scale"),
        ({"scale": {}}, "scale.type"),
        ({"scale": {"type": "stars"}}, "scale.type"),
        ({"scale": {"type": "numeric", "min": "1"}}, "scale.min"),
        ({"scale": {"type": "numeric", "min": 5, "max": 1}}, "scale.max"),
        ({"scale": {"type": "numeric", "step": 9}}, "scale.step"),
        ({"scale": {"type": "boolean", "max": 1}}, "scale.max"),
        ({"scale": {"type": "categorical"}}, "scale.categories"),
        ({"scale": {"type": "categorical", "categories": ["one"]}}, "scale.categories"),
        ({"scale": {"type": "categorical", "categories": ["a", "a"]}}, "scale.categories"),
        ({"scale": {"type": "categorical", "categories": ["a", ""]}}, "scale.categories.1"),
        ({"scale": {"type": "numeric", "unit": "stars"}}, "scale.unit"),
        ({"version": 3}, "version"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(adam, body, field):
    whole = {"name": "tone", **body}
    sent = {name: value for name, value in whole.items() if value is not ...}
    assert problem(adam.post("/dimensions", sent), 422, "invalid")["errors"].keys() == {field}
    assert names(adam) == INITIAL


def test_a_name_is_taken_once_for_each_model(adam):
    make(adam)
    told = problem(adam.post("/dimensions", {"name": "tone"}), 409, "dimension_exists")
    assert "'tone' for 'all'" in told["detail"]
    make(adam, model_id=MODEL)
    problem(adam.post("/dimensions", {"name": "tone", "model_id": MODEL}), 409)


def test_of_several_with_one_name_at_once_one_is_made(app, adam, background):
    people = [Person(app.test_client(), "adam", "admin") for _ in range(4)]
    sent = [background(person.post, "/dimensions", {"name": "tone"}) for person in people]
    wait(sent)
    assert sorted(one.result().status_code for one in sent) == [201, 409, 409, 409]
    assert names(adam) == [*INITIAL, "tone"]


def test_a_model_has_its_own_and_the_ones_for_all(alice, adam):
    make(adam, "tone", model_id=MODEL)
    make(adam, "speed", model_id="acme/other")
    make(adam, "safety")
    assert names(alice) == [*INITIAL, "tone", "safety"]
    assert names(alice, "acme/other") == [*INITIAL, "speed", "safety"]
    assert names(alice, "nobody/knows-this") == [*INITIAL, "safety"]


@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_pages_hold_each_once_in_order(alice, adam, limit):
    # Two of one model may stand at the same place in their order.
    make(adam, "tone", model_id=MODEL)
    make(adam, "safety")
    pages = alice.walk(f"/dimensions/model/{MODEL}", limit=limit)
    assert [item["name"] for page in pages for item in page] == [*INITIAL, "tone", "safety"]


def test_users_read_and_only_admins_write(alice, vera, adam):
    made = make(adam)
    for person in (alice, vera):
        problem(person.post("/dimensions", {"name": "speed"}), 403, "forbidden")
        problem(person.put(f"/dimensions/{made['id']}", {"weight": 0}), 403, "forbidden")
        assert names(person) == [*INITIAL, "tone"]


def test_words_change_without_a_new_version(adam):
    made = make(adam)
    changes = {"name": "kindness", "description": "Kind?", "required": True, "weight": 0}
    answer = adam.put(f"/dimensions/{made['id']}", changes)
    assert answer.status_code == 200
    changed = answer.json
    assert {name: changed[name] for name in changes} == changes
    assert (changed["version"], answer.headers["ETag"]) == (1, '"1"')
    assert changed["updated_at"] > made["updated_at"]
    assert adam.read(f"/dimensions/model/{MODEL}")["items"][-1] == changed


def test_a_changed_scale_makes_a_new_version(adam):
    made = make(adam)
    answer = adam.put(f"/dimensions/{made['id']}", {"scale": BOOLEAN})
    assert answer.json["scale"] == BOOLEAN
    assert (answer.json["version"], answer.headers["ETag"]) == (2, '"2"')


def test_the_same_scale_said_again_is_no_change(adam):
    made = make(adam)
    answer = adam.put(f"/dimensions/{made['id']}", {"scale": {"type": "numeric"}})
    assert answer.json == made


def test_old_scores_stay_as_they_were_after_a_change(alice, adam):
    made = make(adam)
    given = alice.feedback(dimension_ratings=[{"dimension_id": "tone", "score": 5}])
    adam.put(f"/dimensions/{made['id']}", {"scale": BOOLEAN, "name": "kindness"})
    (rating,) = alice.read(f"/feedback/{given['id']}")["dimension_ratings"]
    assert (rating["score"], rating["dimension_version"]) == (5, 1)
    assert rating["dimension_name"] == "kindness"


def test_a_change_honours_the_version_that_was_seen(adam):
    path = f"/dimensions/{make(adam)['id']}"
    adam.put(path, {"scale": BOOLEAN}, headers={"If-Match": '"1"'})
    stale = adam.put(path, {"weight": 3}, headers={"If-Match": '"1"'})
    assert problem(stale, 412, "stale")["version"] == 2
    assert adam.put(path, {"weight": 3}, headers={"If-Match": '"2"'}).json["weight"] == 3


def test_a_name_that_is_taken_cannot_be_taken_by_a_change(adam):
    path = f"/dimensions/{make(adam)['id']}"
    problem(adam.put(path, {"name": "accuracy"}), 409, "dimension_exists")
    assert adam.put(path, {"name": "tone"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model_id": "a/b"}, "model_id"),
        ({"scale": None}, "scale"),
        ({"scale": {"type": "categorical", "categories": ["a", "a"]}}, "scale.categories"),
        ({"required": None}, "required"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(adam, body, field):
    made = make(adam)
    answer = adam.put(f"/dimensions/{made['id']}", body)
    assert problem(answer, 422)["errors"].keys() == {field}
    assert adam.read(f"/dimensions/model/{MODEL}")["items"][-1] == made


def test_one_that_is_not_there_cannot_be_changed(adam):
    problem(adam.put(f"/dimensions/{uuid4()}", {"weight": 1}), 404, "not_found")
