"""The queue of feedback that waits for a verdict."""

import pytest

from tests.model_side import ENDPOINT, MODEL
from tests.world import created, problem


@pytest.fixture
def queued(alice):
    """Give feedback of several kinds, the least urgent first."""
    return {
        "praise": alice.feedback(rating="like"),
        "dislike": alice.feedback(rating="dislike"),
        "low": alice.feedback(dimension_ratings=[{"dimension_id": "clarity", "score": 2}]),
        "correction": alice.feedback(correction="Better."),
        "flag": alice.feedback(flag="Look at this."),
    }


def ids(page):
    return [item["id"] for item in page["items"]]


def test_what_is_most_worth_looking_at_comes_first_with_its_reasons(vera, queued):
    page = vera.read("/feedback/pending")
    assert ids(page) == [
        queued[name]["id"] for name in ("flag", "correction", "low", "dislike", "praise")
    ]
    # Of an author and a model that nobody knows anything of yet.
    unknown = {"uncertainty": 2.0, "thin_evidence": 1.0}
    reasons = [
        {name: number for name, number in item["reasons"].items() if name not in {"age", *unknown}}
        for item in page["items"]
    ]
    assert all(item["reasons"].items() >= unknown.items() for item in page["items"])
    assert reasons == [
        {"flagged": 3.0},
        {"has_correction": 2.0},
        {"low_score": 1.5},
        {"disliked": 1.0},
        {},
    ]
    for item in page["items"]:
        assert item["priority"] == pytest.approx(sum(item["reasons"].values()), abs=0.001)
        assert "age" in item["reasons"]


def test_each_item_is_the_whole_feedback(vera, queued):
    (item,) = [
        one for one in vera.read("/feedback/pending")["items"] if one["id"] == queued["low"]["id"]
    ]
    assert {name: item[name] for name in queued["low"]} == queued["low"]
    assert item.keys() == queued["low"].keys() | {"priority", "reasons"}


def test_a_correct_response_on_a_dimension_counts_as_a_correction(alice, vera):
    rating = {"dimension_id": "accuracy", "score": 5, "correct_response": "Paris"}
    alice.feedback(dimension_ratings=[rating])
    (item,) = vera.read("/feedback/pending")["items"]
    assert item["reasons"]["has_correction"] == 2.0


def test_what_is_decided_is_gone(vera, queued):
    vera.verdict(queued["flag"]["id"])
    vera.verdict(queued["low"]["id"], is_valid=False)
    assert set(ids(vera.read("/feedback/pending"))) == {
        queued[name]["id"] for name in ("praise", "dislike", "correction")
    }


def test_ones_own_and_what_concerns_ones_own_conversations_is_not_there(alice, vera, adam):
    given_by_vera = vera.feedback(alice.response()["id"], rating="like")
    on_vera = adam.feedback(vera.response()["id"], rating="like")
    other = alice.feedback(rating="like")
    assert ids(vera.read("/feedback/pending")) == [other["id"]]
    assert set(ids(adam.read("/feedback/pending"))) == {other["id"], given_by_vera["id"]}
    assert on_vera["id"] not in ids(adam.read("/feedback/pending"))


def test_it_can_be_cut_by_model(alice, vera, model_side):
    model_side.models["acme/other"] = ENDPOINT.replace("echo-1", "other")
    here = alice.feedback(rating="like")
    interaction = alice.interaction(model_id="acme/other")
    path = f"/interactions/{interaction['id']}/prompts"
    exchange = created(alice.post(path, {"content": "Hello"}))
    there = alice.feedback(exchange["response"]["id"], flag="Look.")
    assert ids(vera.read("/feedback/pending", model_id=MODEL)) == [here["id"]]
    assert ids(vera.read("/feedback/pending", model_id="acme/other")) == [there["id"]]
    assert ids(vera.read("/feedback/pending", model_id="acme/none")) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_hold_everything_once_in_order(vera, queued, limit):
    whole = ids(vera.read("/feedback/pending"))
    pages = vera.walk("/feedback/pending", limit=limit)
    assert [item["id"] for page in pages for item in page] == whole


def test_a_walk_neither_repeats_nor_loses_what_was_there_when_it_began(alice, vera, queued):
    whole = ids(vera.read("/feedback/pending"))
    page = vera.read("/feedback/pending", limit=2)
    found = ids(page)
    while page["next_cursor"]:
        alice.feedback(flag="Urgent, too.")
        vera.verdict(found[-1])
        page = vera.read("/feedback/pending", limit=2, cursor=page["next_cursor"])
        found += ids(page)
    assert found == whole


def test_a_model_id_that_can_be_none_is_refused(vera):
    answer = vera.get("/feedback/pending", query_string={"model_id": "a//b"})
    assert problem(answer, 422)["errors"].keys() == {"model_id"}


def test_users_do_not_see_the_queue(alice):
    problem(alice.get("/feedback/pending"), 403, "forbidden")
