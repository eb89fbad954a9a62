"""The verdicts of trusted people weigh what the policy says; N stays a number of verdicts."""

import pytest

from tests.model_side import MODEL
from tests.world import Person

POLICY = f"/validation/policies/{MODEL}"
# A correction, and five scores that say why: 30 points each time it is validated.
_RICH = {
    "correction": "Better so.",
    "dimension_ratings": [
        {"dimension_id": name, "score": 4, "justification": "As the source has it."}
        for name in ("accuracy", "helpfulness", "relevance", "clarity", "completeness")
    ],
}


@pytest.fixture
def tess(client, vera):
    """A validator whose own feedback has made her trusted."""
    tess = Person(client, "tess", "validator")
    for _ in range(17):
        vera.verdict(tess.feedback(**_RICH)["id"])
    return tess


def events_about(adam, feedback_id):
    events = adam.read("/events", limit=1000)["items"]
    return [one for one in events if one["subject"] == f"feedback:{feedback_id}"]


def judged(alice, first, second):
    given = alice.feedback()
    first.verdict(given["id"])
    return given, second.verdict(given["id"], is_valid=False)


def test_a_trusted_verdict_counts_as_the_policy_says(alice, vera, adam, tess):
    adam.put(POLICY, {"validators": 2, "trusted_weight": 3})
    given, last = judged(alice, vera, tess)
    assert (last["weight"], last["feedback_status"]) == (3, "rejected")
    told = events_about(adam, given["id"])
    assert [one["data"].get("weight") for one in told] == [None, 1, 3]


def test_it_counts_once_where_nothing_is_said(alice, vera, adam, tess):
    adam.put(POLICY, {"validators": 2})
    _, last = judged(alice, vera, tess)
    assert (last["weight"], last["feedback_status"]) == (1, "tied")


def test_nobody_else_counts_more(alice, vera, adam):
    adam.put(POLICY, {"validators": 2, "trusted_weight": 10})
    _, last = judged(alice, vera, Person(vera.client, "victor", "validator"))
    assert (last["weight"], last["feedback_status"]) == (1, "tied")


def test_a_round_keeps_the_weight_that_it_began_with(alice, vera, adam, tess):
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()
    adam.put(POLICY, {"validators": 2, "trusted_weight": 3})
    vera.verdict(given["id"])
    assert tess.verdict(given["id"], is_valid=False)["weight"] == 1


def test_resubmitting_takes_the_weight_that_holds_then(alice, vera, adam, tess):
    given = alice.feedback()
    path = f"/feedback/{given['id']}"
    body = {"verdict": "returned", "notes": "Which source?"}
    assert vera.post(f"/validation/feedback/{given['id']}", body).json["weight"] == 1
    adam.put(POLICY, {"validators": 2, "trusted_weight": 3})
    assert alice.post(f"{path}/resubmit").status_code == 200
    assert tess.verdict(given["id"])["weight"] == 3
    # Three to one, but one of two: the round is not over yet.
    assert alice.read(path)["status"] == "pending"
