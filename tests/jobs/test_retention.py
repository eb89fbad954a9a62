"""Retention: what a policy keeps for a time only is gone after it, and everything else is whole."""

import pytest

from tests.model_side import MODEL
from tests.world import created


@pytest.fixture
def apply(defer, work):
    def run():
        defer("retention.apply", timestamp=0)
        work()

    return run


@pytest.fixture
def age(sql):
    """Let everything be so many days older."""

    def older(days):
        sql(
            "UPDATE interactions SET updated_at = updated_at - make_interval(days => :days)",
            days=days,
        )

    return older


def say(adam, model_id="all", **rules):
    assert adam.put(f"/privacy/policies/{model_id}", rules).status_code == 200


def jobs(adam):
    return adam.read("/jobs", kind="retention")["items"]


def test_nothing_is_removed_where_nobody_says_so(alice, adam, apply, age, sql):
    alice.exchange("canary")
    age(1000)
    apply()
    assert sql("SELECT content FROM prompts") == [("canary",)]
    assert jobs(adam) == []


def test_texts_without_feedback_go_after_their_time(alice, adam, apply, age, sql):
    rated = alice.exchange("rated")
    alice.feedback(rated["response"]["id"])
    compared = alice.exchange("compared")
    other = created(alice.post(f"/prompts/{compared['prompt']['id']}/responses", {}))
    ranking = [[compared["response"]["id"]], [other["id"]]]
    body = {"prompt_id": compared["prompt"]["id"], "ranking": ranking}
    created(alice.post("/feedback/preferences", body))
    alice.exchange("old")
    say(adam, texts_days=30)
    age(31)
    alice.exchange("young")
    apply()
    found = sql("SELECT content FROM prompts ORDER BY id")
    assert found == [("rated",), ("compared",), ("",), ("young",)]
    gone = sql("SELECT content IS NULL AND raw IS NULL FROM responses ORDER BY id")
    assert gone == [(False,), (False,), (False,), (True,), (False,)]
    (job,) = jobs(adam)
    assert (job["status"], job["result"]) == ("succeeded", {"removed": {"all": {"texts": 1}}})
    assert job["progress"]["done"] == 1
    (event,) = adam.read("/events", type="retention.applied")["items"]
    assert event["data"] == {"model_id": "all", "texts": 1}
    assert adam.read(f"/privacy/policies/{MODEL}")["reached"].keys() == {"texts"}


def test_a_model_s_own_policy_stands_before_that_for_all(alice, adam, apply, age, sql):
    alice.exchange("canary")
    say(adam, texts_days=1)
    say(adam, MODEL, texts_days=100)
    age(31)
    apply()
    assert sql("SELECT content FROM prompts") == [("canary",)]
    age(100)
    apply()
    assert sql("SELECT content FROM prompts") == [("",)]


@pytest.fixture
def streamed(alice, sql):
    """Leave answers with what was sent and came, and a journal, of so many days ago."""

    def make(count, days):
        for _ in range(count):
            alice.response()
        sql(
            "UPDATE responses SET raw = 'raw', sent = '{}',"
            " due_at = due_at - make_interval(days => :days)",
            days=days,
        )
        sql("INSERT INTO response_chunks SELECT id, 0, ARRAY['canary'] FROM responses")

    return make


def left(sql):
    return sql(
        "SELECT count(raw), count(sent), (SELECT count(*) FROM response_chunks) FROM responses"
    )[0]


def test_what_was_sent_and_journals_go_without_the_answers(
    alice, adam, apply, streamed, sql, monkeypatch
):
    monkeypatch.setattr("app.services.retention.BATCH", 2)
    streamed(5, 0)
    say(adam, raw_days=30, chunks_days=7)
    apply()
    assert left(sql) == (5, 5, 5)
    monkeypatch.setattr("app.services.retention.first_id_at", lambda _: "f" * 32)
    apply()
    assert left(sql) == (0, 0, 0)
    assert sql("SELECT count(content) FROM responses") == [(5,)]
    assert jobs(adam)[0]["result"]["removed"] == {"all": {"raw": 5, "chunks": 5}}


def test_a_policy_that_goes_while_it_is_applied_removes_nothing_more(adam, apply, alice, sql, age):
    alice.exchange("canary")
    say(adam, MODEL, texts_days=1, raw_days=1)
    say(adam, MODEL)
    age(31)
    apply()
    assert sql("SELECT content FROM prompts") == [("canary",)]


def test_counts_of_tokens_go_when_no_budget_looks_at_them(apply, sql, monkeypatch):
    monkeypatch.setattr("app.jobs.upkeep._BATCH", 2)
    sql(
        "INSERT INTO token_usage (user_id, day)"
        " SELECT 'zoe', CAST(now() AT TIME ZONE 'UTC' AS date) - g FROM generate_series(0, 6) g"
    )
    apply()
    assert sql("SELECT count(*) FROM token_usage") == [(2,)]
