"""Dimensions that live: guided, ordered, changed with a mapping, archived and restored."""

from uuid import uuid4

import pytest

from tests.model_side import MODEL
from tests.world import created, problem

TEN = {"type": "numeric", "min": 0, "max": 10, "step": 1}
LINEAR = {"type": "linear"}
LIST = f"/dimensions/model/{MODEL}"


@pytest.fixture
def tone(adam):
    return created(adam.post("/dimensions", {"name": "tone", "scale": TEN}))


@pytest.fixture
def path(tone):
    return f"/dimensions/{tone['id']}"


def names(person, **query):
    return [one["name"] for one in person.read(f"/dimensions/model/{MODEL}", **query)["items"]]


def test_it_may_be_guided_and_put_in_its_place(alice, adam, tone, path):
    anchors = [{"score": 0, "text": "Rude."}, {"score": 10, "text": "Kind."}]
    changes = {"order": 0, "guidance": "Think of a stranger.", "anchors": anchors}
    changed = adam.put(path, changes).json
    assert {name: changed[name] for name in changes} == changes
    assert changed["version"] == 1
    adam.put(path, {"order": 3})
    assert names(alice)[:5] == ["accuracy", "helpfulness", "relevance", "clarity", "tone"]
    made = created(adam.post("/dimensions", {"name": "speed", "order": 2, "scale": TEN,
        "guidance": "How fast?", "anchors": anchors, "weight": 2, "required": True}))  # fmt: skip
    assert (made["order"], made["guidance"], made["anchors"]) == (2, "How fast?", anchors)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"anchors": [{"score": 11, "text": "Much."}]}, "anchors.0.score"),
        ({"anchors": [{"score": 1, "text": "a"}, {"score": 1, "text": "b"}]}, "anchors.1.score"),
        ({"anchors": [{"score": 1}]}, "anchors.0.text"),
        ({"anchors": None}, "anchors"),
        ({"anchors": [{"score": 1, "text": "a"}] * 101}, "anchors"),
        ({"guidance": ""}, "guidance"),
        ({"order": -1}, "order"),
        ({"order": 1.5}, "order"),
        ({"mapping": LINEAR}, "mapping"),
        ({"scale": {"type": "boolean"}, "mapping": LINEAR}, "mapping.type"),
        ({"scale": {"type": "boolean"}, "mapping": {"type": "curve"}}, "mapping.type"),
        (
            {"scale": {"type": "boolean"},
             "mapping": {"type": "table", "table": [{"from": 0, "to": 1}]}},
            "mapping.table.0.to",
        ),
        ({"archived_at": None}, "archived_at"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_field(adam, tone, path, body, field):
    assert problem(adam.put(path, body), 422, "invalid")["errors"].keys() == {field}
    assert adam.read(f"/dimensions/model/{MODEL}")["items"][-1] == tone


def test_anchors_have_to_fit_a_changed_scale(adam, path):
    adam.put(path, {"anchors": [{"score": 10, "text": "Kind."}]})
    answer = adam.put(path, {"scale": {"type": "boolean"}})
    assert problem(answer, 422)["errors"].keys() == {"anchors.0.score"}
    anchors = [{"score": True, "text": "Kind."}]
    assert adam.put(path, {"scale": {"type": "boolean"}, "anchors": anchors}).json["version"] == 2


def test_versions_say_how_old_scores_carry_over(alice, adam, tone, path):
    table = {"type": "table", "table": [{"from": 1, "to": False}, {"from": 5, "to": True}]}
    five = {"type": "numeric", "min": 1, "max": 5, "step": 1}
    assert adam.put(path, {"scale": five, "mapping": LINEAR}).json["version"] == 2
    again = adam.put(path, {"scale": five, "mapping": LINEAR})
    assert (again.status_code, again.json["version"]) == (200, 2)
    adam.put(path, {"scale": {"type": "boolean"}, "mapping": table})
    adam.put(path, {"scale": TEN})
    items = alice.read(f"{path}/versions")["items"]
    assert [(one["version"], one["scale"], one["mapping"]) for one in items] == [
        (4, TEN, None),
        (3, {"type": "boolean"}, table),
        (2, five, LINEAR),
        (1, TEN, None),
    ]
    assert [item for page in alice.walk(f"{path}/versions", limit=1) for item in page] == items
    problem(alice.get(f"/dimensions/{uuid4()}/versions"), 404, "not_found")


def test_an_archived_one_takes_no_new_ratings_and_stays_in_old_ones(alice, adam, tone, path):
    rated = {"dimension_ratings": [{"dimension_id": "tone", "score": 7}]}
    old = alice.feedback(**rated)
    archived = adam.post(f"{path}/archive")
    assert archived.status_code == 200
    assert archived.json["archived_at"] == archived.json["updated_at"]
    assert "tone" not in names(alice)
    assert names(alice, archived="true") == ["tone"]
    for name in ("tone", tone["id"]):
        body = {"dimension_ratings": [{"dimension_id": name, "score": 7}]}
        told = problem(
            alice.post("/feedback", {"response_id": alice.response()["id"], **body}), 422
        )
        message = "expected one in use, 'tone' is archived"
        assert told["errors"] == {"dimension_ratings.0.dimension_id": [message]}
    assert alice.read(f"/feedback/{old['id']}") == old
    changed = alice.patch(f"/feedback/{old['id']}", {"rating": "like"}).json
    assert changed["dimension_ratings"] == old["dimension_ratings"]
    problem(alice.patch(f"/feedback/{old['id']}", rated), 422)
    assert adam.post(f"{path}/restore").json["archived_at"] is None
    assert names(alice)[-1] == "tone"
    alice.feedback(**rated)


def test_archiving_and_restoring_again_change_nothing(adam, path):
    once = adam.post(f"{path}/archive").json
    assert adam.post(f"{path}/archive").json == once
    back = adam.post(f"{path}/restore").json
    assert adam.post(f"{path}/restore").json == back
    types = [item["type"] for item in adam.read("/events", limit=100)["items"]]
    assert [types.count(f"dimension.{word}") for word in ("archived", "restored")] == [1, 1]
    for word in ("archive", "restore"):
        problem(adam.post(f"/dimensions/{uuid4()}/{word}"), 404, "not_found")


def test_only_admins_archive(alice, vera, path):
    for person in (alice, vera):
        for word in ("archive", "restore"):
            problem(person.post(f"{path}/{word}"), 403, "forbidden")


def test_an_archived_name_of_a_model_leaves_the_one_for_all(alice, adam):
    own = created(adam.post("/dimensions", {"name": "clarity", "model_id": MODEL, "scale": TEN}))
    adam.post(f"/dimensions/{own['id']}/archive")
    given = alice.feedback(dimension_ratings=[{"dimension_id": "clarity", "score": 5}])
    assert given["dimension_ratings"][0]["dimension_id"] != own["id"]


def test_what_is_required_of_all_models_is_not_where_a_model_has_its_own(alice, adam):
    created(adam.post("/dimensions", {"name": "safety", "required": True}))
    created(adam.post("/dimensions", {"name": "safety", "model_id": MODEL, "required": False}))
    alice.feedback(dimension_ratings=[{"dimension_id": "clarity", "score": 5}])


def test_an_archived_one_is_required_no_more_and_no_span_is_about_it(alice, adam, path):
    adam.put(path, {"required": True})
    adam.post(f"{path}/archive")
    response = alice.response()
    span = {"start": 0, "end": 1, "text": response["content"][0], "dimension_id": "tone"}
    body = {"response_id": response["id"], "spans": [span]}
    errors = problem(alice.post("/feedback", body), 422)["errors"]
    assert errors.keys() == {"spans.0.dimension_id"}
    alice.feedback(response["id"], dimension_ratings=[{"dimension_id": "clarity", "score": 5}])


def test_a_model_s_own_says_which_one_for_all_it_takes_the_place_of(alice, adam):
    of_all = {item["name"]: item["id"] for item in alice.read(LIST)["items"]}
    own = created(adam.post("/dimensions", {"name": "accuracy", "model_id": MODEL}))
    path = f"/dimensions/{own['id']}"
    assert own["overrides"] == of_all["accuracy"]
    assert adam.put(path, {"name": "truth"}).json["overrides"] is None
    assert adam.put(path, {"name": "clarity"}).json["overrides"] == of_all["clarity"]
    assert adam.post(f"{path}/archive").json["overrides"] is None
    assert adam.post(f"{path}/restore").json["overrides"] == of_all["clarity"]
    listed = {item["id"]: item["overrides"] for item in alice.read(LIST)["items"]}
    assert listed == dict.fromkeys(of_all.values()) | {own["id"]: of_all["clarity"]}
    (rating,) = alice.feedback(dimension_ratings=[{"dimension_id": "clarity", "score": 4}])[
        "dimension_ratings"
    ]
    assert rating["dimension_id"] == own["id"]
    assert adam.post(f"/dimensions/{of_all['clarity']}/archive").status_code == 200
    assert adam.read(LIST)["items"][-1]["overrides"] is None
