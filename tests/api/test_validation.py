"""Validation: verdicts on feedback, and what follows from them."""

from concurrent.futures import wait
from uuid import UUID, uuid4

import pytest

from tests.model_side import MODEL
from tests.world import Person, created, problem


def decide(person, feedback_id, **body):
    return person.post(f"/validation/feedback/{feedback_id}", {"is_valid": True, **body})


def test_a_valid_one_becomes_a_dataset_entry(alice, vera):
    given = alice.feedback()
    body = {"is_valid": True, "notes": "Valid feedback with good justification."}
    verdict = created(vera.post(f"/validation/feedback/{given['id']}", body))
    assert verdict == {
        "id": verdict["id"],
        "feedback_id": given["id"],
        "validator_id": "vera",
        **body,
        "verdict": "valid",
        "weight": 1,
        "correction": None,
        "dimension_verdicts": [],
        "feedback_version": 1,
        "created_at": verdict["created_at"],
        "feedback_status": "validated",
        "dataset_entry_id": verdict["dataset_entry_id"],
    }
    assert UUID(verdict["id"]).version == 7
    entry = vera.read(f"/dataset/entry/{verdict['dataset_entry_id']}")
    assert entry["source"]["feedback_id"] == given["id"]
    assert alice.read(f"/feedback/{given['id']}")["status"] == "validated"


def test_an_invalid_one_is_rejected_and_teaches_nothing(alice, vera):
    given = alice.feedback()
    verdict = vera.verdict(given["id"], is_valid=False)
    assert verdict["feedback_status"] == "rejected"
    assert verdict["dataset_entry_id"] is None
    assert verdict["notes"] is None
    assert alice.read(f"/feedback/{given['id']}")["status"] == "rejected"
    assert vera.read(f"/dataset/model/{MODEL}")["items"] == []


def test_a_verdict_makes_a_new_version_of_the_feedback(alice, vera):
    given = alice.feedback()
    vera.verdict(given["id"])
    answer = alice.get(f"/feedback/{given['id']}")
    assert (answer.json["version"], answer.headers["ETag"]) == (2, '"2"')
    assert answer.json["updated_at"] > given["updated_at"]


def test_nobody_validates_their_own_feedback(alice, vera):
    given = vera.feedback(alice.response()["id"])
    problem(decide(vera, given["id"]), 403, "own_feedback")
    assert vera.read(f"/feedback/{given['id']}")["status"] == "pending"


def test_nobody_validates_feedback_on_their_own_interaction(vera, adam):
    given = adam.feedback(vera.response()["id"])
    problem(decide(vera, given["id"]), 403, "own_interaction")
    assert vera.read(f"/feedback/{given['id']}")["status"] == "pending"


def test_an_admin_validates_as_well(alice, adam):
    assert adam.verdict(alice.feedback()["id"])["validator_id"] == "adam"


def test_users_do_not_validate(alice, bob):
    given = alice.feedback()
    for person in (alice, bob):
        problem(decide(person, given["id"]), 403, "forbidden")


def test_a_second_verdict_by_the_same_person_names_the_first(alice, vera):
    given = alice.feedback()
    first = vera.verdict(given["id"])
    told = problem(decide(vera, given["id"], is_valid=False), 409, "verdict_exists")
    assert told["validation_id"] == first["id"]
    assert first["id"] in told["detail"]


def test_what_one_has_decided_nobody_else_decides_anew(alice, vera, adam):
    given = alice.feedback()
    vera.verdict(given["id"], is_valid=False)
    assert "rejected" in problem(decide(adam, given["id"]), 409, "feedback_decided")["detail"]
    assert alice.read(f"/feedback/{given['id']}")["status"] == "rejected"


def test_of_several_verdicts_at_once_one_decides(app, alice, vera, background):
    given = alice.feedback()
    people = [Person(app.test_client(), f"vera-{number}", "validator") for number in range(4)]
    sent = [background(decide, person, given["id"]) for person in people]
    wait(sent)
    answers = [one.result() for one in sent]
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(vera.read(f"/dataset/model/{MODEL}")["items"]) == 1
    assert vera.read("/validation/stats")["time_to_verdict_seconds"]["verdicts"] == 1


def test_feedback_that_is_not_there_cannot_be_decided(vera):
    problem(decide(vera, uuid4()), 404, "not_found")
    problem(decide(vera, "1"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "is_valid"),
        ({"is_valid": None}, "is_valid"),
        ({"is_valid": 1}, "is_valid"),
        ({"is_valid": "true"}, "is_valid"),
        ({"is_valid": True, "notes": ""}, "notes"),
        ({"is_valid": True, "notes": "x" * 20_001}, "notes"),
        ({"is_valid": True, "validator_id": "adam"}, "validator_id"),
    ],
)
def test_what_does_not_fit_decides_nothing(alice, vera, body, field):
    given = alice.feedback()
    answer = vera.post(f"/validation/feedback/{given['id']}", body)
    assert problem(answer, 422, "invalid")["errors"].keys() == {field}
    assert alice.read(f"/feedback/{given['id']}")["status"] == "pending"
