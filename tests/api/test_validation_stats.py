"""Statistics of validation: how much, by whom, how fast, and how well raters agree."""

import pytest

from tests.model_side import ENDPOINT, MODEL
from tests.world import Person, created, problem

NONE = dict.fromkeys(["pending", "validated", "rejected", "returned", "tied", "withdrawn"], 0)


def score(person, response_id, name, value):
    rating = {"dimension_id": name, "score": value}
    return person.feedback(response_id, dimension_ratings=[rating])


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
    given = [alice.feedback()["id"] for _ in range(3)]
    adam.verdict(given[0])
    vera.verdict(given[1])
    vera.verdict(given[2], is_valid=False)
    assert vera.read("/validation/stats")["by_validator"] == [
        {"validator_id": "vera", "valid": 1, "invalid": 1},
        {"validator_id": "adam", "valid": 1, "invalid": 0},
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
    assert found["accuracy"] == {"level": "interval", "items": 3, "raters": 4}


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
    assert found == {"krippendorff_alpha": 1.0, "level": "nominal", "items": 2, "raters": 2}


def test_where_nobody_rated_the_same_there_is_no_alpha(alice, vera):
    alice.feedback()
    found = vera.read("/validation/stats")["agreement"]
    assert found == {
        "accuracy": {"krippendorff_alpha": None, "level": "interval", "items": 0, "raters": 1}
    }


def test_a_models_own_dimension_is_told_apart_from_the_one_for_all(alice, vera, adam):
    created(adam.post("/dimensions", {"name": "accuracy", "model_id": MODEL}))
    alice.feedback()
    assert vera.read("/validation/stats")["agreement"].keys() == {f"accuracy ({MODEL})"}


def test_scores_on_an_older_scale_do_not_count(alice, vera, adam, raters):
    tone = created(adam.post("/dimensions", {"name": "tone"}))
    response_id = alice.response()["id"]
    for person in raters:
        score(person, response_id, "tone", 5)
    adam.put(f"/dimensions/{tone['id']}", {"scale": {"type": "boolean"}})
    assert vera.read("/validation/stats")["agreement"] == {}


def test_users_do_not_see_them(alice):
    problem(alice.get("/validation/stats"), 403, "forbidden")
