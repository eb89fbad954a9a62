"""Rounds of several verdicts: N decide, no more are taken, and what is returned begins anew."""

from concurrent.futures import wait

import pytest

from tests.model_side import MODEL
from tests.world import Person, problem


def judge(person, feedback_id, **said):
    return person.post(f"/validation/feedback/{feedback_id}", said or {"is_valid": True})


def told(events):
    return [(event["type"], event["actor"]) for event in events]


@pytest.mark.parametrize(
    ("verdicts", "rules", "status"),
    [
        ("VVI", {"validators": 3}, "validated"),
        ("VII", {"validators": 3}, "rejected"),
        ("VI", {"validators": 2}, "tied"),
        ("VVI", {"validators": 3, "quorum": 0.7}, "tied"),
        ("VV", {"validators": 2, "quorum": 1}, "tied"),
    ],
)
def test_the_last_of_n_verdicts_decides(alice, vera, adam, policy, judges, verdicts, rules, status):
    policy(**rules)
    given = alice.feedback()
    answers = [
        person.verdict(given["id"], is_valid=word == "V")
        for person, word in zip(judges, verdicts, strict=False)
    ]
    assert [one["feedback_status"] for one in answers] == ["pending"] * (len(verdicts) - 1) + [
        status
    ]
    assert alice.read(f"/feedback/{given['id']}")["status"] == status
    entries = [one["id"] for one in adam.read(f"/dataset/model/{MODEL}")["items"]]
    assert entries == [one for one in [answers[-1]["dataset_entry_id"]] if one]
    assert bool(entries) == (status == "validated")
    assert [one["dataset_entry_id"] for one in answers[:-1]] == [None] * (len(verdicts) - 1)
    found = problem(judge(vera, given["id"]), 409, "feedback_decided")
    assert status in found["detail"]


def test_the_log_has_one_event_for_each_verdict(alice, adam, policy, judges):
    policy(validators=3)
    given = alice.feedback()
    ids = [person.verdict(given["id"])["id"] for person in judges[:3]]
    events = [
        event
        for event in adam.read("/events")["items"]
        if event["subject"] == f"feedback:{given['id']}" and "validation_id" in event["data"]
    ]
    assert told(events) == [
        ("feedback.judged", "judge-0"),
        ("feedback.judged", "judge-1"),
        ("feedback.validated", "judge-2"),
    ]
    assert [event["data"]["validation_id"] for event in events] == ids


def test_a_verdict_that_does_not_decide_leaves_the_feedback_as_it_is(alice, policy, judges):
    policy(validators=2)
    given = alice.feedback()
    judges[0].verdict(given["id"])
    assert alice.read(f"/feedback/{given['id']}") == given


def test_nobody_gives_two_verdicts_in_a_round(alice, policy, judges):
    policy(validators=3)
    given = alice.feedback()
    first = judges[0].verdict(given["id"])
    found = problem(judge(judges[0], given["id"], is_valid=False), 409, "verdict_exists")
    assert found["validation_id"] == first["id"]


def test_of_many_verdicts_at_once_n_count(app, alice, adam, policy, background):
    policy(validators=3)
    given = alice.feedback()
    people = [Person(app.test_client(), f"racer-{number}", "validator") for number in range(12)]
    sent = [background(judge, person, given["id"]) for person in people]
    wait(sent)
    answers = [one.result() for one in sent]
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 9
    assert sum(answer.json.get("feedback_status") == "validated" for answer in answers) == 1
    assert len(adam.read(f"/dataset/model/{MODEL}")["items"]) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"verdict": "valid"}, (True, "valid", "validated")),
        ({"verdict": "invalid"}, (False, "invalid", "rejected")),
        ({"verdict": "valid", "is_valid": True}, (True, "valid", "validated")),
        ({"is_valid": False, "verdict": "invalid"}, (False, "invalid", "rejected")),
        ({"verdict": "returned", "notes": "Which source?"}, (None, "returned", "returned")),
    ],
)
def test_a_verdict_may_be_said_in_words(alice, vera, body, expected):
    given = alice.feedback()
    answer = judge(vera, given["id"], **body).json
    assert (answer["is_valid"], answer["verdict"], answer["feedback_status"]) == expected


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"verdict": "perhaps"}, "verdict"),
        ({"verdict": "valid", "is_valid": False}, "verdict"),
        ({"verdict": "returned", "is_valid": False, "notes": "x"}, "verdict"),
        ({"verdict": "returned"}, "notes"),
        ({"verdict": "returned", "notes": None}, "notes"),
        ({"is_valid": True, "lease_token": "x"}, "lease_token"),
        ({"notes": "x"}, "is_valid"),
    ],
)
def test_words_that_do_not_fit_are_refused(alice, vera, body, field):
    given = alice.feedback()
    assert problem(judge(vera, given["id"], **body), 422, "invalid")["errors"].keys() == {field}
    assert alice.read(f"/feedback/{given['id']}")["status"] == "pending"


def test_what_is_returned_goes_back_at_once_and_begins_a_round_of_n_places(
    alice, adam, policy, judges
):
    policy(validators=3)
    given = alice.feedback()
    path = f"/feedback/{given['id']}"
    judges[0].verdict(given["id"])
    leased = judges[2].post("/validation/next", {}).json["lease"]["token"]
    said = judge(judges[1], given["id"], verdict="returned", notes="Which source?").json
    assert (said["feedback_status"], said["is_valid"]) == ("returned", None)
    returned = alice.read(path)
    assert (returned["status"], returned["return_reason"]) == ("returned", "Which source?")
    late = judge(judges[2], given["id"], is_valid=True, lease_token=leased)
    problem(late, 409, "feedback_decided")
    again = alice.post(f"{path}/resubmit")
    assert (again.json["status"], again.json["return_reason"]) == ("pending", None)
    assert again.headers["ETag"] == f'"{again.json["version"]}"'
    assert again.json["version"] == returned["version"] + 1
    # A token of the round before is worth nothing in this one.
    late = judge(judges[2], given["id"], is_valid=True, lease_token=leased)
    problem(late, 409, "lease_expired")
    words = [person.verdict(given["id"])["feedback_status"] for person in judges[:3]]
    assert words == ["pending", "pending", "validated"]
    (entry,) = adam.read(f"/dataset/model/{MODEL}")["items"]
    provenance = adam.read(f"/dataset/entry/{entry['id']}")["provenance"]
    assert [one["is_valid"] for one in provenance["validations"]] == [True, None, *[True] * 3]


def test_a_round_that_opens_again_goes_by_the_rules_of_then(alice, vera, policy, judges):
    given = alice.feedback()
    judge(vera, given["id"], verdict="returned", notes="Which source?")
    policy(validators=2)
    alice.post(f"/feedback/{given['id']}/resubmit")
    assert vera.verdict(given["id"])["feedback_status"] == "pending"
    assert judges[0].verdict(given["id"])["feedback_status"] == "validated"


def test_only_what_was_returned_is_resubmitted_and_by_its_author(alice, bob, vera):
    given = alice.feedback()
    path = f"/feedback/{given['id']}/resubmit"
    problem(alice.post(path), 409, "feedback_not_returned")
    problem(bob.post(path), 404, "not_found")
    problem(vera.post(path), 403, "not_the_author")


def test_what_one_has_judged_is_not_among_what_one_may_judge(alice, policy, judges):
    policy(validators=2)
    given = alice.feedback()
    judges[0].verdict(given["id"])
    assert judges[0].read("/feedback/pending")["items"] == []
    assert [one["id"] for one in judges[1].read("/feedback/pending")["items"]] == [given["id"]]


def test_in_a_blind_round_nobody_who_judges_sees_who_wrote_it(alice, vera, adam, policy, judges):
    policy(validators=2, blind=True)
    given = alice.feedback()
    path = f"/feedback/{given['id']}"
    assert given["user_id"] == "alice"
    shown = [
        vera.read(path)["user_id"],
        vera.read("/feedback/pending")["items"][0]["user_id"],
        vera.read(f"/feedback/response/{given['response_id']}")["items"][0]["user_id"],
        vera.post("/validation/next", {}).json["feedback"]["user_id"],
        adam.read("/feedback/pending")["items"][0]["user_id"],
    ]
    assert shown == [None] * 5
    # Who wrote it knows, and who decides ties has to.
    assert [alice.read(path)["user_id"], adam.read(path)["user_id"]] == ["alice", "alice"]
    vera.verdict(given["id"])
    judges[0].verdict(given["id"])
    assert vera.read(path)["user_id"] == "alice"


def test_the_owner_of_the_conversation_judges_nothing_there_and_sees_who_wrote(vera, adam, policy):
    policy(blind=True)
    given = adam.feedback(vera.response()["id"])
    assert vera.read(f"/feedback/{given['id']}")["user_id"] == "adam"
