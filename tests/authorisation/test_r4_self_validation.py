"""Nobody judges their own, what concerns their own, or anything twice, whichever way they come."""

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.world import Person, created, problem

SAID = (
    {"is_valid": True},
    {"is_valid": False},
    {"verdict": "valid"},
    {"verdict": "returned", "notes": "Which source?"},
)
POLICIES = "/validation/policies/all"


@pytest.fixture
def judge(app):
    """Somebody who may do everything: validator, admin, and by every permission there is."""
    roles = ("validator", "admin")
    return Person(app.test_client(), "judge", *roles, permissions=["validation:decide"])


@pytest.fixture
def own(alice, judge):
    """Feedback that the judge gave, on others and on themselves, and that others gave on them."""
    return [
        judge.feedback(alice.response()["id"], rating="like")["id"],
        judge.feedback(judge.response()["id"], rating="like")["id"],
    ]


@pytest.fixture
def concerning(judge, vera):
    """Feedback of somebody else on the judge's own conversation."""
    return vera.feedback(judge.response()["id"], rating="like")["id"]


@pytest.fixture
def traces(app):
    """Count what judging leaves behind."""

    def count(*people):
        with app.app_context(), transaction() as session:
            return session.scalar(
                text(
                    "SELECT (SELECT count(*) FROM validations WHERE validator_id = ANY(:people))"
                    " + (SELECT count(*) FROM validation_places WHERE validator_id = ANY(:people))"
                    " + (SELECT count(*) FROM handouts WHERE validator_id = ANY(:people))"
                    " + (SELECT count(*) FROM gold_answers WHERE validator_id = ANY(:people))"
                    " + (SELECT count(*) FROM gold_leases WHERE validator_id = ANY(:people))"
                    " + (SELECT count(*) FROM decisions WHERE decided_by = ANY(:people))"
                    " + (SELECT count(*) FROM dataset_entries)"
                ),
                {"people": list(people)},
            )

    return count


def refused(judge, feedback_id):
    """Try every way in to one feedback."""
    path = f"/validation/feedback/{feedback_id}"
    for number, said in enumerate(SAID):
        key = f"{feedback_id}-{number}"
        for tag in ({}, {"If-Match": "*"}, {"Idempotency-Key": key}):
            problem(judge.post(path, said, headers=tag), 403)
    for is_valid in (True, False):
        body = {"is_valid": is_valid, "notes": "I say so."}
        problem(judge.post(f"/feedback/{feedback_id}/decision", body), 403)


@pytest.mark.parametrize("validators", [1, 3])
def test_r4_no_verdict_and_no_decision_on_ones_own(
    adam, judge, own, concerning, traces, validators
):
    adam.put(POLICIES, {"validators": validators})
    for feedback_id in (*own, concerning):
        refused(judge, feedback_id)
    assert traces("judge") == 0


@pytest.mark.parametrize("share", [0, 1])
@pytest.mark.parametrize("body", [{}, {"model_id": MODEL}])
def test_r4_no_work_of_ones_own_is_handed_out(adam, judge, own, concerning, traces, share, body):
    for model_id in ("all", MODEL):
        adam.put(f"/validation/policies/{model_id}", {"random_share": share})
    assert own
    assert concerning
    assert judge.post("/validation/next", body).status_code == 204
    assert judge.read("/feedback/pending")["items"] == []
    assert traces("judge") == 0


@pytest.mark.parametrize("mine", [True, False])
def test_r4_no_gold_of_ones_own_is_dealt_or_answered(adam, judge, own, concerning, traces, mine):
    for model_id in ("all", MODEL):
        adam.put(f"/validation/policies/{model_id}", {"gold_share": 1})
    feedback_id = own[0] if mine else concerning
    marked = adam.put(f"/validation/gold/{feedback_id}", {"is_valid": True})
    assert marked.status_code == 200
    assert judge.post("/validation/next", {}).status_code == 204
    refused(judge, feedback_id)
    assert traces("judge") == 0


def test_r4_no_tie_and_no_appeal_is_decided_by_whom_it_is_about(adam, judge, vera, concerning):
    # Vera's feedback on the judge's conversation is rejected, and she appeals.
    adam.verdict(concerning, is_valid=False)
    appealed = vera.post(f"/feedback/{concerning}/appeal", {"reason": "It is right."})
    assert appealed.status_code == 200
    for person in (judge, vera):
        body = {"is_valid": True, "notes": "I say so."}
        problem(person.post(f"/feedback/{concerning}/decision", body), 403)
        assert concerning not in [one["id"] for one in _tied(person)]


def _tied(person):
    answer = person.get("/feedback/tied")
    return answer.json["items"] if answer.status_code == 200 else []


def test_r4_a_lease_of_another_opens_nothing(app, adam, judge, own, traces):
    other = Person(app.test_client(), "other", "validator")
    work = other.post("/validation/next", {}).json
    assert work["feedback"]["id"] in own
    for said in SAID:
        body = {**said, "lease_token": work["lease"]["token"]}
        path = f"/validation/feedback/{work['feedback']['id']}"
        problem(judge.post(path, body), 403)
    problem(judge.post(f"/validation/leases/{work['lease']['token']}/renew"), 404)
    assert traces("judge") == 0


@pytest.mark.parametrize("validators", [1, 3])
@pytest.mark.parametrize("leased", [True, False])
def test_r4_nobody_judges_twice(adam, alice, vera, traces, validators, leased):
    adam.put(POLICIES, {"validators": validators})
    feedback_id = alice.feedback(rating="like")["id"]
    token = vera.post("/validation/next", {}).json["lease"]["token"] if leased else None
    path = f"/validation/feedback/{feedback_id}"
    created(vera.post(path, {"is_valid": True, "lease_token": token}))
    left = traces("vera")
    for said in SAID:
        problem(vera.post(path, said), 409)
        problem(vera.post(path, {**said, "lease_token": token}), 409)
    assert vera.post("/validation/next", {}).status_code == 204
    assert traces("vera") == left


def test_r4_nobody_decides_the_same_twice(adam, alice, vera):
    feedback_id = alice.feedback(rating="like")["id"]
    vera.verdict(feedback_id, is_valid=False)
    body = {"is_valid": True, "notes": "The source says so."}
    created(adam.post(f"/feedback/{feedback_id}/decision", body))
    problem(adam.post(f"/feedback/{feedback_id}/decision", body), 409)


def test_r4_nobody_answers_gold_twice(adam, alice, vera, traces):
    feedback_id = alice.feedback(rating="like")["id"]
    assert adam.put(f"/validation/gold/{feedback_id}", {"is_valid": True}).status_code == 200
    path = f"/validation/feedback/{feedback_id}"
    created(vera.post(path, {"is_valid": True}))
    left = traces("vera")
    for said in SAID:
        problem(vera.post(path, said), 409)
    assert traces("vera") == left
