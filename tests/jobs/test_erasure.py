"""Erasure: everything of a person goes, nothing of others does, and a receipt says so."""

import json
from contextlib import contextmanager
from unittest.mock import ANY
from uuid import UUID

import pytest

from app.clients.live import LiveTokens
from app.clients.receipts import Signer, verified
from app.db import transaction
from app.domain.forgotten import mark_of
from app.services.erasure import erasing
from tests.crowd import fill
from tests.erasing import ask, erase_now
from tests.freezing import freeze_now
from tests.model_side import MODEL
from tests.statements import statements
from tests.waiting import eventually
from tests.world import Person, created, problem


@pytest.fixture
def erase(work, adam):
    """Have somebody's data erased; return the job as it is in the end."""

    def run(person, user_id="me"):
        job_id = ask(person, user_id)
        work()
        job = adam.read(f"/jobs/{job_id}")
        assert job["status"] == "succeeded", job
        return job

    return run


def live(person, judge, word):
    """Let somebody say ``word`` wherever they may, and have it judged; return their ids."""
    made = person.interaction(
        title=word, system_prompt=word, metadata={"x": word}, settings={"x": word}
    )
    path = f"/interactions/{made['id']}"
    asked = created(person.post(f"{path}/prompts", {"content": word, "context": word}))
    created(person.post(f"{path}/chat", {"message": word, "system_prompt": word}))
    given = rate(person, asked["response"]["id"], word)
    changed = person.patch(f"/feedback/{given['id']}", {"overall_comment": word * 2})
    assert changed.status_code == 200
    entry = judge.verdict(given["id"], notes=word)["dataset_entry_id"]
    return {
        "interaction": made["id"],
        "prompt": asked["prompt"]["id"],
        "response": asked["response"]["id"],
        "feedback": given["id"],
        "entry": entry,
    }


def rate(person, response_id, word):
    """Say ``word`` in every part of feedback."""
    rating = {"score": 4, "justification": word, "correct_response": word}
    body = {
        "response_id": response_id,
        "rating": "like",
        "overall_comment": word,
        "correction": word,
        "flag": {"reason": "other", "note": word},
        "dimension_ratings": [{"dimension_id": "accuracy", **rating}],
    }
    return created(person.post("/feedback", body, headers={"Idempotency-Key": response_id}))


def test_not_a_word_and_no_name_of_theirs_is_left(alice, vera, erase, dump):
    live(alice, vera, "canary")
    found = {table for table, _ in dump("canary")}
    assert found > {"prompts", "feedback", "feedback_revisions", "validations", "idempotency_keys"}
    assert {table for table, _ in dump("alice")} > {"events", "jobs", "interactions", "feedback"}
    erase(alice)
    assert dump("canary") == []
    assert dump("alice") == []


def test_nothing_tells_what_feedback_was_imported_as(client, adam, erase, dump):
    line = {"external_id": "canary", "user_id": "kim", "owner_id": "lee", "prompt": "Why?",
            "response": "So.", "model_id": MODEL, "overall_comment": "canary"}  # fmt: skip
    query = {"format": "jsonl"}
    adam.post("/feedback/import", None, data=json.dumps(line), query_string=query,
              content_type="application/jsonl")  # fmt: skip
    assert {table for table, _ in dump("canary")} >= {"feedback", "imported_feedback"}
    erase(Person(client, "kim", "user"))
    assert dump("canary") == dump("kim") == []


def test_what_others_have_is_whole(alice, bob, vera, erase, dump):
    live(alice, vera, "canary")
    ids = live(bob, vera, "parrot")
    own = [row for row in dump("parrot") if row[0] != "idempotency_keys"]
    before = [bob.read(path) for path in paths(ids)]
    erase(alice)
    assert [row for row in dump("parrot") if row[0] != "idempotency_keys"] == own
    assert [bob.read(path) for path in paths(ids)] == before
    entries = vera.read(f"/dataset/model/{MODEL}")["items"]
    assert [entry["id"] for entry in entries] == [ids["entry"]]


def paths(ids):
    return [
        f"/interactions/{ids['interaction']}",
        f"/interactions/{ids['interaction']}/history",
        f"/responses/{ids['response']}",
        f"/feedback/{ids['feedback']}",
        f"/feedback/{ids['feedback']}/revisions",
    ]


def test_the_numbers_of_others_on_their_answers_stay_and_the_words_go(alice, vera, adam, erase):
    ids = live(alice, vera, "canary")
    given = rate(vera, ids["response"], "parrot")
    erase(alice)
    kept = vera.read(f"/feedback/{given['id']}")
    assert (kept["user_id"], kept["rating"], kept["status"]) == ("vera", "like", "withdrawn")
    assert [one["score"] for one in kept["dimension_ratings"]] == [4]
    words = {
        kept["overall_comment"],
        kept["correction"],
        kept["dimension_ratings"][0]["justification"],
    }
    assert words == {None}
    again = {"Idempotency-Key": ids["response"]}
    body = {"response_id": ids["response"], "rating": "like"}
    problem(vera.post("/feedback", body, headers=again), 422, "idempotency_key_reused")


def test_a_repeat_of_others_gets_no_erased_words(alice, vera, erase):
    ids = live(alice, vera, "canary")
    body = {"response_id": ids["response"], "overall_comment": "canary"}
    again = {"headers": {"Idempotency-Key": "again"}}
    created(vera.post("/feedback", body, **again))
    erase(alice)
    repeated = vera.post("/feedback", body, **again)
    assert (repeated.status_code, repeated.json["code"]) == (410, "erased")


def test_a_validator_is_forgotten_and_the_verdict_counts(client, alice, adam, erase, dump):
    victor = Person(client, "victor", "validator")
    ids = live(alice, victor, "canary")
    erase(victor)
    assert dump("victor") == []
    assert alice.read(f"/feedback/{ids['feedback']}")["status"] == "validated"
    provenance = adam.read(f"/dataset/entry/{ids['entry']}")["provenance"]
    (verdict,) = provenance["validations"]
    assert verdict["validator_id"].startswith("erased:")
    assert (verdict["is_valid"], verdict["notes"]) == (True, None)


def test_nothing_erased_can_be_rated_asked_or_exported(alice, vera, adam, erase):
    ids = live(alice, vera, "canary")
    erase(alice)
    problem(vera.post("/feedback", {"response_id": ids["response"], "rating": "like"}), 409)
    problem(alice.get(f"/interactions/{ids['interaction']}"), 404)
    problem(alice.post(f"/interactions/{ids['interaction']}/prompts", {"content": "Hello?"}), 404)
    assert vera.read(f"/dataset/model/{MODEL}")["items"] == []
    problem(vera.get(f"/dataset/entry/{ids['entry']}"), 404)
    shown = adam.read(f"/interactions/{ids['interaction']}")
    assert (shown["status"], shown["training_consent"]) == ("abandoned", False)
    assert shown["user_id"].startswith("erased:")


def test_the_person_reads_the_receipt_and_nobody_else(app, alice, bob, vera, adam, erase):
    live(alice, vera, "canary")
    job = erase(alice)
    assert alice.read(f"/jobs/{job['id']}") == job
    problem(bob.get(f"/jobs/{job['id']}"), 404)
    receipt = job["result"]
    assert receipt["person"] == mark_of("alice", UUID(job["id"])) == job["user_id"]
    assert receipt["erased"]["prompts"] == 2
    assert receipt["erased"]["feedback"] == 1
    key = Signer(app.extensions["settings"]).public_key()
    assert verified(receipt["signed"], key) == {
        name: value for name, value in receipt.items() if name != "signed"
    }
    assert job["progress"]["done"] == job["progress"]["total"] == 2


def test_exports_that_held_rows_of_theirs_are_named_and_stale(alice, bob, vera, erase, sql):
    export = f"/dataset/model/{MODEL}/export?shape=raw"
    assert vera.get(export).data
    live(alice, vera, "canary")
    live(bob, vera, "parrot")
    assert b"canary" in vera.get(export).data
    (named,) = erase(alice)["result"]["exports"]
    assert (named["model_id"], named["shape"], named["rows_of_theirs"]) == (MODEL, "raw", 1)
    assert (named["rows"], named["finished_at"] > named["fetched_at"]) == (2, True)
    stale = sql("SELECT CAST(id AS text) FROM dataset_exports WHERE stale_at IS NOT NULL")
    assert stale == [(named["id"],)]
    assert vera.get(export).data.count(b"parrot") > 0
    assert b"canary" not in vera.get(export).data


def test_an_entry_that_rests_on_an_erased_correction_is_withdrawn(client, alice, vera, adam, erase):
    victor = Person(client, "victor", "validator")
    given = alice.feedback(rating="dislike")
    victor.verdict(given["id"], correction="canary")
    assert [row["response"] for row in vera.read(f"/dataset/model/{MODEL}")["items"]] == ["canary"]
    erase(victor)
    assert vera.read(f"/dataset/model/{MODEL}")["items"] == []


def test_the_log_tells_what_is_gone_by_its_ids(alice, vera, adam, erase):
    ids = live(alice, vera, "canary")
    erase(alice)
    told = {
        type_: [event["subject"] for event in adam.read("/events", type=type_)["items"]]
        for type_ in ("interaction.erased", "feedback.erased", "dataset.entry_erased")
    }
    assert told == {
        "interaction.erased": [f"interaction:{ids['interaction']}"],
        "feedback.erased": [f"feedback:{ids['feedback']}"],
        "dataset.entry_erased": [f"dataset_entry:{ids['entry']}"],
    }
    (asked,) = adam.read("/events", type="person.erasure_requested")["items"]
    assert asked["actor"].startswith("erased:")


def test_asked_again_it_is_the_same_job_until_that_has_ended(alice, adam, work):
    first = ask(alice)
    assert ask(alice) == ask(adam, "alice") == first
    work()
    assert ask(alice) != first


def test_there_may_be_nothing_to_erase(alice, erase):
    assert erase(alice)["result"]["erased"].keys() <= {"events"}


def test_only_they_themselves_and_administrators_may(alice, bob, vera, adam, erase, dump):
    live(alice, vera, "canary")
    for person in (bob, vera):
        problem(person.delete("/users/alice/data"), 403, "not_your_data")
        problem(person.delete("/users/nobody/data"), 403, "not_your_data")
        problem(person.get("/users/alice/data"), 403, "not_your_data")
    problem(adam.delete("/users/" + "x" * 256 + "/data"), 422)
    problem(adam.delete("/users/%00/data"), 422)
    erase(adam, "alice")
    assert dump("canary") == []


def test_an_answer_under_way_ends_and_is_not_stored(alice, erase, sql, dump):
    response = alice.response()
    sql(
        "UPDATE responses SET status = 'streaming', completed_at = NULL WHERE id = :id",
        id=response["id"],
    )
    erase(alice)
    assert sql("SELECT status, content, raw FROM responses") == [("cancelled", None, None)]


def test_redis_forgets_the_stream(app, alice, erase):
    live = app.extensions["remotes"].live
    response_id = UUID(alice.response()["id"])
    live.publish(LiveTokens(response_id, 0, ["canary"]))
    eventually(lambda: live.read(response_id, first=0, seconds=0))
    erase(alice)
    assert live.read(response_id, first=0, seconds=0) == []


def test_what_had_ended_stays_as_it_ended(alice, vera, adam, erase, sql):
    given = alice.feedback()
    vera.verdict(given["id"])
    alice.put(f"/interactions/{given['interaction_id']}", {"status": "completed"})
    before = sql("SELECT status, completed_at FROM responses")
    erase(alice)
    assert sql("SELECT status FROM feedback") == [("validated",)]
    assert sql("SELECT status FROM interactions") == [("completed",)]
    assert sql("SELECT status, completed_at FROM responses") == before == [("complete", ANY)]
    body = {"is_valid": False, "notes": "Who was it?"}
    problem(adam.post(f"/feedback/{given['id']}/decision", body), 409, "erased")


@pytest.mark.parametrize("who", ["author", "owner"])
def test_what_either_of_them_had_erased_is_decided_no_more(client, alice, vera, adam, erase, who):
    given = vera.feedback(alice.response()["id"])
    Person(client, "victor", "validator").verdict(given["id"])
    erase({"author": vera, "owner": alice}[who])
    body = {"is_valid": False, "notes": "Who was it?"}
    problem(adam.post(f"/feedback/{given['id']}/decision", body), 409, "erased")


def test_many_rows_go_in_batches(alice, erase, sql, monkeypatch):
    monkeypatch.setattr("app.services.erasure.statements.BATCH", 2)
    monkeypatch.setattr(erasing, "BATCH", 2)
    path = f"/interactions/{alice.interaction()['id']}/prompts"
    for _ in range(5):
        created(alice.post(path, {"content": "canary"}))
    assert erase(alice)["result"]["erased"]["prompts"] == 5
    assert sql("SELECT DISTINCT content FROM prompts") == [("",)]


def test_a_batch_has_its_statements_however_much_there_is(app, alice, adam):
    def most(rows):
        fill(app, 2 * rows, every=2)
        freeze_now(app, adam)
        lengths = []
        with statements(app) as sent:

            @contextmanager
            def transactions():
                before = len(sent)
                with transaction() as session:
                    yield session
                lengths.append(len(sent) - before)

            erase_now(app, ask(alice), transactions)
        return max(lengths)

    assert most(30) == most(300) < 60


def test_a_job_of_theirs_that_is_being_done_is_waited_for(app, alice, sql, defer_running, work):
    running = defer_running(alice.name)
    job_id = ask(alice)
    work()
    assert alice.read(f"/jobs/{job_id}")["status"] == "running"
    sql("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = :id", id=running)
    sql("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    work()
    assert alice.read(f"/jobs/{job_id}")["status"] == "succeeded"


@pytest.fixture
def defer_running(sql):
    """Leave a job that names somebody in a worker's hands."""

    def put(user_id):
        arguments = json.dumps({"user_id": user_id})
        ((id_,),) = sql(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status)"
            " VALUES ('elsewhere', 'x', 0, CAST(:args AS jsonb), 'todo') RETURNING id",
            args=arguments,
        )
        sql("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = :id", id=id_)
        return id_

    return put


def test_one_that_fails_says_so_and_is_begun_again_where_it_was(
    alice, vera, work, dump, monkeypatch
):
    live(alice, vera, "canary")
    job_id = ask(alice)
    with monkeypatch.context() as patched:
        patched.setattr(erasing.answers, "erase", lambda *_, **__: 1 / 0)
        work()
    job = alice.read(f"/jobs/{job_id}")
    assert (job["status"], job["error"]["code"]) == ("failed", "erasure_failed")
    assert ask(alice) == job_id
    work()
    assert alice.read(f"/jobs/{job_id}")["status"] == "succeeded"
    assert dump("canary") == dump("alice") == []


def test_a_second_run_of_a_done_one_does_nothing(app, alice, erase, defer, work):
    job = erase(alice)
    defer("people.erase", job_id=job["id"])
    work()
    assert alice.read(f"/jobs/{job['id']}") == job


def test_the_log_still_makes_the_points_of_all(app, alice, vera, erase, dump):
    live(alice, vera, "canary")
    before = vera.read("/users/me/points")["items"]
    assert before
    erase(alice)
    assert dump("alice") == []
    checked = app.test_cli_runner().invoke(args=["points", "rebuild", "--check"])
    assert (checked.exit_code, checked.stdout.splitlines()[-1].split(", ")[1]) == (
        0, "0 rows different",
    )  # fmt: skip
    assert vera.read("/users/me/points")["items"] == before


def test_the_log_forgets_whose_feedback_was_gold(alice, vera, adam, erase, dump):
    given = alice.feedback()
    adam.put(f"/validation/gold/{given['id']}", {"is_valid": True})
    vera.verdict(given["id"])
    erase(alice)
    assert dump("alice") == []


def test_points_of_somebody_half_erased_wait(app, alice, adam, work, monkeypatch):
    adam.put(f"/validation/policies/{MODEL}", {"validators": 2})
    victor, other = (Person(app.test_client(), name, "validator") for name in ("vic", "other"))
    given = alice.feedback()["id"]
    for person in (victor, other):
        person.verdict(given)
    job_id, erase_own = ask(victor), erasing.erase_own

    def fail(session, *, table, **more):
        assert table != "points_entries"
        return erase_own(session, table=table, **more)

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "erase_own", fail)
        work()
    decision = {"is_valid": False, "notes": "After all."}
    refused = adam.post(f"/feedback/{given}/decision", decision)
    problem(refused, 503, "unavailable")
    assert refused.headers["Retry-After"] == "2"
    assert ask(victor) == job_id
    work()
    assert adam.read(f"/jobs/{job_id}")["status"] == "succeeded"
    created(adam.post(f"/feedback/{given}/decision", decision))
    checked = app.test_cli_runner().invoke(args=["points", "rebuild", "--check"])
    assert "0 rows different" in checked.stdout


def test_a_budget_of_today_is_not_given_anew(alice, erase, sql):
    sql(
        "INSERT INTO token_usage (user_id, day, prompt_tokens) SELECT 'alice',"
        " CAST(now() AT TIME ZONE 'UTC' AS date) - g, 5 FROM generate_series(0, 2) g"
    )
    erase(alice)
    assert sql("SELECT prompt_tokens FROM token_usage") == [(5,)]
