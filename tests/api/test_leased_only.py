"""Where a policy says so nobody chooses what they judge: a verdict needs a lease."""

import pytest

from tests.model_side import MODEL
from tests.world import created, problem

POLICY = f"/validation/policies/{MODEL}"


@pytest.fixture(autouse=True)
def _policy(adam):
    adam.put(POLICY, {"leased_only": True, "random_share": 0})


def verdict(person, feedback_id, **more):
    return person.post(f"/validation/feedback/{feedback_id}", {"is_valid": True, **more})


def test_a_verdict_without_a_lease_is_refused_and_one_with_it_counts(alice, vera):
    given = alice.feedback()
    problem(verdict(vera, given["id"]), 409, "lease_required")
    work = vera.post("/validation/next", {}).json
    assert work["feedback"]["id"] == given["id"]
    judged = created(verdict(vera, given["id"], lease_token=work["lease"]["token"]))
    assert judged["feedback_status"] == "validated"


def test_who_holds_the_lease_need_not_name_it(alice, vera):
    given = alice.feedback()
    vera.post("/validation/next", {})
    assert created(verdict(vera, given["id"]))


def test_what_was_handed_out_is_judged_before_anything_else(alice, bob, vera):
    worthy = alice.feedback(rating="dislike", flag="It is dangerous.")
    of_a_friend = bob.feedback()
    assert vera.post("/validation/next", {}).json["feedback"]["id"] == worthy["id"]
    problem(verdict(vera, of_a_friend["id"]), 409, "lease_required")
    # Giving it back does not help: it comes again.
    token = vera.post("/validation/next", {}).json["lease"]["token"]
    vera.delete(f"/validation/leases/{token}")
    assert vera.post("/validation/next", {}).json["feedback"]["id"] == worthy["id"]


def test_a_lease_that_was_given_back_is_none(alice, vera):
    given = alice.feedback()
    token = vera.post("/validation/next", {}).json["lease"]["token"]
    vera.delete(f"/validation/leases/{token}")
    problem(verdict(vera, given["id"]), 409, "lease_required")


def test_rounds_that_are_open_keep_their_rules(adam, alice, vera):
    adam.put(POLICY, {"leased_only": False})
    before = alice.feedback()
    adam.put(POLICY, {"leased_only": True})
    assert created(verdict(vera, before["id"]))
    returned = alice.feedback()
    vera.post("/validation/next", {})
    body = {"verdict": "returned", "notes": "Why?"}
    created(vera.post(f"/validation/feedback/{returned['id']}", body))
    adam.put(POLICY, {"leased_only": False})
    assert alice.post(f"/feedback/{returned['id']}/resubmit").status_code == 200
    assert created(verdict(vera, returned["id"]))


def test_gold_needs_one_as_well(adam, alice, vera):
    given = alice.feedback()
    path = f"/validation/gold/{given['id']}"
    assert adam.put(path, {"is_valid": True}).status_code in {200, 201}
    problem(verdict(vera, given["id"]), 409, "lease_required")
