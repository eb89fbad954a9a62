"""Statistics of validation: how much, by whom, how fast, and how well raters agree."""

import pytest

from tests.model_side import ENDPOINT, MODEL
from tests.world import Person, created, problem

NONE = dict.fromkeys(["pending", "validated", "rejected", "returned", "tied", "withdrawn"], 0)


def score(person, response_id, name, value):
    rating = {"dimension_id": name, "score": value}
    return person.feedback(response_id, dimension_ratings=[rating])


def counted(level, **numbers):
    """Return what is said beside alpha."""
    names = ("items", "ratings", "raters", "carried", "left_out")
    return {"level": level, "reason": None, **dict.fromkeys(names, 0), **numbers}


def test_nothing_is_counted_where_nothing_is(vera):
    assert vera.read("/validation/stats") == {
        "total": 0,
        "by_status": NONE,
        "by_model": {},
        "by_validator": [],
        "time_to_verdict_seconds": {"verdicts": 0, "mean": None, "median": None, "p90": None},
        "agreement": {},
    }


def test_feedback_is_counted_by_status_and_model(alice, vera, model_side):
    model_side.models["acme/other"] = ENDPOINT.replace("echo-1", "other")
    first, second = alice.feedback(), alice.feedback()
    alice.feedback()
    interaction = alice.interaction(model_id="acme/other")
    path = f"/interactions/{interaction['id']}/prompts"
    alice.feedback(created(alice.post(path, {"content": "?"}))["response"]["id"])
    vera.verdict(first["id"])
    vera.verdict(second["id"], is_valid=False)
    stats = vera.read("/validation/stats")
    assert stats["total"] == 4
    assert stats["by_status"] == {**NONE, "pending": 2, "validated": 1, "rejected": 1}
    assert stats["by_model"] == {
        MODEL: {"pending": 1, "validated": 1, "rejected": 1},
        "acme/other": {"pending": 1},
    }


def test_verdicts_are_counted_by_validator_the_busiest_first(alice, vera, adam):
    given = [alice.feedback()["id"] for _ in range(4)]
    adam.verdict(given[0])
    vera.verdict(given[1])
    vera.verdict(given[2], is_valid=False)
    returned = {"verdict": "returned", "notes": "Say why."}
    created(vera.post(f"/validation/feedback/{given[3]}", returned))
    assert vera.read("/validation/stats")["by_validator"] == [
        {"validator_id": "vera", "valid": 1, "invalid": 1, "returned": 1},
        {"validator_id": "adam", "valid": 1, "invalid": 0, "returned": 0},
    ]


def test_the_time_to_a_verdict_is_measured(alice, vera):
    for _ in range(2):
        vera.verdict(alice.feedback()["id"])
    told = vera.read("/validation/stats")["time_to_verdict_seconds"]
    assert told["verdicts"] == 2
    assert 0 < told["median"] <= told["p90"] < 60
    assert told["mean"] == pytest.approx(told["median"])


@pytest.fixture
def raters(app):
    return [Person(app.test_client(), f"vera-{number}", "validator") for number in range(3)]


def test_agreement_is_krippendorffs_alpha_of_what_several_rated(alice, vera, raters):
    for values in ([1, 1, 2], [5, 5, 5], [3, 4, 3]):
        response_id = alice.response()["id"]
        for person, value in zip(raters, values, strict=True):
            score(person, response_id, "accuracy", value)
    # Alone, a rating says nothing about agreement.
    score(alice, alice.response()["id"], "accuracy", 1)
    found = vera.read("/validation/stats")["agreement"]
    assert found.keys() == {"accuracy"}
    alpha = found["accuracy"].pop("krippendorff_alpha")
    # By hand: mean squared differences within a response, and between all nine ratings.
    assert alpha == pytest.approx(1 - (4 / 9) / (388 / 72))
    assert found["accuracy"] == counted("interval", items=3, ratings=10, raters=4)


def test_yes_and_no_agree_or_do_not(alice, vera, adam, raters):
    created(adam.post("/dimensions", {"name": "safe", "scale": {"type": "boolean"}}))
    for values in ([True, True], [False, False], [True, False]):
        response_id = alice.response()["id"]
        for person, value in zip(raters, values, strict=False):
            score(person, response_id, "safe", value)
    found = vera.read("/validation/stats")["agreement"]["safe"]
    assert (found["level"], found["items"], found["raters"]) == ("nominal", 3, 2)
    # Two disagreeing pairs of six; expected 2 * 3 * 3 / (6 * 5).
    assert found["krippendorff_alpha"] == pytest.approx(1 - (2 / 6) / (18 / 30))


def test_categories_agree_or_do_not(alice, vera, adam, raters):
    scale = {"type": "categorical", "categories": ["rude", "neutral", "kind"]}
    created(adam.post("/dimensions", {"name": "tone", "scale": scale}))
    for values in (["rude", "rude"], ["kind", "kind"]):
        response_id = alice.response()["id"]
        for person, value in zip(raters, values, strict=False):
            score(person, response_id, "tone", value)
    found = vera.read("/validation/stats")["agreement"]["tone"]
    assert found.pop("krippendorff_alpha") == 1.0
    assert found == counted("nominal", items=2, ratings=4, raters=2)


def told(person, name="accuracy"):
    return person.read("/validation/stats")["agreement"][name]


def test_where_nobody_rated_the_same_there_is_no_alpha(alice, vera, raters):
    alice.feedback()
    none = {"krippendorff_alpha": None}
    assert told(vera) == {**none, **counted("interval", ratings=1, raters=1, reason="one_rater")}
    score(raters[0], alice.response()["id"], "accuracy", 2)
    reason = "nothing_rated_twice"
    assert told(vera) == {**none, **counted("interval", ratings=2, raters=2, reason=reason)}


def test_where_nobody_differed_there_is_no_alpha(alice, vera, raters):
    response_id = alice.response()["id"]
    for person in raters[:2]:
        score(person, response_id, "accuracy", 3)
    expected = counted("interval", items=1, ratings=2, raters=2, reason="nobody_differed")
    assert told(vera) == {"krippendorff_alpha": None, **expected}


def test_what_was_taken_back_does_not_count(alice, vera):
    given = alice.feedback()
    assert (
        alice.post(f"/feedback/{given['id']}/withdraw", headers={"If-Match": "*"}).status_code
        == 200
    )
    assert vera.read("/validation/stats")["agreement"] == {}


def test_a_models_own_dimension_is_told_apart_from_the_one_for_all(alice, vera, adam):
    created(adam.post("/dimensions", {"name": "accuracy", "model_id": MODEL}))
    alice.feedback()
    assert vera.read("/validation/stats")["agreement"].keys() == {f"accuracy ({MODEL})"}


def made(adam, scale=None):
    return created(
        adam.post("/dimensions", {"name": "tone", **({"scale": scale} if scale else {})})
    )


def changed(adam, dimension, scale, mapping=None):
    body = {"scale": scale, **({"mapping": mapping} if mapping else {})}
    assert adam.put(f"/dimensions/{dimension['id']}", body).status_code == 200


def test_scores_on_an_older_scale_are_left_out_where_nobody_said_what_they_are(
    alice, vera, adam, raters
):
    tone = made(adam)
    response_id = alice.response()["id"]
    for person in raters:
        score(person, response_id, "tone", 5)
    changed(adam, tone, {"type": "boolean"})
    expected = counted("nominal", left_out=3, reason="nothing_counts")
    assert told(vera, "tone") == {"krippendorff_alpha": None, **expected}


def test_scores_on_older_scales_are_carried_along_every_change(alice, vera, adam, raters):
    tone = made(adam)
    first, second = alice.response()["id"], alice.response()["id"]
    score(raters[0], first, "tone", 1)
    score(raters[0], second, "tone", 5)
    changed(adam, tone, {"type": "numeric", "min": 0, "max": 10}, {"type": "linear"})
    score(raters[1], first, "tone", 0)
    score(raters[1], second, "tone", 10)
    table = [{"from": 0, "to": False}, {"from": 10, "to": True}]
    changed(adam, tone, {"type": "boolean"}, {"type": "table", "table": table})
    score(raters[2], first, "tone", value=True)
    found = told(vera, "tone")
    # No and no and yes, yes and yes: two of five ratings pair with another answer.
    assert found.pop("krippendorff_alpha") == pytest.approx(1 - (2 / 5) / (12 / 20))
    assert found == counted("nominal", items=2, ratings=5, raters=3, carried=4)


def test_of_a_table_that_names_few_scores_the_others_are_left_out(alice, vera, adam, raters):
    tone = made(adam)
    response_id = alice.response()["id"]
    for person, value in zip(raters, (1, 2, 5), strict=True):
        score(person, response_id, "tone", value)
    table = [{"from": 1, "to": False}, {"from": 5, "to": True}]
    changed(adam, tone, {"type": "boolean"}, {"type": "table", "table": table})
    found = told(vera, "tone")
    assert (found["items"], found["ratings"], found["carried"], found["left_out"]) == (1, 2, 2, 1)


def test_a_scale_without_steps_is_measured_in_hundredths(alice, vera, adam, raters):
    made(adam, {"type": "numeric", "min": 0, "max": 1, "step": 0})
    for values in ((0.1, 0.1001), (0.9, 0.9002)):
        response_id = alice.response()["id"]
        for person, value in zip(raters, values, strict=False):
            score(person, response_id, "tone", value)
    found = told(vera, "tone")
    assert found["krippendorff_alpha"] == pytest.approx(1)
    assert (found["items"], found["level"]) == (2, "interval")


def test_users_do_not_see_them(alice):
    problem(alice.get("/validation/stats"), 403, "forbidden")


def test_who_judges_in_a_blind_round_is_not_counted_before_it_is_over(adam, alice, vera, client):
    adam.put(f"/validation/policies/{MODEL}", {"validators": 2, "blind": True})
    given = alice.feedback()
    vera.verdict(given["id"], is_valid=False)
    assert adam.read("/validation/stats")["by_validator"] == []
    Person(client, "victor", "validator").verdict(given["id"], is_valid=False)
    by_validator = adam.read("/validation/stats")["by_validator"]
    assert {one["validator_id"]: one["invalid"] for one in by_validator} == {"vera": 1, "victor": 1}
