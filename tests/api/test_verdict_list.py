"""The verdicts on feedback: where it stands and why, and who is told what, and when."""

import pytest

from tests.world import Person, created, problem


def verdicts(person, feedback_id, **query):
    return person.read(f"/validation/feedback/{feedback_id}", **query)


def givers(person, feedback_id):
    return [one["validator_id"] for one in verdicts(person, feedback_id)["items"]]


def send_back(person, feedback_id, notes="Which source?"):
    body = {"verdict": "returned", "notes": notes}
    return created(person.post(f"/validation/feedback/{feedback_id}", body))


def test_the_author_is_told_why(alice, vera):
    given = alice.feedback()
    said = [{"dimension_id": "accuracy", "is_valid": False, "correct_score": 1}]
    verdict = vera.verdict(given["id"], notes="Well said.", dimension_verdicts=said)
    shown = {name: verdict[name] for name in verdict}
    for name in ("feedback_id", "feedback_status", "dataset_entry_id"):
        del shown[name]
    assert verdicts(alice, given["id"]) == {
        "feedback_id": given["id"],
        "status": "validated",
        "round": 1,
        "validators": 1,
        "quorum": 0.5,
        "blind": False,
        "refuted": ["accuracy"],
        "decisions": [],
        "items": [{**shown, "round": 1}],
        "next_cursor": None,
    }
    assert verdicts(vera, given["id"]) == verdicts(alice, given["id"])


def test_the_author_sees_nothing_of_a_round_that_goes_on(alice, vera, adam, policy):
    policy(validators=2)
    given = alice.feedback()
    vera.verdict(given["id"])
    assert verdicts(alice, given["id"])["items"] == []
    assert givers(vera, given["id"]) == givers(adam, given["id"]) == ["vera"]
    # Nor does an admin whose own feedback it is.
    assert givers(Person(alice.client, "alice", "admin"), given["id"]) == []


def test_the_author_sees_what_was_said_of_rounds_that_are_over(alice, vera, judges):
    given = alice.feedback()
    send_back(vera, given["id"])
    assert givers(alice, given["id"]) == ["vera"]
    alice.post(f"/feedback/{given['id']}/resubmit")
    (shown,) = verdicts(alice, given["id"])["items"]
    assert (shown["round"], shown["verdict"], shown["notes"]) == (1, "returned", "Which source?")
    judges[0].verdict(given["id"], is_valid=False)
    assert givers(alice, given["id"]) == ["vera", "judge-0"]


def test_in_a_blind_round_everybody_sees_their_own_until_it_is_decided(alice, adam, policy, judges):
    policy(validators=3, blind=True)
    given = alice.feedback()
    for person in judges[:2]:
        person.verdict(given["id"], notes=f"By {person.name}.")
    for person in judges:
        own = [person.name] if person is not judges[2] else []
        assert givers(person, given["id"]) == own
    assert givers(adam, given["id"]) == ["judge-0", "judge-1"]
    judges[2].verdict(given["id"], is_valid=False)
    everybody = ["judge-0", "judge-1", "judge-2"]
    assert givers(judges[0], given["id"]) == givers(adam, given["id"]) == everybody
    # Its author learns what was said, and never by whom.
    assert givers(alice, given["id"]) == [None] * 3
    notes = [one["notes"] for one in verdicts(alice, given["id"])["items"]]
    assert notes == ["By judge-0.", "By judge-1.", None]
    assert verdicts(alice, given["id"])["blind"] is True


def test_what_was_judged_blindly_stays_so_in_rounds_that_are_not(alice, policy, judges):
    policy(blind=True)
    given = alice.feedback()
    send_back(judges[0], given["id"])
    policy(validators=2)
    alice.post(f"/feedback/{given['id']}/resubmit")
    judges[1].verdict(given["id"])
    assert givers(judges[2], given["id"]) == ["judge-1"]
    assert givers(judges[0], given["id"]) == ["judge-0", "judge-1"]
    judges[2].verdict(given["id"])
    assert givers(alice, given["id"]) == [None, "judge-1", "judge-2"]


@pytest.mark.parametrize(("blind", "name"), [(False, "adam"), (True, None)])
def test_decisions_stand_beside_the_verdicts(alice, vera, adam, policy, blind, name):
    policy(blind=blind)
    given = alice.feedback()
    vera.verdict(given["id"])
    first = adam.decision(given["id"], is_valid=False, notes="It is not.")
    second = adam.decision(given["id"], is_valid=True)
    shown = verdicts(alice, given["id"])["decisions"]
    expected = {"round": 1, "decided_by": name}
    assert shown == [
        {**expected, **{key: one[key] for key in ("id", "is_valid", "notes", "created_at")}}
        for one in (second, first)
    ]
    assert verdicts(vera, given["id"])["decisions"][0]["decided_by"] == "adam"


def test_who_may_not_read_the_feedback_learns_nothing(alice, bob, vera):
    given = alice.feedback()
    vera.verdict(given["id"])
    problem(bob.get(f"/validation/feedback/{given['id']}"), 404, "not_found")
    on_alice = vera.feedback(alice.response()["id"])
    problem(alice.get(f"/validation/feedback/{on_alice['id']}"), 404, "not_found")


def test_verdicts_go_on_from_page_to_page(alice, adam, policy, judges):
    policy(validators=3)
    given = alice.feedback()
    ids = [person.verdict(given["id"])["id"] for person in judges]
    pages = list(adam.walk(f"/validation/feedback/{given['id']}", limit=2))
    assert [[one["id"] for one in page] for page in pages] == [ids[:2], ids[2:]]


def test_what_one_said_of_gold_is_shown_as_a_verdict(alice, adam, vera, judges):
    given = alice.feedback()
    assert adam.put(f"/validation/gold/{given['id']}", {"is_valid": True}).status_code == 200
    said = [{"dimension_id": "accuracy", "is_valid": False, "correct_score": 1}]
    answer = vera.verdict(given["id"], dimension_verdicts=said)
    (shown,) = verdicts(vera, given["id"])["items"]
    assert {name: answer[name] for name in shown.keys() - {"round"}} | {"round": 1} == shown
    assert givers(judges[0], given["id"]) == givers(adam, given["id"]) == []
    assert givers(alice, given["id"]) == []


def test_whose_conversation_it_is_is_hidden_while_it_is_judged_blindly(
    alice, adam, vera, policy, judges
):
    policy(blind=True)
    given = alice.feedback()
    path = f"/interactions/{given['interaction_id']}"
    assert vera.read(path)["user_id"] is None
    assert [one.read(path)["user_id"] for one in (alice, adam)] == ["alice", "alice"]
    vera.verdict(given["id"])
    assert vera.read(path)["user_id"] == "alice"
    own = vera.interaction()
    assert vera.read(f"/interactions/{own['id']}")["user_id"] == "vera"
