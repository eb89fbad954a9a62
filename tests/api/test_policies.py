"""Validation policies: what holds for a model, and from when on."""

import pytest

from tests.model_side import MODEL
from tests.world import problem

WEIGHTS = {
    "flagged": 3.0,
    "has_correction": 2.0,
    "low_score": 2.0,
    "disliked": 1.0,
    "disagreement": 2.0,
    "uncertainty": 2.0,
    "thin_evidence": 1.0,
    "novelty": 1.0,
}
DEFAULT = {
    "validators": 1,
    "quorum": 0.5,
    "blind": False,
    "lease_seconds": 600,
    "trusted_weight": 1,
    "leased_only": False,
    "gold_share": 0.0,
    "random_share": 0.05,
    "priority": WEIGHTS,
}
STRICT = {
    "validators": 3,
    "quorum": 0.66,
    "blind": True,
    "lease_seconds": 60,
    "trusted_weight": 3,
    "leased_only": True,
    "gold_share": 0.1,
    "random_share": 0.5,
    "priority": {**WEIGHTS, "flagged": 9.5, "novelty": 0.0},
}


def path(model_id=MODEL):
    return f"/validation/policies/{model_id}"


def test_where_nobody_said_anything_one_verdict_decides(adam):
    answer = adam.get(path())
    assert answer.json == {"model_id": MODEL, "said_for": None, **DEFAULT, "version": 0}
    assert answer.headers["ETag"] == '"0"'


def test_what_was_said_for_the_model_holds_before_what_was_said_for_all(adam):
    said = adam.put(path("all"), {"validators": 5})
    assert said.json == {
        "model_id": "all",
        "said_for": "all",
        **DEFAULT,
        "validators": 5,
        "version": 1,
    }
    assert adam.read(path()) == {**said.json, "model_id": MODEL, "version": 0}
    own = adam.put(path(), STRICT)
    assert own.json == {"model_id": MODEL, "said_for": MODEL, **STRICT, "version": 1}
    assert adam.read(path()) == own.json
    assert adam.read(path("acme/other"))["validators"] == 5


def test_everybody_may_know_the_rules_but_not_the_share_of_gold(adam, alice, vera):
    adam.put(path(), STRICT)
    for reader in (alice, vera):
        told = adam.read(path()) | {"gold_share": None}
        assert reader.read(path()) == told
        assert reader.get(path()).headers["ETag"] == '"1"'
        problem(reader.put(path(), STRICT), 403, "forbidden")


def test_what_is_absent_is_as_by_default(adam):
    adam.put(path(), STRICT)
    changed = adam.put(path(), {})
    assert changed.json == {"model_id": MODEL, "said_for": MODEL, **DEFAULT, "version": 2}
    assert adam.read(path()) == changed.json


def test_a_change_may_be_bound_to_the_version_that_was_seen(adam):
    def put(body, tag):
        return adam.put(path(), body, headers={"If-Match": tag})

    problem(put(STRICT, '"1"'), 412, "stale")
    assert put(STRICT, '"0"').status_code == 200
    problem(put(DEFAULT, '"0"'), 412, "stale")
    assert put(DEFAULT, '"1"').json["version"] == 2
    assert problem(put(STRICT, '"1"'), 412, "stale")["version"] == 2
    assert adam.read(path()).items() >= DEFAULT.items()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("validators", 0),
        ("validators", 100),
        ("validators", 1.5),
        ("validators", "3"),
        ("quorum", 0.49),
        ("quorum", 1.01),
        ("quorum", None),
        ("blind", 1),
        ("lease_seconds", 0),
        ("lease_seconds", 86_401),
        ("leased_only", "yes"),
        ("trusted_weight", 0),
        ("trusted_weight", 11),
        ("random_share", -0.01),
        ("random_share", 1.01),
        ("random_share", True),
        ("priority", None),
        ("model_id", MODEL),
    ],
)
def test_what_is_no_policy_is_refused(adam, field, value):
    answer = adam.put(path(), {field: value})
    assert problem(answer, 422, "invalid")["errors"].keys() == {field}
    assert adam.read(path())["version"] == 0


@pytest.mark.parametrize(
    ("weights", "field"),
    [
        ({"flagged": -1}, "flagged"),
        ({"novelty": 100.1}, "novelty"),
        ({"low_score": "2"}, "low_score"),
        ({"disliked": None}, "disliked"),
        # A day of waiting weighs the same for all models.
        ({"age_per_day": 1}, "age_per_day"),
    ],
)
def test_what_is_no_weight_is_refused(adam, weights, field):
    answer = adam.put(path(), {"priority": weights})
    assert problem(answer, 422, "invalid")["errors"].keys() == {f"priority.{field}"}


def test_weights_that_are_absent_are_as_by_default(adam):
    said = adam.put(path(), {"priority": {"disagreement": 5}})
    assert said.json["priority"] == {**WEIGHTS, "disagreement": 5.0}
    assert adam.read(path()) == said.json


def test_a_model_id_that_can_be_none_is_refused(adam):
    for method in ("GET", "PUT"):
        problem(adam.call(method, path("a//b"), json={}), 422, "invalid")


def test_the_log_tells_what_was_said(adam):
    adam.put(path(), STRICT)
    (event,) = adam.read("/events", type="validation_policy.set")["items"]
    assert event["data"] == {"model_id": MODEL, "version": 1, **STRICT}
    assert event["actor"] == "adam"


def test_an_open_round_keeps_its_rules(alice, vera, adam):
    before = alice.feedback()
    adam.put(path(), {"validators": 2})
    after = alice.feedback()
    adam.put(path(), {})
    assert vera.verdict(before["id"])["feedback_status"] == "validated"
    assert vera.verdict(after["id"])["feedback_status"] == "pending"
    assert adam.verdict(after["id"])["feedback_status"] == "validated"
