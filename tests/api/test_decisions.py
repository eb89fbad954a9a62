"""Decisions: ties and appeals go to an admin; authors withdraw; entries follow."""

from datetime import datetime

import pytest

from tests.model_side import MODEL
from tests.world import Person, created, problem

POLICY = f"/validation/policies/{MODEL}"
WHY = "The source says so."


@pytest.fixture
def tied(alice, adam, vera):
    """Feedback on which two disagree."""
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()
    adam.put(POLICY, {})
    vera.verdict(given["id"])
    other = Person(alice.client, "victor", "validator")
    assert other.verdict(given["id"], is_valid=False)["feedback_status"] == "tied"
    return given["id"]


def decide(person, feedback_id, *, is_valid=True, **body):
    body = {"is_valid": is_valid, "notes": WHY, **body}
    return person.post(f"/feedback/{feedback_id}/decision", body)


def appeal(person, feedback_id, reason="It is right."):
    return person.post(f"/feedback/{feedback_id}/appeal", {"reason": reason})


def entries(person):
    return [one["id"] for one in person.read(f"/dataset/model/{MODEL}")["items"]]


def test_an_admin_decides_a_tie_and_the_entry_names_the_decision(alice, adam, tied):
    decision = created(decide(adam, tied))
    assert decision == {
        "id": decision["id"],
        "feedback_id": tied,
        "decided_by": "adam",
        "is_valid": True,
        "notes": WHY,
        "created_at": decision["created_at"],
        "feedback_status": "validated",
        "dataset_entry_id": decision["dataset_entry_id"],
    }
    assert alice.read(f"/feedback/{tied}")["status"] == "validated"
    assert entries(adam) == [decision["dataset_entry_id"]]
    provenance = adam.read(f"/dataset/entry/{entries(adam)[0]}")["provenance"]
    (shown,) = provenance["decisions"]
    made = [datetime.fromisoformat(one.pop("created_at")) for one in (shown, decision)]
    assert made[0] == made[1]
    assert {name: decision[name] for name in shown} == shown
    assert provenance["validation_id"] is None


def test_an_admin_may_reject_a_tie(alice, adam, tied):
    assert created(decide(adam, tied, is_valid=False))["dataset_entry_id"] is None
    assert alice.read(f"/feedback/{tied}")["status"] == "rejected"
    assert entries(adam) == []


def test_ties_are_listed_for_admins_who_may_decide_them(alice, vera, adam, tied):
    assert [one["id"] for one in adam.read("/feedback/tied")["items"]] == [tied]
    assert adam.read("/feedback/tied", limit=1)["next_cursor"] is None
    own = Person(alice.client, "alice", "admin")
    assert own.read("/feedback/tied")["items"] == []
    problem(vera.get("/feedback/tied"), 403, "forbidden")


def test_the_list_of_ties_goes_on_from_page_to_page(alice, adam, vera):
    given = [alice.feedback()["id"] for _ in range(3)]
    for feedback_id in given:
        vera.verdict(feedback_id, is_valid=False)
        appeal(alice, feedback_id)
    pages = list(adam.walk("/feedback/tied", limit=2))
    assert [[one["id"] for one in page] for page in pages] == [given[:0:-1], given[:1]]


def test_nobody_but_an_admin_decides_and_nobody_on_their_own(alice, vera, adam, tied):
    for person in (alice, vera):
        problem(decide(person, tied), 403, "forbidden")
    problem(decide(Person(alice.client, "alice", "admin"), tied), 403, "own_feedback")
    on_adam = vera.feedback(adam.response()["id"])
    problem(decide(adam, on_adam["id"]), 403, "own_interaction")


def test_what_validators_are_still_at_is_not_decided(alice, adam, vera):
    given = alice.feedback()
    problem(decide(adam, given["id"]), 409, "feedback_not_tied")
    alice.post(f"/feedback/{given['id']}/withdraw")
    problem(decide(adam, given["id"]), 409, "feedback_not_tied")


def test_what_is_overturned_leaves_the_dataset_and_may_come_back(alice, adam, vera):
    given = alice.feedback()
    entry_id = vera.verdict(given["id"])["dataset_entry_id"]
    problem(decide(adam, given["id"]), 409, "feedback_decided")
    assert created(decide(adam, given["id"], is_valid=False))["dataset_entry_id"] is None
    assert entries(adam) == []
    assert adam.get(f"/dataset/model/{MODEL}/export").json == []
    assert adam.read("/dataset/stats")["total_entries"] == 0
    gone = adam.read(f"/dataset/entry/{entry_id}")["provenance"]
    assert (gone["feedback_status"], bool(gone["withdrawn_at"])) == ("rejected", True)
    # The same entry counts again: there is never a second one.
    assert created(decide(adam, given["id"]))["dataset_entry_id"] == entry_id
    assert entries(adam) == [entry_id]
    types = [
        event["type"]
        for event in adam.read("/events")["items"]
        if event["type"].startswith("dataset.entry")
    ]
    assert types == ["dataset.entry_added", "dataset.entry_withdrawn", "dataset.entry_added"]


def test_an_author_appeals_against_a_rejection_once(alice, adam, vera):
    given = alice.feedback()
    path = f"/feedback/{given['id']}"
    problem(appeal(alice, given["id"]), 409, "feedback_not_rejected")
    vera.verdict(given["id"], is_valid=False)
    answer = appeal(alice, given["id"], "It is right: see the source.")
    assert answer.status_code == 200
    assert answer.json == alice.read(path)
    assert (answer.json["status"], answer.json["appeal"]) == (
        "tied",
        "It is right: see the source.",
    )
    assert answer.headers["ETag"] == '"3"'
    assert [one["id"] for one in adam.read("/feedback/tied")["items"]] == [given["id"]]
    problem(vera.post(f"/validation/feedback/{given['id']}", {"is_valid": True}), 409)
    decide(adam, given["id"], is_valid=False)
    problem(appeal(alice, given["id"]), 409, "appealed_already")


def test_an_appeal_that_is_heard_makes_an_entry(alice, adam, vera):
    given = alice.feedback()
    vera.verdict(given["id"], is_valid=False)
    appeal(alice, given["id"])
    assert entries(adam) == []
    assert entries(adam) == [] != [created(decide(adam, given["id"]))["dataset_entry_id"]]
    assert len(entries(adam)) == 1


def test_an_author_withdraws_what_is_not_decided(alice, adam, vera):
    given = alice.feedback()
    answer = alice.post(f"/feedback/{given['id']}/withdraw")
    assert (answer.status_code, answer.json["status"]) == (200, "withdrawn")
    assert answer.headers["ETag"] == '"2"'
    assert vera.read("/feedback/pending")["items"] == []
    problem(vera.post(f"/validation/feedback/{given['id']}", {"is_valid": True}), 409)
    problem(alice.post(f"/feedback/{given['id']}/withdraw"), 409, "feedback_decided")
    returned = alice.feedback()
    body = {"verdict": "returned", "notes": "Which source?"}
    created(vera.post(f"/validation/feedback/{returned['id']}", body))
    assert alice.post(f"/feedback/{returned['id']}/withdraw").status_code == 200


def test_only_the_author_withdraws_and_appeals(alice, bob, vera, adam):
    given = alice.feedback()
    for word, body in (("withdraw", None), ("appeal", {"reason": "No."})):
        path = f"/feedback/{given['id']}/{word}"
        problem(bob.post(path, body), 404, "not_found")
        for person in (vera, adam):
            problem(person.post(path, body), 403, "not_the_author")


@pytest.mark.parametrize(
    ("word", "body", "field"),
    [
        ("decision", {"is_valid": True}, "notes"),
        ("decision", {"notes": "x"}, "is_valid"),
        ("decision", {"is_valid": True, "notes": " "}, "notes"),
        ("appeal", {}, "reason"),
        ("appeal", {"reason": ""}, "reason"),
        ("appeal", {"reason": "x", "status": "validated"}, "status"),
    ],
)
def test_what_does_not_fit_changes_nothing(adam, alice, tied, word, body, field):
    person = adam if word == "decision" else alice
    answer = person.post(f"/feedback/{tied}/{word}", body)
    assert problem(answer, 422, "invalid")["errors"].keys() == {field}
    assert alice.read(f"/feedback/{tied}")["status"] == "tied"


def test_the_log_tells_each_step(alice, adam, vera):
    given = alice.feedback()
    path = f"/feedback/{given['id']}"
    body = {"verdict": "returned", "notes": "Which source?"}
    created(vera.post(f"/validation{path}", body))
    alice.post(f"{path}/resubmit")
    vera.verdict(given["id"], is_valid=False)
    appeal(alice, given["id"])
    decision = created(decide(adam, given["id"], is_valid=False))
    events = [
        event
        for event in adam.read("/events")["items"]
        if event["subject"] == f"feedback:{given['id']}"
    ]
    assert [(event["type"], event["actor"]) for event in events] == [
        ("feedback.submitted", "alice"),
        ("feedback.returned", "vera"),
        ("feedback.resubmitted", "alice"),
        ("feedback.rejected", "vera"),
        ("feedback.appealed", "alice"),
        ("feedback.rejected", "adam"),
    ]
    told = events[-1]["data"]
    assert (told["feedback_id"], told["decision_id"]) == (given["id"], decision["id"])
    # And what points follow from: whose it is, and who had said what.
    assert (told["author_id"], told["round"]) == ("alice", 2)
    assert [(one["validator_id"], one["is_valid"]) for one in told["verdicts"]] == [("vera", False)]
