"""People as the worker measures them: how reliable they are, and how far they agree."""

from datetime import datetime

import numpy as np
import pytest

from app.domain.kappa import cohen_kappa
from app.domain.reliability import Forgetting
from tests.crowd import fill
from tests.model_side import MODEL
from tests.reliability import reliability
from tests.world import created, problem

POLICY = f"/validation/policies/{MODEL}"


@pytest.fixture
def measure(defer, work):
    def run():
        defer("people.measure", timestamp=0)
        work()

    return run


def mark(adam, feedback_id, *, is_valid):
    path = f"/validation/gold/{feedback_id}"
    assert adam.put(path, {"is_valid": is_valid}).status_code == 200


def held(adam, **query):
    """Return what is held of people as (person, capacity, dimension) -> row."""
    pages = adam.walk("/validation/reliability", limit=100, **query)
    rows = [row for page in pages for row in page]
    return {
        (row["user_id"], row["capacity"], row["dimension_name"] or row["dimension"]): row
        for row in rows
    }


def in_short(row):
    return (round(row["mean"], 3), row["answers"], row["reasons"])


def disagree(alice, adam, judges):
    """Let two of three find feedback valid; return its id."""
    adam.put(POLICY, {"validators": 3})
    given = alice.feedback()
    for person, is_valid in zip(judges, (True, True, False), strict=True):
        person.verdict(given["id"], is_valid=is_valid)
    return given["id"]


def test_who_agreed_with_what_several_concluded_was_right(alice, adam, judges, measure):
    disagree(alice, adam, judges)
    measure()
    found = held(adam)
    assert {key: in_short(row) for key, row in found.items()} == {
        ("alice", "rater", "overall"): (0.667, 1, {"outcomes": {"right": 1, "wrong": 0}}),
        ("alice", "rater", "accuracy"): (0.667, 1, {"outcomes": {"right": 1, "wrong": 0}}),
        ("judge-0", "validator", "overall"): (0.667, 1, {"rounds": {"right": 1, "wrong": 0}}),
        ("judge-0", "validator", "accuracy"): (0.667, 1, {"rounds": {"right": 1, "wrong": 0}}),
        ("judge-1", "validator", "overall"): (0.667, 1, {"rounds": {"right": 1, "wrong": 0}}),
        ("judge-1", "validator", "accuracy"): (0.667, 1, {"rounds": {"right": 1, "wrong": 0}}),
        ("judge-2", "validator", "overall"): (0.333, 1, {"rounds": {"right": 0, "wrong": 1}}),
        ("judge-2", "validator", "accuracy"): (0.333, 1, {"rounds": {"right": 0, "wrong": 1}}),
    }
    row = found["judge-0", "validator", "overall"]
    assert 0 < row["low"] < row["mean"] < row["high"] < 1


def test_who_decided_alone_is_measured_by_nothing(alice, adam, vera, measure):
    vera.verdict(alice.feedback()["id"])
    measure()
    assert {key[0] for key in held(adam)} == {"alice"}


def test_ones_own_decision_does_not_make_one_right(alice, adam, judges, measure):
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()["id"]
    adam.verdict(given)
    judges[0].verdict(given, is_valid=False)
    adam.decision(given, is_valid=True)
    measure()
    assert {key[0] for key in held(adam)} == {judges[0].name, "alice"}


def test_an_overturned_outcome_corrects_it(alice, adam, judges, measure):
    given = disagree(alice, adam, judges)
    measure()
    adam.decision(given, is_valid=False)
    measure()
    found = held(adam)
    assert in_short(found["judge-0", "validator", "overall"]) == (
        0.333, 1, {"decisions": {"right": 0, "wrong": 1}},
    )  # fmt: skip
    assert in_short(found["judge-2", "validator", "overall"])[0] == 0.667
    assert in_short(found["alice", "rater", "overall"])[0] == 0.333


def test_what_is_open_again_says_nothing_and_is_taken_away(alice, adam, judges, measure):
    given = disagree(alice, adam, judges)
    adam.decision(given, is_valid=False)
    measure()
    assert alice.post(f"/feedback/{given}/appeal", {"reason": "It is right."}).status_code == 200
    measure()
    assert held(adam) == {}


def test_a_verdict_on_what_the_feedback_was_before_says_nothing(alice, adam, judges, measure):
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()
    judges[0].verdict(given["id"], is_valid=False)
    said = {"verdict": "returned", "notes": "Which source?"}
    created(judges[1].post(f"/validation/feedback/{given['id']}", said))
    assert alice.post(f"/feedback/{given['id']}/resubmit").status_code == 200
    for person in judges[1:]:
        person.verdict(given["id"], is_valid=True)
    measure()
    validators = {key[0] for key in held(adam) if key[1] == "validator"}
    assert validators == {"judge-1", "judge-2"}


def test_gold_says_who_was_right(alice, adam, judges, measure):
    given = alice.feedback()
    mark(adam, given["id"], is_valid=False)
    judges[0].verdict(given["id"], is_valid=False)
    judges[1].verdict(given["id"], is_valid=True)
    said = {"verdict": "returned", "notes": "Which source?"}
    created(judges[2].post(f"/validation/feedback/{given['id']}", said))
    measure()
    found = {key: in_short(row) for key, row in held(adam).items() if key[2] == "overall"}
    assert found == {
        ("judge-0", "validator", "overall"): (0.667, 1, {"gold": {"right": 1, "wrong": 0}}),
        ("judge-1", "validator", "overall"): (0.333, 1, {"gold": {"right": 0, "wrong": 1}}),
    }
    mark(adam, given["id"], is_valid=True)
    measure()
    assert held(adam)["judge-1", "validator", "overall"]["mean"] > 0.5


def test_what_was_said_of_a_dimension_counts_for_it(alice, adam, judges, measure):
    adam.put(POLICY, {"validators": 3})
    rated = [{"dimension_id": name, "score": 4} for name in ("accuracy", "clarity")]
    given = alice.feedback(dimension_ratings=rated)
    for person, is_clear in zip(judges, (False, False, True), strict=True):
        said = [{"dimension_id": "clarity", "is_valid": is_clear}]
        person.verdict(given["id"], dimension_verdicts=said)
    measure()
    found = {key: round(row["mean"], 3) for key, row in held(adam).items()}
    assert {key: mean for key, mean in found.items() if key[2] == "clarity"} == {
        ("alice", "rater", "clarity"): 0.333,
        ("judge-0", "validator", "clarity"): 0.667,
        ("judge-1", "validator", "clarity"): 0.667,
        ("judge-2", "validator", "clarity"): 0.333,
    }
    assert {mean for key, mean in found.items() if key[2] != "clarity"} == {0.667}


@pytest.mark.parametrize(("is_valid", "means"), [(True, {0.667, 0.333}), (False, set())])
def test_what_was_said_of_a_dimension_of_gold_counts_where_all_is_right(
    alice, adam, judges, measure, is_valid, means
):
    given = alice.feedback()
    mark(adam, given["id"], is_valid=is_valid)
    for person, said in zip(judges, (True, False), strict=False):
        verdicts = [{"dimension_id": "accuracy", "is_valid": said}]
        person.verdict(given["id"], dimension_verdicts=verdicts)
    measure()
    rows = held(adam).items()
    assert {round(row["mean"], 3) for key, row in rows if key[2] == "accuracy"} == means


def test_old_answers_count_less_as_the_rule_says(alice, adam, judges, measure, sql):
    ages = (0, 45, 400)
    for number, age in enumerate(ages):
        given = alice.feedback()
        mark(adam, given["id"], is_valid=number != 1)
        judges[0].verdict(given["id"], is_valid=True)
        sql(
            "UPDATE gold_answers SET created_at = now() - make_interval(days => :age)"
            " WHERE feedback_id = :id",
            age=age,
            id=given["id"],
        )
    measure()
    row = held(adam)["judge-0", "validator", "overall"]
    rule = Forgetting(half_life_days=90.0)
    answers = [(number != 1, float(age)) for number, age in enumerate(ages)]
    expected = reliability(answers, as_of=datetime.fromisoformat(row["as_of"]), rule=rule)
    assert row["mean"] == pytest.approx(expected.mean, abs=1e-6)
    assert (row["low"], row["high"]) == pytest.approx(expected.interval(), abs=1e-6)
    assert row["answers"] == 3


def test_a_second_run_changes_nothing(alice, adam, judges, measure):
    disagree(alice, adam, judges)

    def figures():
        measure()
        return {key: (*in_short(row), row["low"]) for key, row in held(adam).items()}

    first, second = figures(), figures()
    assert first.keys() == second.keys()
    for key, row in first.items():
        assert second[key][:3] == row[:3]
        assert second[key][3] == pytest.approx(row[3], abs=1e-6)


def test_everybody_is_measured_however_many_there_are(app, adam, measure, sql):
    fill(app, 900)
    sql("UPDATE feedback SET user_id = 'user-' || left(md5(id::text), 2)")
    ((people,),) = sql("SELECT count(DISTINCT user_id) FROM feedback WHERE status = 'validated'")
    measure()
    found = held(adam, dimension="overall")
    assert len([key for key in found if key[1] == "rater"]) == people > 200


def test_one_reads_ones_own_without_what_it_rests_on(alice, adam, judges, measure):
    disagree(alice, adam, judges)
    measure()
    own = judges[0].read("/users/me/reliability")["items"]
    assert [row["dimension_name"] or row["dimension"] for row in own] == ["accuracy", "overall"]
    assert own[1].keys() == {
        "capacity", "dimension", "dimension_name", "mean", "low", "high", "answers", "as_of",
    }  # fmt: skip
    (overall,) = judges[0].read("/users/me/reliability", dimension="overall")["items"]
    assert overall["answers"] == own[1]["answers"]
    listed = held(adam, user_id="judge-0")["judge-0", "validator", "overall"]
    assert own[1]["mean"] == pytest.approx(listed["mean"], abs=1e-6)
    assert alice.read("/users/me/reliability", dimension="overall")["items"][0]["answers"] == 1
    accuracy = own[0]["dimension"]
    assert len(held(adam, dimension=accuracy)) == 4
    problem(judges[0].get("/validation/reliability"), 403)


def test_it_is_listed_page_by_page(alice, adam, judges, measure):
    disagree(alice, adam, judges)
    measure()
    pages = list(adam.walk("/validation/reliability", limit=3))
    assert [len(page) for page in pages] == [3, 3, 2]
    own = list(judges[0].walk("/users/me/reliability", limit=1))
    assert [len(page) for page in own] == [1, 1]


@pytest.mark.parametrize(
    ("query", "field"),
    [({"dimension": "accuracy"}, "dimension"), ({"user_id": ""}, "user_id"), ({"x": 1}, "x")],
)
def test_what_is_malformed_is_refused(adam, query, field):
    refused = problem(adam.get("/validation/reliability", query_string=query), 422)
    assert field in refused["errors"]


def test_where_the_majority_errs_as_on_gold_it_is_contradicted(alice, adam, judges, measure):
    adam.put(POLICY, {"validators": 3})
    for number in range(8):
        given = alice.feedback(rating="like")
        mark(adam, given["id"], is_valid=number % 2 == 0)
        for person, is_valid in zip(judges, (True, True, number % 2 == 0), strict=True):
            person.verdict(given["id"], is_valid=is_valid)
    doubtful = alice.feedback()
    for person, is_valid in zip(judges, (True, True, False), strict=True):
        person.verdict(doubtful["id"], is_valid=is_valid)
    measure()
    rows = adam.read("/validation/contradictions")["items"]
    assert len(rows) == 5
    assert [row["is_known"] for row in rows] == [False, True, True, True, True]
    (found,) = (row for row in rows if not row["is_known"])
    assert (
        found.items()
        >= {
            "feedback_id": doubtful["id"],
            "round": 1,
            "basis": "round",
            "votes": 3,
            "majority": "valid",
            "estimate": "invalid",
            "is_known": False,
        }.items()
    )
    assert found["share"] == pytest.approx(2 / 3)
    assert 0.5 < found["posterior"] < 1
    assert {row["basis"] for row in rows[1:]} == {"gold"}
    pages = list(adam.walk("/validation/contradictions", limit=2))
    assert [row for page in pages for row in page] == rows
    # An admin who agrees with the estimate makes it known.
    adam.decision(doubtful["id"], is_valid=False)
    measure()
    assert adam.read("/validation/contradictions")["items"][0]["is_known"] is True


def test_each_two_people_agree_by_so_much(app, alice, adam, judges, measure):
    adam.put(POLICY, {"validators": 3})
    friendly = {"name": "friendly", "scale": {"type": "boolean"}}
    created(adam.post("/dimensions", friendly))
    scores = ([1, 2, 3, 4, 5, 3], [1, 2, 3, 4, 4, 1])
    for number in range(6):
        response = alice.response()["id"]
        for person, given in zip(judges, scores, strict=False):
            person.feedback(response, dimension_ratings=[
                {"dimension_id": "accuracy", "score": given[number]},
                {"dimension_id": "friendly", "score": number % 2 == 0},
            ])  # fmt: skip
        rated = alice.feedback(response, rating="like")
        for person, is_valid in zip(judges, (True, True, number > 0), strict=True):
            person.verdict(rated["id"], is_valid=is_valid)
    measure()
    overall = adam.read("/validation/kappas")["items"]
    assert [(row["one"], row["other"], row["items"]) for row in overall] == [
        ("judge-0", "judge-1", 6), ("judge-0", "judge-2", 6), ("judge-1", "judge-2", 6),
    ]  # fmt: skip
    assert (overall[0]["kappa"], overall[0]["undefined"]) == (None, "nobody_differed")
    assert (overall[1]["kappa"], overall[1]["weights"]) == (pytest.approx(0), "unweighted")
    dimensions = {one["name"]: one["id"] for one in alice.read("/dimensions/model/all")["items"]}
    pairs = adam.read("/validation/kappas", dimension=dimensions["accuracy"])["items"]
    assert [(row["one"], row["other"], row["items"]) for row in pairs] == [
        ("judge-0", "judge-1", 6)
    ]
    table = [[0.0] * 5 for _ in range(5)]
    for one, other in zip(*scores, strict=True):
        table[one - 1][other - 1] += 1
    expected = cohen_kappa(np.array(table), values=[1, 2, 3, 4, 5], weights="quadratic")
    assert pairs[0]["kappa"] == pytest.approx(expected.value)
    assert pairs[0]["weights"] == "quadratic"
    (same,) = adam.read("/validation/kappas", dimension=dimensions["friendly"])["items"]
    assert (same["kappa"], same["weights"]) == (pytest.approx(1), "unweighted")
    pages = list(adam.walk("/validation/kappas", limit=2))
    assert [row for page in pages for row in page] == overall


def test_what_was_withdrawn_agrees_with_nobody(alice, vera, adam, measure):
    given = []
    for _ in range(5):
        response_id = alice.response()["id"]
        given = [person.feedback(response_id) for person in (alice, vera)]
    scope = given[0]["dimension_ratings"][0]["dimension_id"]
    measure()
    (pair,) = adam.read("/validation/kappas", dimension=scope)["items"]
    assert (pair["one"], pair["other"], pair["items"]) == ("alice", "vera", 5)
    assert vera.post(f"/feedback/{given[1]['id']}/withdraw").status_code == 200
    measure()
    assert adam.read("/validation/kappas", dimension=scope)["items"] == []


def test_where_nobody_has_judged_there_is_nothing_to_compare(adam, measure):
    measure()
    for path in ("contradictions", "kappas", "reliability"):
        assert adam.read(f"/validation/{path}")["items"] == []
