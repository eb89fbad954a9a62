"""Gold: known answers among the work of validators, who cannot tell them from the rest."""

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.waiting import eventually
from tests.world import Person, created, problem

POLICY = f"/validation/policies/{MODEL}"


@pytest.fixture
def all_gold(adam):
    """Let everything that is handed out be gold, as long as there is any."""
    assert adam.put(POLICY, {"gold_share": 1}).status_code == 200


def mark(adam, feedback_id, *, is_valid=False, **body):
    answer = adam.put(f"/validation/gold/{feedback_id}", {"is_valid": is_valid, **body})
    assert answer.status_code == 200, answer.text
    return answer.json


def gold(alice, adam, **body):
    given = alice.feedback(**(body or {"rating": "like"}))
    mark(adam, given["id"])
    return given


def take(person, **body):
    answer = person.post("/validation/next", body)
    assert answer.status_code == 200, answer.text
    return answer.json


def nothing_for(person):
    return person.post("/validation/next", {}).status_code == 204


def queue(person):
    return [item["id"] for item in person.read("/feedback/pending")["items"]]


def judge(person, feedback_id, **said):
    return person.post(f"/validation/feedback/{feedback_id}", {"is_valid": True, **said})


def test_what_is_marked_is_listed_with_what_was_said_of_it(app, alice, adam, vera, all_gold):
    given = alice.feedback()
    marked = mark(adam, given["id"], notes="The year is wrong.")
    assert (
        marked.items()
        >= {
            "feedback_id": given["id"],
            "model_id": MODEL,
            "is_valid": False,
            "notes": "The year is wrong.",
            "marked_by": "adam",
            "state": "live",
            "answers": 0,
            "right": 0,
            "wrong": 0,
        }.items()
    )
    created(judge(vera, given["id"]))
    for name, said in (("vic", {"is_valid": False}), ("vlad", {"is_valid": False})):
        created(judge(Person(app.test_client(), name, "validator"), given["id"], **said))
    (listed,) = adam.read("/validation/gold")["items"]
    assert [listed[name] for name in ("answers", "right", "wrong")] == [3, 2, 1]
    # Whoever was wrong about what is right says so.
    corrected = mark(adam, given["id"], is_valid=True)
    assert [corrected[name] for name in ("right", "wrong", "notes")] == [1, 2, None]


def test_gold_looks_like_any_other_until_it_is_answered(alice, adam, vera, all_gold):
    known = gold(alice, adam, flag="Look at this.")
    alice.feedback(rating="like")
    work = take(vera)
    assert work["feedback"] == known
    assert work.keys() == {"feedback", "prompt", "response", "lease"}
    assert work["lease"].keys() == {"token", "expires_at"}
    assert take(vera) == work
    seen = vera.read("/feedback/pending")["items"]
    assert seen[0].items() >= known.items()
    assert seen[0].keys() == seen[1].keys()
    assert vera.read(f"/feedback/{known['id']}") == known
    assert vera.read(f"/feedback/response/{known['response_id']}")["items"] == [known]
    token = work["lease"]["token"]
    renewed = vera.post(f"/validation/leases/{token}/renew")
    assert renewed.status_code == 200
    assert renewed.json["token"] == token
    assert renewed.json["expires_at"] > work["lease"]["expires_at"]
    assert vera.delete(f"/validation/leases/{token}").status_code == 204
    problem(vera.post(f"/validation/leases/{token}/renew"), 409, "lease_expired")
    again = take(vera)
    assert again["feedback"] == known
    assert again["lease"]["token"] != token


def test_an_answer_decides_nothing_and_makes_no_entry(alice, adam, vera, all_gold, sql):
    known = gold(alice, adam)
    token = take(vera)["lease"]["token"]
    said = {"notes": "Well said.", "lease_token": token}
    verdict = created(judge(vera, known["id"], **said))
    assert (
        verdict.items()
        >= {
            "feedback_id": known["id"],
            "validator_id": "vera",
            "is_valid": True,
            "verdict": "valid",
            "notes": "Well said.",
            "feedback_status": "pending",
            "dataset_entry_id": None,
        }.items()
    )
    assert vera.read(f"/feedback/{known['id']}") == known
    assert vera.read(f"/dataset/model/{MODEL}")["items"] == []
    assert sql("SELECT count(*) FROM validations") == [(0,)]
    assert sql("SELECT count(*) FROM validation_places") == [(0,)]
    (event,) = adam.read("/events", type="gold.answered")["items"]
    assert (event["actor"], event["data"]["answer_id"]) == ("vera", verdict["id"])
    again = problem(judge(vera, known["id"]), 409, "verdict_exists")
    assert again["validation_id"] == verdict["id"]
    problem(vera.post(f"/validation/leases/{token}/renew"), 409, "lease_expired")
    assert vera.delete(f"/validation/leases/{token}").status_code == 204


def test_nobody_is_given_the_same_twice(alice, adam, vera, all_gold):
    first, second = gold(alice, adam), gold(alice, adam)
    answered = []
    for _ in range(2):
        work = take(vera)
        answered.append(work["feedback"]["id"])
        created(judge(vera, answered[-1], lease_token=work["lease"]["token"]))
    assert set(answered) == {first["id"], second["id"]}
    assert nothing_for(vera)
    assert queue(vera) == []


def test_nobody_is_given_their_own_or_what_they_have_judged(app, alice, adam, vera):
    adam.put(POLICY, {"gold_share": 1, "validators": 2})
    own = vera.feedback(alice.response()["id"])
    on_hers = Person(app.test_client(), "ada", "admin").feedback(vera.response()["id"])
    judged = alice.feedback()
    created(judge(vera, judged["id"]))
    for given in (own, on_hers, judged):
        mark(adam, given["id"])
    assert nothing_for(vera)
    assert queue(vera) == []
    problem(judge(vera, own["id"]), 403, "own_feedback")
    problem(judge(vera, judged["id"]), 409, "verdict_exists")
    # Who may read the answers is asked nothing.
    assert nothing_for(adam)
    problem(judge(adam, own["id"]), 409, "feedback_is_gold")
    other = Person(app.test_client(), "vic", "validator")
    assert take(other)["feedback"]["id"] in {own["id"], on_hers["id"], judged["id"]}


def test_what_was_not_dealt_stands_in_no_queue(alice, adam, vera):
    adam.put(POLICY, {"gold_share": 0})
    known = gold(alice, adam)
    assert nothing_for(vera)
    assert queue(vera) == []
    assert vera.read(f"/feedback/{known['id']}")["status"] == "pending"


def test_what_is_next_is_drawn_with_the_verdict_and_shown_in_the_queue(alice, adam, vera):
    created(judge(vera, alice.feedback()["id"]))
    adam.put(POLICY, {"gold_share": 1})
    known, ordinary = gold(alice, adam, flag="Look."), alice.feedback()
    waiting = alice.feedback(flag="Look.")
    # Drawn with her last verdict it was not; from this one on it is.
    assert set(queue(vera)) == {ordinary["id"], waiting["id"]}
    created(judge(vera, waiting["id"]))
    assert queue(vera) == [known["id"], ordinary["id"]]
    assert take(vera)["feedback"]["id"] == known["id"]
    assert take(vera, model_id=MODEL)["feedback"]["id"] == known["id"]
    assert vera.post("/validation/next", {"model_id": "acme/other"}).status_code == 204


def test_about_the_share_of_what_is_handed_out_is_gold(app, alice, adam):
    adam.put(POLICY, {"gold_share": 0.5})
    for _ in range(30):
        alice.feedback(rating="like")
        gold(alice, adam)
    vera = Person(app.test_client(), "vera", "validator")
    known = {item["feedback_id"] for item in adam.read("/validation/gold", limit=100)["items"]}
    dealt = 0
    for _ in range(30):
        work = take(vera)
        dealt += work["feedback"]["id"] in known
        created(judge(vera, work["feedback"]["id"], lease_token=work["lease"]["token"]))
    # Fewer or more than this come of 30 tosses of a coin once in 50,000 times.
    assert 4 <= dealt <= 26


def test_a_token_of_gold_is_fenced_as_any_other(app, alice, adam, vera, all_gold, sql):
    known = gold(alice, adam)
    token = take(vera)["lease"]["token"]
    other = Person(app.test_client(), "vic", "validator")
    problem(judge(other, known["id"], lease_token=token), 409, "lease_expired")
    problem(other.post(f"/validation/leases/{token}/renew"), 404)
    sql("UPDATE gold_leases SET expires_at = now() - interval '1 second'")
    problem(judge(vera, known["id"], lease_token=token), 409, "lease_expired")
    again = take(vera)
    assert again["lease"]["token"] != token
    problem(judge(vera, known["id"], lease_token=token), 409, "lease_expired")
    created(judge(vera, known["id"], lease_token=again["lease"]["token"]))


def test_as_many_look_at_it_at_a_time_as_at_any_other(app, alice, adam, all_gold):
    known = gold(alice, adam)
    first, second = (Person(app.test_client(), name, "validator") for name in ("vic", "vlad"))
    token = take(first)["lease"]["token"]
    assert nothing_for(second)
    created(judge(first, known["id"], lease_token=token))
    assert take(second)["feedback"]["id"] == known["id"]


def test_who_looks_at_it_when_it_is_marked_goes_on(alice, adam, vera):
    given = alice.feedback()
    work = take(vera)
    mark(adam, given["id"])
    assert take(vera) == work
    assert queue(vera) == [given["id"]]
    token = work["lease"]["token"]
    assert vera.post(f"/validation/leases/{token}/renew").status_code == 200
    verdict = created(judge(vera, given["id"], lease_token=token))
    assert verdict["feedback_status"] == "pending"


def test_what_is_answered_at_this_moment_is_not_given_again(app, alice, adam, vera, background):
    adam.put(POLICY, {"gold_share": 1})
    known, ordinary = gold(alice, adam, flag="Look."), alice.feedback()
    take(vera)
    again = Person(app.test_client(), "vera", "validator")
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE gold_leases SET expires_at = now() - interval '1 second'"))
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE gold_leases SET expires_at = NULL"))
        sent = background(take, again)
        eventually(lambda: waiting(session))
    given = sent.result()["feedback"]["id"]
    assert given == ordinary["id"] != known["id"]


def test_what_is_dealt_at_this_moment_is_dealt_once(app, alice, adam, vera, background):
    adam.put(POLICY, {"gold_share": 1})
    known, ordinary = gold(alice, adam, flag="Look."), alice.feedback()
    dealt = text(
        "INSERT INTO gold_leases (feedback_id, validator_id, token, expires_at)"
        " VALUES (:id, 'vera', gen_random_uuid(), now())"
    )
    with app.app_context(), transaction() as session:
        session.execute(dealt, {"id": known["id"]})
        sent = background(take, vera)
        eventually(lambda: waiting(session))
    assert sent.result()["feedback"]["id"] == ordinary["id"]


def waiting(session):
    """Return how many wait for a lock."""
    return session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))


def test_what_is_retired_is_decided_as_any_other(app, alice, adam, vera, all_gold):
    known = gold(alice, adam)
    late = Person(app.test_client(), "vic", "validator")
    token = take(late)["lease"]["token"]
    created(judge(vera, known["id"]))
    assert adam.delete(f"/validation/gold/{known['id']}").status_code == 204
    problem(adam.delete(f"/validation/gold/{known['id']}"), 404)
    (listed,) = adam.read("/validation/gold")["items"]
    assert (listed["state"], listed["answers"]) == ("retired", 1)
    problem(judge(late, known["id"], lease_token=token), 409, "lease_expired")
    assert take(late)["feedback"]["id"] == known["id"]
    assert created(judge(late, known["id"]))["feedback_status"] == "validated"
    problem(adam.put(f"/validation/gold/{known['id']}", {"is_valid": True}), 409)


def test_what_its_author_changes_is_gold_no_more(alice, adam, vera, all_gold):
    known = gold(alice, adam)
    assert alice.patch(f"/feedback/{known['id']}", {"overall_comment": "So."}).status_code == 200
    (listed,) = adam.read("/validation/gold")["items"]
    assert listed["state"] == "stale"
    assert created(judge(vera, known["id"]))["feedback_status"] == "validated"


@pytest.mark.parametrize("way", ["decided", "withdrawn"])
def test_only_what_waits_can_be_marked(alice, adam, vera, way):
    given = alice.feedback()
    if way == "decided":
        created(judge(vera, given["id"]))
    else:
        alice.post(f"/feedback/{given['id']}/withdraw")
    answer = adam.put(f"/validation/gold/{given['id']}", {"is_valid": True})
    problem(answer, 409, "feedback_decided")


@pytest.mark.parametrize(
    ("field", "value"),
    [("is_valid", None), ("is_valid", 1), ("notes", ""), ("notes", 1), ("x", 1)],
)
def test_what_is_malformed_is_refused(alice, adam, field, value):
    given = alice.feedback()
    body = {"is_valid": True, field: value}
    refused = problem(adam.put(f"/validation/gold/{given['id']}", body), 422)
    assert field in refused["errors"]


def test_it_is_listed_page_by_page(alice, adam):
    marked = [gold(alice, adam)["id"] for _ in range(3)]
    pages = list(adam.walk("/validation/gold", limit=2))
    assert [[item["feedback_id"] for item in page] for page in pages] == [
        marked[:0:-1],
        marked[:1],
    ]


def test_points_do_not_tell_gold_from_the_rest(alice, adam, vera, all_gold):
    given = gold(alice, adam)
    answer = judge(vera, take(vera)["feedback"]["id"])
    assert answer.status_code == 201
    other = alice.feedback()
    adam.put(POLICY, {"validators": 2})
    verdict = vera.verdict(alice.feedback()["id"])
    items = vera.read("/users/me/points")["items"]
    assert [(one["rule"], one["amount"]) for one in items] == [("verdict_given", 2)] * 2
    assert [one["subject"] for one in items] == [
        f"validation:{verdict['id']}", f"validation:{answer.json['id']}",
    ]  # fmt: skip
    assert {one["feedback_id"] for one in items} == {given["id"], verdict["feedback_id"]}
    assert vera.read("/users/me/progress")["streak_days"] == 1
    assert alice.read("/users/me/progress")["feedback"]["pending"] == 3, other


def test_nobody_knows_the_answer_to_their_own(app, alice, adam):
    own = adam.feedback(alice.response()["id"], rating="like")["id"]
    other = Person(app.test_client(), "ada", "admin")
    on_his = other.feedback(adam.response()["id"], rating="like")["id"]
    for feedback_id, code in ((own, "own_feedback"), (on_his, "own_interaction")):
        answer = adam.put(f"/validation/gold/{feedback_id}", {"is_valid": True})
        problem(answer, 403, code)
        problem(adam.delete(f"/validation/gold/{feedback_id}"), 404)
    assert adam.read("/validation/gold")["items"] == []
    mark(other, own)


def test_what_is_not_there_is_neither_marked_nor_retired(adam):
    path = "/validation/gold/0199c0de-0000-7000-8000-000000000099"
    problem(adam.put(path, {"is_valid": True}), 404)
    problem(adam.delete(path), 404)


def test_faults_of_a_verdict_do_not_tell_gold(alice, adam, vera):
    faulty = {
        "lease_token": "0199c0de-0000-7000-8000-000000000099",
        "dimension_verdicts": [{"dimension_id": "clarity", "is_valid": True}],
    }
    given = (alice.feedback(rating="like"), gold(alice, adam))
    for one in given:
        problem(judge(vera, one["id"], **faulty), 409, "lease_expired")
        problem(judge(vera, one["id"], **{**faulty, "lease_token": None}), 422, "invalid")


def test_numbers_that_validators_read_do_not_tell_gold(app, alice, adam, vera, all_gold):
    known = gold(alice, adam)
    alice.feedback(rating="like")
    backlog = vera.read("/insights/backlog")["total"]
    by_status = vera.read("/validation/stats")["by_status"]
    assert backlog["waiting"] == by_status["pending"] == 2
    assert backlog["oldest_at"] == known["created_at"]
    told = adam.read("/insights/backlog")["total"]
    assert told["waiting"] == 1
    assert told["oldest_at"] > known["created_at"]
    assert take(vera)["feedback"]["id"] == known["id"]
    assert handed_out(vera) == 1
    token = take(vera)["lease"]["token"]
    assert handed_out(vera) == 1
    vera.delete(f"/validation/leases/{token}")
    take(vera)
    assert handed_out(vera) == 2


def handed_out(person):
    return sum(way["handed_out"] for way in person.read("/validation/priority")["ways"])


@pytest.mark.parametrize("is_gold", [True, False])
def test_of_two_leases_the_first_to_end_is_given_again(alice, adam, vera, model_side, is_gold):
    adam.put(POLICY, {"gold_share": int(is_gold)})
    given = alice.feedback()
    model_side.models["acme/other"] = "acme--other-0a1b2c3d-202611210900"
    path = f"/interactions/{alice.interaction(model_id='acme/other')['id']}/prompts"
    alice.feedback(created(alice.post(path, {"content": "Hello"}))["response"]["id"])
    if is_gold:
        mark(adam, given["id"])
    first = take(vera, model_id=MODEL)
    assert first["feedback"]["id"] == given["id"]
    second = take(vera, model_id="acme/other")
    assert take(vera) == first
    vera.post(f"/validation/leases/{first['lease']['token']}/renew")
    assert take(vera) == second != first
