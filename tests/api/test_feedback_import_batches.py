"""Feedback that comes in together: as if line by line, in a few statements, each line by itself."""

import json

import pytest

from app.db import transaction
from tests.api.test_feedback_imports import counts, refusals, send
from tests.statements import statements

OURS = {"source": "s", "model_id": "acme/old"}
LONG = "The answer leaves out where the numbers of the second table were taken from."
CHAT = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Ho"},
    {"role": "user", "content": "Why?"},
    {"role": "assistant", "content": "Because."},
]


def exchange(number, **more):
    return {**OURS, "prompt": f"{number}?", "response": f"{number}.", **more}


# Several people on one answer, much the same text again and again, a conversation that is
# told of by several, scores that do not fit, the same again, and nobody.
LINES = [
    exchange(1, external_id="1", user_id="kim", rating="like"),
    exchange(1, external_id="2", user_id="lou", rating="dislike", overall_comment=LONG),
    exchange(1, external_id="3", user_id="mia", rating="like", correction="One."),
    exchange(1, external_id="4", user_id="kim", rating="like"),
    exchange(2, external_id="5", user_id="kim", overall_comment=LONG, flag="Look"),
    exchange(3, external_id="6", user_id="lou", overall_comment=f"{LONG} Really.",
             dimension_ratings=[{"dimension_id": "accuracy", "score": 2, "justification": "No"}]),
    exchange(4, external_id="7", user_id="kim",
             dimension_ratings=[{"dimension_id": "wit", "score": 2}]),
    exchange(4, external_id="8", user_id="lou",
             spans=[{"start": 0, "end": 1, "text": "4", "dimension_id": "accuracy"}]),
    exchange(4, external_id="9", user_id="kim",
             spans=[{"start": 0, "end": 1, "text": "5"}]),
    {**OURS, "external_id": "10", "conversation_id": "c", "owner_id": "lee", "user_id": "kim",
     "messages": CHAT, "turn": 1, "rating": "dislike"},
    {**OURS, "external_id": "11", "conversation_id": "c", "user_id": "lou", "rating": "like"},
    {**OURS, "external_id": "12", "conversation_id": "c", "user_id": "lou", "turn": 2,
     "rating": "like"},
    {**OURS, "external_id": "13", "conversation_id": "d", "owner_id": "lee", "user_id": "lee",
     "messages": CHAT, "turn": 3, "rating": "like"},
    {**OURS, "external_id": "14", "conversation_id": "d", "user_id": "lou", "rating": "like"},
    {**OURS, "external_id": "15", "conversation_id": "c", "user_id": "mia",
     "prompt": "Another?", "response": "No.", "rating": "like"},
    exchange(1, external_id="2", user_id="lou", rating="dislike", overall_comment=LONG),
    exchange(1, external_id="2", user_id="lou", rating="like"),
    exchange(5, external_id="16", rating="like"),
    exchange(6, external_id="17", user_id="mia", cannot_judge=True, overall_comment=LONG),
]  # fmt: skip
CODES = [
    (4, "feedback_exists"), (7, "invalid"), (9, "invalid"), (12, "feedback_exists"),
    (13, "not_found"), (14, "not_found"), (15, "external_id_taken"),
    (17, "external_id_taken"), (18, "invalid"),
]  # fmt: skip


@pytest.fixture
def stored(app):
    """Return what the tables hold that an import fills, without ids, times and what counts them."""
    queries = {
        "feedback": "SELECT user_id, owner_id, f.model_id, rating, overall_comment, correction,"
        " flag, cannot_judge, factors, reasons, stances, validators, quorum, blind, f.version,"
        " r.content, round((priority + 0.5 * extract(epoch FROM f.created_at -"
        " '2026-01-01'::timestamptz) / 86400)::numeric, 3)"
        " FROM feedback f JOIN responses r ON r.id = f.response_id"
        " ORDER BY r.content, user_id",
        "scores": "SELECT f.user_id, d.name, s.score, s.justification FROM dimension_ratings s"
        " JOIN feedback f ON f.id = s.feedback_id JOIN dimensions d ON d.id = s.dimension_id",
        "spans": "SELECT f.user_id, start, stop FROM feedback_spans s"
        " JOIN feedback f ON f.id = s.feedback_id",
        "sketches": "SELECT f.user_id, band_1, band_2, band_3 FROM feedback_sketches s"
        " JOIN feedback f ON f.id = s.feedback_id ORDER BY 1, 2",
        "origins": "SELECT importer, source, external_id, user_id FROM imported_feedback i"
        " JOIN feedback f ON f.id = i.feedback_id ORDER BY external_id",
        "conversations": "SELECT external_id FROM imported_conversations WHERE"
        " left(external_id, 6) <> 'sha256' ORDER BY 1",
        "messages": "SELECT content FROM prompts UNION ALL SELECT content FROM responses"
        " ORDER BY 1",
        "events": "SELECT type, actor, count(*) FROM events WHERE interaction_id IS NOT NULL"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        "days": "SELECT user_id, feedback FROM contributor_days ORDER BY 1",
    }

    def read():
        with app.app_context(), transaction() as session:
            run = session.connection().exec_driver_sql
            return {name: [tuple(row) for row in run(sql)] for name, sql in queries.items()}

    return read


@pytest.fixture
def empty(app):
    def clear():
        with app.app_context(), transaction() as session:
            tables = "interactions, events, contributor_days, contributors"
            session.connection().exec_driver_sql(f"TRUNCATE {tables} CASCADE")

    return clear


def test_lines_come_in_together_as_they_would_one_by_one(adam, stored, empty):
    answers = [send(adam, line) for line in LINES]
    codes = [(n, code) for n, one in enumerate(answers, 1) for _, code in refusals(one)]
    assert codes == CODES
    one_by_one = stored()
    assert one_by_one["days"] == [("kim", 3), ("lou", 4), ("mia", 2)]
    empty()
    together = send(adam, *LINES)
    assert counts(together) == (len(LINES) - len(CODES) - 1, 1, len(CODES))
    assert refusals(together) == CODES
    assert stored() == one_by_one
    assert counts(send(adam, *LINES))[:2] == (0, len(LINES) - len(CODES))
    assert stored() == one_by_one


def test_a_policy_holds_for_what_comes_in_together(adam, pending_rows):
    adam.put("/validation/policies/acme/old", {"validators": 3, "blind": True,
             "priority": {"disliked": 5}})  # fmt: skip
    other = exchange(1, user_id="lou", rating="dislike", model_id="acme/new")
    assert counts(send(adam, exchange(1, user_id="kim", rating="dislike"), other)) == (2, 0, 0)
    assert pending_rows() == [("kim", 3, True, 5.0), ("lou", 1, False, 1.0)]


@pytest.fixture
def pending_rows(app):
    def read():
        query = (
            "SELECT user_id, validators, blind, (reasons ->> 'disliked')::float8 FROM feedback"
            " ORDER BY user_id"
        )
        with app.app_context(), transaction() as session:
            return [tuple(row) for row in session.connection().exec_driver_sql(query)]

    return read


def test_many_lines_take_no_more_statements_than_few(app, adam):
    def taken(first, last):
        lines = [exchange(n, external_id=str(n), user_id=f"p-{n}", rating="like",
                          overall_comment=f"{LONG} {n}") for n in range(first, last)]  # fmt: skip
        with statements(app) as executed:
            assert counts(send(adam, *lines)) == (len(lines), 0, 0)
        return len(executed)

    assert taken(0, 200) <= taken(200, 205)


def test_a_batch_ends_where_the_lines_grow_long(adam):
    long = "a" * 900_000
    lines = [exchange(n, user_id="kim", rating="like", correction=f"{long}{n}") for n in range(6)]
    assert counts(send(adam, *lines, b"[]")) == (6, 0, 1)
    assert counts(send(adam, *lines)) == (0, 6, 0)


def test_lines_beyond_a_batch_know_those_before_them(adam):
    lines = [exchange(n % 300, external_id=str(n), user_id="kim", rating="like")
             for n in range(400)]  # fmt: skip
    answer = send(adam, *lines)
    assert counts(answer) == (300, 0, 100)
    assert refusals(answer) == [(n, "feedback_exists") for n in range(301, 401)]


def score(number, name, value, **more):
    return {"id": f"s-{number}", "traceId": "t-1", "name": name, "value": value, "source": "API",
            "dataType": "NUMERIC", "authorUserId": "kim", **more}  # fmt: skip


@pytest.fixture
def trace(adam):
    chat = {"id": "t-1", "messages": [{"role": "user", "content": "Hi"},
                                      {"role": "assistant", "content": "Ho"}]}  # fmt: skip
    adam.post("/interactions/import", None, content_type="application/jsonl",
              data=json.dumps(chat), query_string={"model_id": "acme/old"})  # fmt: skip


def test_scores_that_come_together_are_one_feedback_and_those_that_do_not_fit_are_not_of_it(
    adam, vera, trace, stored
):
    scores = [
        score(1, "accuracy", 4),
        score(2, "clarity", 9),
        score(3, "clarity", 3, comment=LONG),
        score(4, "accuracy", 2),
        score(5, "remark", None, dataType="TEXT", stringValue=LONG),
    ]
    answer = send(adam, *scores, form="langfuse")
    assert (counts(answer), refusals(answer)) == (
        (3, 0, 2),
        [(2, "invalid"), (4, "said_before")],
    )
    (given,) = vera.read("/feedback/pending")["items"]
    assert (given["version"], given["overall_comment"]) == (1, f"remark: {LONG}")
    assert [one["score"] for one in given["dimension_ratings"]] == [4, 3]
    assert [one[2] for one in stored()["origins"]] == ["s-1", "s-3", "s-5"]
    later = [score(6, "helpfulness", 8), score(7, "helpfulness", 5), score(8, "relevance", 1)]
    answer = send(adam, *later, form="langfuse")
    assert (counts(answer), refusals(answer)) == ((2, 0, 1), [(1, "invalid")])
    changed = adam.read(f"/feedback/{given['id']}")
    assert changed["version"] == 3
    assert [one["score"] for one in changed["dimension_ratings"]] == [4, 3, 5, 1]
    assert counts(send(adam, *scores[:1], *later[1:], form="langfuse")) == (0, 3, 0)
