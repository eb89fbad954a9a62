"""What the order of the queue gains over work drawn by lot, told honestly."""

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.world import Person, created, problem

REPORT = "/validation/priority"
NOTHING = {"conclusion": "not_enough_yet", "difference": None, "interval": None}
# So many verdicts of a way as make rows for it: useful ones first.
_VERDICTS = text(
    """
WITH f AS (
    INSERT INTO feedback (id, response_id, interaction_id, owner_id, model_id, user_id, status,
                          priority, reasons)
    SELECT uuidv7(), response_id, interaction_id, owner_id, model_id, :way || n, 'validated', 0,
           '{}'
    FROM (SELECT * FROM feedback LIMIT 1) one, generate_series(1, :number) n
    RETURNING id, model_id, user_id
), p AS (
    INSERT INTO validation_places (feedback_id, round, place, validators, validator_id, token)
    SELECT id, 1, 1, 1, 'vera', uuidv7() FROM f
), v AS (
    INSERT INTO validations (id, feedback_id, round, validator_id, is_valid)
    SELECT uuidv7(), id, 1, 'vera', substr(user_id, length(:way) + 1)::int > :useful FROM f
)
INSERT INTO handouts (id, feedback_id, round, validator_id, model_id, way)
SELECT uuidv7(), id, 1, 'vera', model_id, :way FROM f
"""
)


@pytest.fixture
def judged(app, alice):
    """Let so many verdicts of a way have been given, so many of them useful."""
    alice.feedback()

    def give(way, number, useful):
        with app.app_context(), transaction() as session:
            session.execute(_VERDICTS, {"way": way, "number": number, "useful": useful})

    return give


@pytest.fixture
def by(adam):
    """Hand out everything in one way from now on."""

    def choose(way):
        share = {"priority": 0, "random": 1}[way]
        adam.put("/validation/policies/all", {"random_share": share, "validators": 2})

    return choose


def ways(person, **query):
    return {one["way"]: one for one in person.read(REPORT, **query)["ways"]}


def test_where_nothing_was_handed_out_nothing_is_concluded(vera):
    report = vera.read(REPORT)
    assert report["gain"] == NOTHING
    assert (report["enough"], report["window"]) == (50, 5000)
    nothing = dict.fromkeys(
        ["handed_out", "verdicts", "rejected", "returned", "corrections", "disputed", "useful"], 0
    )
    unknown = {"useful_share": None, "useful_interval": None, "missing": 50}
    assert report["ways"] == [
        {"way": "priority", **nothing, **unknown},
        {"way": "random", **nothing, **unknown},
    ]


def test_what_came_of_the_verdicts_is_counted_by_way(app, alice, by):
    def judge(way, is_valid=None, **given):
        by(way)
        feedback_id = alice.feedback(**given)["id"]
        person = Person(app.test_client(), "judge", "validator")
        work = person.post("/validation/next", {}).json
        assert work["feedback"]["id"] == feedback_id
        said = (
            {"verdict": "returned", "notes": "Which?"}
            if is_valid is None
            else {"is_valid": is_valid}
        )
        created(person.post(f"/validation/feedback/{feedback_id}", said))
        return feedback_id

    judge("priority", is_valid=True, rating="like")
    judge("priority", is_valid=True, correction="Better.")
    judge("priority", is_valid=False, correction="Worse.")
    judge("random", rating="like")
    disputed = judge("random", is_valid=True, rating="like")
    other = Person(app.test_client(), "other", "validator")
    created(other.post(f"/validation/feedback/{disputed}", {"is_valid": False}))
    found = ways(other)
    names = ["handed_out", "verdicts", "rejected", "returned", "corrections", "disputed", "useful"]
    assert [found["priority"][name] for name in names] == [3, 3, 1, 0, 1, 0, 2]
    # The other's verdict was not handed out: it says nothing of either way.
    assert [found["random"][name] for name in names] == [2, 2, 0, 1, 0, 1, 2]
    assert found["priority"]["useful_share"] == pytest.approx(2 / 3)
    low, high = found["priority"]["useful_interval"]
    assert 0.2 < low < 2 / 3 < high < 1
    assert (found["priority"]["missing"], found["random"]["missing"]) == (47, 48)
    assert ways(other, model_id=MODEL) == found
    assert ways(other, model_id="acme/none")["priority"]["handed_out"] == 0


def test_what_was_let_lie_and_taken_again_is_judged_once(alice, vera, by):
    by("priority")
    alice.feedback()
    work = vera.post("/validation/next", {}).json
    vera.delete(f"/validation/leases/{work['lease']['token']}")
    by("random")
    vera.post("/validation/next", {})
    vera.verdict(work["feedback"]["id"], is_valid=False)
    found = ways(vera)
    assert (found["priority"]["handed_out"], found["priority"]["verdicts"]) == (1, 0)
    assert (found["random"]["handed_out"], found["random"]["verdicts"]) == (1, 1)


def test_one_verdict_too_few_and_nothing_is_concluded(vera, judged):
    judged("priority", 200, 150)
    judged("random", 49, 0)
    report = vera.read(REPORT)
    assert report["gain"] == NOTHING
    assert [one["missing"] for one in report["ways"]] == [0, 1]


@pytest.mark.parametrize(
    ("useful", "drawn", "conclusion"),
    [(40, 15, "better"), (15, 40, "worse"), (30, 28, "no_difference_seen")],
)
def test_with_enough_the_difference_has_an_interval(vera, judged, useful, drawn, conclusion):
    judged("priority", 60, useful)
    judged("random", 60, drawn)
    gain = vera.read(REPORT, model_id=MODEL)["gain"]
    assert gain["conclusion"] == conclusion
    assert gain["difference"] == pytest.approx((useful - drawn) / 60)
    low, high = gain["interval"]
    assert low < gain["difference"] < high
    assert (low > 0) == (conclusion == "better")
    assert (high < 0) == (conclusion == "worse")


def test_it_is_for_validators(alice, adam):
    problem(alice.get(REPORT), 403, "forbidden")
    assert adam.get(REPORT).status_code == 200
    problem(adam.get(REPORT, query_string={"model_id": "a//b"}), 422)
