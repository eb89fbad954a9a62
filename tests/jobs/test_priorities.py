"""Weights that change: what waits takes its new place, in batches, whatever happens between."""

from uuid import UUID

import pytest

from app.db import transaction, transactions_of
from app.services import reweighing
from tests.model_side import ENDPOINT, MODEL
from tests.world import created

POLICY = f"/validation/policies/{MODEL}"
JOBS = "SELECT id FROM jobs WHERE kind = 'priority.reweigh' ORDER BY id"


@pytest.fixture
def order(vera):
    def read():
        return [item["id"] for item in vera.read("/feedback/pending", limit=100)["items"]]

    return read


def test_new_weights_turn_the_queue_round(alice, vera, adam, order, work, sql):
    praise = alice.feedback(overall_comment="A good answer to a question that few have asked.")
    flag = alice.feedback(flag="Look.")
    assert order() == [flag["id"], praise["id"]]
    adam.put(POLICY, {"priority": {"flagged": 0, "novelty": 50}})
    assert order() == [flag["id"], praise["id"]]
    work()
    assert order() == [praise["id"], flag["id"]]
    items = {item["id"]: item for item in vera.read("/feedback/pending")["items"]}
    assert items[praise["id"]]["reasons"]["novelty"] == 50.0
    assert "flagged" not in items[flag["id"]]["reasons"]
    for item in items.values():
        assert item["priority"] == pytest.approx(sum(item["reasons"].values()), abs=0.001)
    ((job_id,),) = sql(JOBS)
    job = adam.read(f"/jobs/{job_id}")
    assert (job["status"], job["result"]) == ("succeeded", {"reweighed": 2})
    assert job["progress"] == {"done": 2, "total": 2}
    # And back.
    adam.put(POLICY, {})
    work()
    assert order() == [flag["id"], praise["id"]]


def test_a_policy_whose_weights_stay_moves_nothing(alice, adam, sql):
    adam.put(POLICY, {"validators": 2})
    adam.put(POLICY, {"priority": {"flagged": 3}})
    assert sql(JOBS) == []


def test_each_model_is_weighed_by_its_own_and_others_by_that_for_all(
    alice, vera, adam, model_side, work
):
    model_side.models["acme/other"] = ENDPOINT.replace("echo-1", "other")
    here = alice.feedback(flag="Look.")["id"]
    interaction = alice.interaction(model_id="acme/other")
    asked = alice.post(f"/interactions/{interaction['id']}/prompts", {"content": "Hello"})
    there = alice.feedback(created(asked)["response"]["id"], flag="Look.")["id"]
    adam.put(POLICY, {"priority": {"flagged": 5}})
    adam.put("/validation/policies/all", {"priority": {"flagged": 6}})
    work()
    items = vera.read("/feedback/pending")["items"]
    assert {item["id"]: item["reasons"]["flagged"] for item in items} == {here: 5.0, there: 6.0}


def test_what_is_decided_keeps_what_it_was_decided_with(alice, vera, adam, work, sql):
    given = alice.feedback(flag="Look.")
    vera.verdict(given["id"])
    adam.put(POLICY, {"priority": {"flagged": 5}})
    work()
    assert sql("SELECT reasons ->> 'flagged' FROM feedback") == [("3.0",)]


def test_what_was_returned_comes_back_to_its_new_place(alice, vera, adam, work):
    given = alice.feedback(flag="Look.")
    path = f"/validation/feedback/{given['id']}"
    created(vera.post(path, {"verdict": "returned", "notes": "Which?"}))
    adam.put(POLICY, {"priority": {"flagged": 5}})
    work()
    assert alice.post(f"/feedback/{given['id']}/resubmit").status_code == 200
    assert vera.read("/feedback/pending")["items"][0]["reasons"]["flagged"] == 5.0


def test_it_goes_through_many_in_batches_and_twice_is_as_once(app, adam, work, sql, fill_waiting):
    fill_waiting(1_100)
    adam.put(POLICY, {"priority": {"disliked": 3}})
    work()
    ((job_id,),) = sql(JOBS)
    assert adam.read(f"/jobs/{job_id}")["progress"] == {"done": 1_100, "total": 1_100}
    found = "SELECT DISTINCT reasons FROM feedback"
    assert sql(found) == [({"disliked": 3.0},)]
    once = sql("SELECT id, priority FROM feedback ORDER BY id")
    # A second try of what has succeeded does nothing, and one of what had failed all of it.
    reweighing.reweigh(transactions_of(app), job_id=job_id, model_id=MODEL)
    sql("UPDATE jobs SET status = 'failed'")
    reweighing.reweigh(transactions_of(app), job_id=job_id, model_id=MODEL)
    assert sql("SELECT id, priority FROM feedback ORDER BY id") == once


def test_a_batch_that_breaks_off_is_taken_up_again(app, adam, work, sql, fill_waiting):
    fill_waiting(1_100)
    adam.put(POLICY, {"priority": {"disliked": 3}})
    ((job_id,),) = sql(JOBS)
    with pytest.raises(RuntimeError, match="power cut"):
        reweighing.reweigh(Breaking(3), job_id=UUID(str(job_id)), model_id=MODEL)
    state = adam.read(f"/jobs/{job_id}")
    assert (state["status"], state["progress"]) == ("running", {"done": 500, "total": 1_100})
    work()
    assert adam.read(f"/jobs/{job_id}")["status"] == "succeeded"
    assert sql("SELECT DISTINCT reasons FROM feedback") == [({"disliked": 3.0},)]


class Breaking:
    """Transactions that break off at the n-th."""

    def __init__(self, number):
        self.left = number

    def __call__(self):
        self.left -= 1
        if not self.left:
            raise RuntimeError("power cut")
        return transaction()


@pytest.fixture
def fill_waiting(app, alice, sql):
    """Make so many dislikes that wait, out of one."""

    def fill(number):
        alice.feedback(rating="dislike")
        sql(
            """
            INSERT INTO feedback (id, response_id, interaction_id, owner_id, model_id, user_id,
                                  priority, reasons, factors)
            SELECT uuidv7(), response_id, interaction_id, owner_id, model_id, 'user-' || n, 0,
                   '{"disliked": 1.0}', CASE WHEN n % 2 = 0 THEN '{"disliked": 1}'::jsonb END
            FROM feedback, generate_series(2, :number) n
            """,
            number=number,
        )
        sql("""UPDATE feedback SET reasons = '{"disliked": 1.0}', factors = '{"disliked": 1}'
               WHERE user_id = 'alice'""")

    with app.app_context():
        yield fill
