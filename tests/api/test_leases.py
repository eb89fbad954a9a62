"""Leases: work handed out to one person for a while, and given to others when it ends."""

from concurrent.futures import wait
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.db import transaction
from app.domain.access import principal_of
from app.domain.states import VerdictWord
from app.services import validation
from app.services.validation import GivenVerdict
from tests.model_side import ENDPOINT, MODEL
from tests.waiting import eventually
from tests.world import Person, created, problem

POLICY = f"/validation/policies/{MODEL}"


@pytest.fixture
def end_leases(app):
    """Let all leases have ended a second ago."""

    def end():
        with app.app_context(), transaction() as session:
            session.execute(
                text(
                    "UPDATE validation_places SET expires_at = now() - interval '1 second' "
                    "WHERE expires_at IS NOT NULL"
                )
            )

    return end


@pytest.fixture
def in_order(adam):
    """Leave nothing to chance."""
    assert adam.put("/validation/policies/all", {"random_share": 0}).status_code == 200


def take(person, **body):
    answer = person.post("/validation/next", body)
    assert answer.status_code == 200, answer.text
    return answer.json


def nothing_for(person, **body):
    answer = person.post("/validation/next", body)
    return (answer.status_code, answer.data) == (204, b"")


def judge(person, feedback_id, **said):
    return person.post(f"/validation/feedback/{feedback_id}", {"is_valid": True, **said})


@pytest.mark.usefixtures("in_order")
def test_the_most_worth_comes_first_with_a_token_and_an_end(alice, vera, adam):
    adam.put(POLICY, {"lease_seconds": 100})
    alice.feedback(rating="like")
    urgent = alice.feedback(flag="Look at this.")
    work = take(vera)
    assert work["feedback"] == urgent
    left = datetime.fromisoformat(work["lease"]["expires_at"]) - datetime.fromisoformat(
        urgent["created_at"]
    )
    assert 99 < left.total_seconds() < 160
    verdict = judge(vera, urgent["id"], lease_token=work["lease"]["token"])
    assert created(verdict)["feedback_status"] == "validated"


def test_asked_again_one_is_given_ones_own_live_lease(alice, vera, end_leases):
    alice.feedback(rating="like")
    work = take(vera)
    alice.feedback(flag="Look at this.")
    assert take(vera) == work
    assert take(vera, model_id=MODEL) == work
    assert nothing_for(vera, model_id="acme/other")
    end_leases()
    assert take(vera)["lease"]["token"] != work["lease"]["token"]


def test_two_requests_at_once_are_given_one_lease(app, alice, background):
    for _ in range(3):
        alice.feedback()
    people = [Person(app.test_client(), "vera", "validator") for _ in range(4)]
    sent = [background(take, person) for person in people]
    wait(sent)
    assert len({one.result()["lease"]["token"] for one in sent}) == 1


def test_several_at_once_are_given_one_place_each(app, alice, adam, background):
    adam.put(POLICY, {"validators": 3})
    given = alice.feedback()
    people = [Person(app.test_client(), f"racer-{number}", "validator") for number in range(12)]
    sent = [background(person.post, "/validation/next", {}) for person in people]
    wait(sent)
    answers = [one.result() for one in sent]
    assert sorted(one.status_code for one in answers) == [200] * 3 + [204] * 9
    works = [one.json for one in answers if one.status_code == 200]
    assert {work["feedback"]["id"] for work in works} == {given["id"]}
    assert len({work["lease"]["token"] for work in works}) == 3


def test_a_verdict_of_ones_own_that_is_just_being_given_is_seen(app, alice, adam, background):
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()
    vera = Person(app.test_client(), "vera", "validator")
    with app.app_context(), transaction() as session:
        validation.validate(
            session,
            principal=principal_of(subject="vera", roles=["validator"]),
            feedback_id=UUID(given["id"]),
            given=GivenVerdict(word=VerdictWord.VALID),
        )
        sent = background(vera.post, "/validation/next", {})
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        eventually(lambda: session.scalar(waits))
    assert sent.result().status_code == 204


def test_there_is_nothing_of_ones_own_or_on_ones_own_conversations(alice, vera, adam):
    assert nothing_for(vera)
    vera.feedback(alice.response()["id"])
    adam.feedback(vera.response()["id"])
    assert nothing_for(vera)


def test_it_can_be_asked_for_by_model(alice, vera, model_side):
    model_side.models["acme/other"] = ENDPOINT.replace("echo-1", "other")
    alice.feedback(flag="Look.")
    interaction = alice.interaction(model_id="acme/other")
    asked = alice.post(f"/interactions/{interaction['id']}/prompts", {"content": "Hello"})
    there = alice.feedback(created(asked)["response"]["id"])
    assert take(vera, model_id="acme/other")["feedback"]["id"] == there["id"]
    assert nothing_for(vera, model_id="acme/none")


def test_what_one_has_judged_in_this_round_does_not_come_again(alice, adam, judges):
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()
    work = take(judges[0])
    created(judge(judges[0], given["id"], lease_token=work["lease"]["token"]))
    assert nothing_for(judges[0])
    assert take(judges[1])["feedback"]["id"] == given["id"]


def test_a_live_lease_keeps_a_place_that_nobody_else_can_take(alice, adam, judges):
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()
    first, second = take(judges[0]), take(judges[1])
    assert nothing_for(judges[2])
    assert judges[2].read("/feedback/pending")["items"] == []
    problem(judge(judges[2], given["id"]), 409, "no_place_left")
    created(judge(judges[0], given["id"], lease_token=first["lease"]["token"]))
    problem(judge(judges[2], given["id"]), 409, "no_place_left")
    # Who holds a lease need not show it.
    assert created(judge(judges[1], given["id"]))["feedback_status"] == "validated"
    assert second["feedback"]["id"] == given["id"]


def test_a_place_whose_lease_has_ended_is_somebody_elses(alice, adam, judges, end_leases):
    given = alice.feedback()
    late = take(judges[0])["lease"]["token"]
    end_leases()
    token = take(judges[1])["lease"]["token"]
    problem(judge(judges[0], given["id"], lease_token=late), 409, "lease_expired")
    problem(judge(judges[0], given["id"]), 409, "no_place_left")
    created(judge(judges[1], given["id"], lease_token=token))


def test_a_verdict_with_a_lease_that_has_ended_does_not_count_though_the_place_is_free(
    alice, vera, end_leases
):
    given = alice.feedback()
    late = take(vera)["lease"]["token"]
    end_leases()
    problem(judge(vera, given["id"], lease_token=late), 409, "lease_expired")
    # Without it she is somebody who comes by.
    created(judge(vera, given["id"]))


def test_a_place_left_by_one_who_is_gone_is_not_lost(alice, vera, adam, judges, end_leases):
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()
    take(judges[0])
    take(judges[1])
    end_leases()
    assert created(judge(judges[2], given["id"]))["feedback_status"] == "pending"
    assert created(judge(vera, given["id"]))["feedback_status"] == "validated"
    problem(judge(judges[0], given["id"]), 409, "feedback_decided")


@pytest.mark.usefixtures("in_order")
def test_a_token_counts_for_its_owner_and_its_feedback_alone(alice, adam, vera):
    adam.put(POLICY, {"validators": 2})
    first, second = alice.feedback(flag="Look."), alice.feedback()
    token = take(vera)["lease"]["token"]
    problem(judge(adam, first["id"], lease_token=token), 409, "lease_expired")
    problem(judge(vera, second["id"], lease_token=token), 409, "lease_expired")
    problem(judge(vera, first["id"], lease_token=str(uuid4())), 409, "lease_expired")
    created(judge(vera, first["id"], lease_token=token))


def test_a_lease_is_renewed_while_it_lives(alice, vera, adam, end_leases):
    alice.feedback()
    lease = take(vera)["lease"]
    path = f"/validation/leases/{lease['token']}/renew"
    renewed = vera.post(path)
    assert renewed.status_code == 200
    assert renewed.json["token"] == lease["token"]
    assert renewed.json["expires_at"] > lease["expires_at"]
    end_leases()
    problem(vera.post(path), 409, "lease_expired")


def test_a_lease_that_was_given_back_leaves_its_place_to_others(alice, vera, judges):
    given = alice.feedback()
    lease = take(vera)["lease"]
    path = f"/validation/leases/{lease['token']}"
    for _ in range(2):
        assert vera.delete(path).status_code == 204
    problem(vera.post(f"{path}/renew"), 409, "lease_expired")
    problem(judge(vera, given["id"], lease_token=lease["token"]), 409, "lease_expired")
    assert take(judges[0])["feedback"]["id"] == given["id"]
    problem(vera.delete(path), 404, "not_found")


def test_a_lease_that_became_a_verdict_is_given_back_by_nobody(alice, vera, adam, judges):
    adam.put(POLICY, {"validators": 2})
    given = alice.feedback()
    token = take(vera)["lease"]["token"]
    created(judge(vera, given["id"], lease_token=token))
    problem(vera.delete(f"/validation/leases/{token}"), 404)
    take(judges[0])
    assert nothing_for(judges[1]), "the verdict has its place still"


def test_the_leases_of_others_cannot_be_told_from_ones_that_are_not_there(alice, vera, adam):
    alice.feedback()
    token = take(vera)["lease"]["token"]
    for other in (token, str(uuid4())):
        path = f"/validation/leases/{other}"
        told = [problem(adam.post(f"{path}/renew"), 404), problem(adam.delete(path), 404)]
        assert {one["detail"] for one in told} == {f"there is no lease {other} of yours"}
    assert take(vera)["lease"]["token"] == token


def test_a_lease_of_what_was_withdrawn_is_over(alice, vera):
    given = alice.feedback()
    token = take(vera)["lease"]["token"]
    assert alice.post(f"/feedback/{given['id']}/withdraw").status_code == 200
    problem(judge(vera, given["id"], lease_token=token), 409, "feedback_decided")
    problem(vera.post(f"/validation/leases/{token}/renew"), 409, "lease_expired")
    assert nothing_for(vera)


def test_a_repeat_under_its_key_is_given_the_same(alice, vera):
    alice.feedback()
    key = {"Idempotency-Key": "next-1"}
    first, second = (vera.post("/validation/next", {}, headers=key) for _ in range(2))
    assert (second.json, second.headers["Idempotent-Replayed"]) == (first.json, "true")
    empty, again = (
        vera.post("/validation/next", {"model_id": "acme/none"}, headers={"Idempotency-Key": "n2"})
        for _ in range(2)
    )
    assert (empty.status_code, again.status_code, again.data) == (204, 204, b"")


def test_what_does_not_fit_is_given_nothing(alice, vera):
    alice.feedback()
    for body in ({"model_id": "a//b"}, {"model_id": None}, {"limit": 1}):
        problem(vera.post("/validation/next", body), 422, "invalid")
    problem(alice.post("/validation/next", {}), 403, "forbidden")


def test_what_is_handed_out_comes_with_the_question_and_the_answer(alice, vera):
    exchange = alice.exchange("Why is the sky blue?")
    given = alice.feedback(exchange["response"]["id"], rating="dislike")
    work = vera.post("/validation/next", {}).json
    assert work["feedback"]["id"] == given["id"]
    assert (work["prompt"], work["response"]) == (exchange["prompt"], exchange["response"])
