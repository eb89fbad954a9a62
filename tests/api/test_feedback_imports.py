"""Feedback imports over HTTP: our own forms, whom they rate, once each, and what is refused."""

import csv
import io
import json

import pytest

from app.db import transaction
from app.services import api_keys
from app.utils.spreadsheet import csv_rows
from tests.model_side import MODEL
from tests.world import Person, created, problem

KINDS = {"csv": "text/csv", "jsonl": "application/jsonl"}
EXCHANGE = {"prompt": "What is 2+2?", "response": "Five.", "model_id": "acme/old"}
RATED = {"external_id": "r-1", "user_id": "kim", **EXCHANGE, "rating": "dislike"}


def send(person, *values, form="jsonl", kind=None, **query):
    raw = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in values)
    return person.post(
        "/feedback/import",
        None,
        data=raw,
        content_type=kind or KINDS.get(form, "application/json"),
        query_string={"format": form, **query},
    )


def report(answer):
    assert answer.status_code == 200, answer.text
    return answer.json


def counts(answer):
    said = report(answer)
    return said["accepted"], said["repeated"], said["refused_count"]


def refusals(answer):
    return [(one["line"], one["problem"]["code"]) for one in report(answer)["refused"]]


def faults(answer):
    (refused,) = report(answer)["refused"]
    return refused["problem"].get("errors", refused["problem"])


@pytest.fixture
def pending(vera):
    """Return what waits for a verdict, by its author."""

    def read():
        items = vera.read("/feedback/pending", limit=100)["items"]
        return {one["user_id"]: one for one in items}

    return read


@pytest.fixture
def origins(app):
    """Return where imported feedback came from."""

    def read():
        with app.app_context(), transaction() as session:
            query = (
                "SELECT importer, source, external_id, user_id, given_at::text FROM"
                " imported_feedback i JOIN feedback f ON f.id = i.feedback_id ORDER BY external_id"
            )
            return [tuple(row) for row in session.connection().exec_driver_sql(query)]

    return read


def test_a_line_with_its_exchange_becomes_pending_feedback_with_its_origin(adam, pending, origins):
    line = {
        **RATED,
        "source": "our-old-tool",
        "created_at": "2024-05-01T10:00:00Z",
        "owner_id": "lee",
        "title": "Sums",
        "dimension_ratings": [
            {"dimension_id": "accuracy", "score": 1, "justification": "It is four."}
        ],
        "overall_comment": "Wrong.",
        "correction": "Four.",
        "flag": {"reason": "other", "note": "Sums"},
        "spans": [{"start": 0, "end": 4, "text": "Five", "dimension_id": "accuracy"}],
    }
    assert counts(send(adam, line)) == (1, 0, 0)
    given = pending()["kim"]
    assert (given["status"], given["rating"], given["correction"]) == (
        "pending", "dislike", "Four.",
    )  # fmt: skip
    (score,) = given["dimension_ratings"]
    assert (score["dimension_name"], score["score"], score["justification"]) == (
        "accuracy", 1, "It is four.",
    )  # fmt: skip
    assert given["flag"] == {"reason": "other", "note": "Sums"}
    assert given["spans"][0]["text"] == "Five"
    interaction = adam.read(f"/interactions/{given['interaction_id']}")
    assert (interaction["user_id"], interaction["model_id"]) == ("lee", "acme/old")
    assert origins() == [("adam", "our-old-tool", "r-1", "kim", "2024-05-01 10:00:00+00")]
    origin = given["provenance"]
    assert origin == adam.read(f"/feedback/{given['id']}")["provenance"]
    assert origin.pop("imported_at") >= given["created_at"][:10]
    assert origin == {
        "source": "our-old-tool",
        "external_ids": ["r-1"],
        "given_at": "2024-05-01T10:00:00+00:00",
    }


def test_where_feedback_came_from_names_nobody_who_is_hidden(adam, vera, pending):
    adam.put("/validation/policies/acme/old", {"validators": 2, "blind": True})
    send(adam, {**RATED, "source": "tool"})
    (waiting,) = vera.read("/feedback/pending")["items"]
    origin = waiting["provenance"]
    assert (waiting["user_id"], origin["source"], origin["external_ids"]) == (None, "tool", [])
    assert origin["given_at"] is None


def test_what_is_given_here_came_from_nowhere(alice):
    given = alice.feedback()
    assert given["provenance"] is None
    assert alice.read(f"/feedback/{given['id']}")["provenance"] is None


def test_it_counts_only_once_somebody_has_validated_it(adam, vera, pending):
    send(adam, {**RATED, "correction": "Four."})
    assert adam.read("/dataset/model/acme/old")["items"] == []
    entry_id = vera.verdict(pending()["kim"]["id"])["dataset_entry_id"]
    entry = adam.read(f"/dataset/entry/{entry_id}")
    assert (entry["response"], entry["original_response"]) == ("Four.", "Five.")


def test_several_people_rate_one_exchange(adam, pending):
    lines = [{**RATED, "external_id": name, "user_id": name} for name in ("kim", "lou")]
    assert counts(send(adam, *lines)) == (2, 0, 0)
    assert len({one["response_id"] for one in pending().values()}) == 1


def test_the_same_again_is_repeated_and_another_under_its_id_refused(adam, eve_admin):
    assert counts(send(adam, RATED)) == (1, 0, 0)
    again = dict(reversed(RATED.items()))
    answer = send(adam, again, {**RATED, "rating": "like"}, {**RATED, "source": "elsewhere"})
    assert counts(answer) == (0, 1, 2)
    # From another system it would be new, and is the same person's for the same response.
    assert refusals(answer) == [(2, "external_id_taken"), (3, "feedback_exists")]
    without = {name: one for name, one in RATED.items() if name != "external_id"}
    assert counts(send(eve_admin, without)) == (1, 0, 0)
    assert counts(send(eve_admin, without)) == (0, 1, 0)


@pytest.fixture
def eve_admin(app):
    return Person(app.test_client(), "eve", "admin")


def test_responses_go_by_their_id_or_by_their_imported_conversation(alice, adam, pending):
    response_id = alice.response()["id"]
    chat = {
        "id": "chat-7",
        "messages": [
            {"role": ("user", "assistant")[place % 2], "content": f"{place}"} for place in range(5)
        ],
    }
    path = "/interactions/import"
    adam.post(path, None, data=json.dumps(chat), content_type="application/jsonl",
              query_string={"model_id": MODEL})  # fmt: skip
    by_chat = {"conversation_id": "chat-7", "rating": "like"}
    lines = [
        {"user_id": "a", "response_id": response_id, "rating": "like"},
        {"user_id": "b", **by_chat, "turn": 1},
        {"user_id": "c", **by_chat},
    ]
    assert counts(send(adam, *lines)) == (3, 0, 0)
    found = {name: adam.read(f"/responses/{one['response_id']}") for name, one in pending().items()}
    assert {name: one["content"] for name, one in found.items() if name != "a"} == {
        "b": "1", "c": "3",
    }  # fmt: skip
    answer = send(
        adam,
        {"user_id": "d", **by_chat, "turn": 3},
        {"user_id": "d", **by_chat, "conversation_id": "chat-8"},
        {"user_id": "d", "response_id": "00000000-0000-7000-8000-000000000000", "rating": "like"},
        {"user_id": "a", "external_id": "x", "response_id": response_id, "rating": "like"},
    )
    assert refusals(answer) == [
        (1, "not_found"), (2, "not_found"), (3, "not_found"), (4, "feedback_exists"),
    ]  # fmt: skip


def test_what_the_service_says_of_feedback_can_come_in_again(alice, adam, pending):
    alice.feedback(rating="like", dimension_ratings=[{"dimension_id": "clarity", "score": 2}])
    (item,) = alice.read("/feedback/user")["items"]
    assert counts(send(adam, {**item, "user_id": "kim"})) == (1, 0, 0)
    given = pending()["kim"]
    same = ("response_id", "rating", "dimension_ratings", "overall_comment", "spans")
    assert {name: given[name] for name in same} == {name: item[name] for name in same}


def table(*rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def test_csv_has_scores_in_columns_and_texts_of_many_lines(adam, pending):
    row = {**RATED, "score:accuracy": "2", "why:accuracy": "=1+1", "overall_comment": 'Ä\n\n"b"'}
    other = {**dict.fromkeys(row, ""), **EXCHANGE, "user_id": "lou", "rating": "like"}
    blank = dict.fromkeys(row, "")
    assert counts(send(adam, table(row, blank, other), form="csv")) == (2, 0, 0)
    (score,) = pending()["kim"]["dimension_ratings"]
    assert (score["score"], score["justification"]) == (2, "=1+1")
    assert pending()["kim"]["overall_comment"] == 'Ä\n\n"b"'
    assert pending()["lou"]["rating"] == "like"


def test_csv_may_have_categories_and_conversations_in_cells(adam, pending):
    tones = {"type": "categorical", "categories": ["kind", "rude"]}
    created(adam.post("/dimensions", {"name": "tone", "scale": tones}))
    chat = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    row = {"user_id": "kim", "messages": json.dumps(chat), "model_id": "acme/x", "turn": 1,
           "score:tone": "kind", "flag": "Look"}  # fmt: skip
    assert counts(send(adam, table(row), form="csv")) == (1, 0, 0)
    assert pending()["kim"]["dimension_ratings"][0]["score"] == "kind"


def test_csv_as_this_service_writes_it_comes_in_as_it_was(adam, pending):
    flag = {"reason": "spam", "note": None}
    ratings = [{"dimension_id": "accuracy", "score": 4}]
    row = {**RATED, "overall_comment": "=cmd()", "flag": flag, "dimension_ratings": ratings,
           "correction": "'quoted'"}  # fmt: skip
    assert counts(send(adam, csv_rows([row, row.values()]), form="csv")) == (1, 0, 0)
    given = pending()["kim"]
    assert (given["overall_comment"], given["correction"]) == ("=cmd()", "'quoted'")
    assert given["flag"] == flag


BAD_ROWS = {
    "too few cells": (b"kim,like", "malformed"),
    "a quote that goes on": (b'kim,"like"x,p,r,m', "malformed"),
    "no UTF-8": (b"kim,like,p,r\xff,m", "malformed"),
    "NUL": (b"kim,like,p\0,r,m", "invalid"),
    "an endless line": (b"kim,like,p,r," + b"m" * 8_600_000, "line_too_long"),
    "an endless cell": (b"kim,like,p,r," + b"m" * 1_000_001, "malformed"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_row_that_does_not_fit_is_refused_and_the_others_go_on(adam, name):
    raw, code = BAD_ROWS[name]
    header, sound = b"user_id,rating,prompt,response,model_id", b"%s,like,p,r,acme/old"
    answer = send(adam, header, sound % b"a", raw, sound % b"b", form="csv")
    assert counts(answer) == (2, 0, 1)
    assert refusals(answer) == [(3, code)]


def test_a_row_without_an_end_is_given_up_and_the_lines_behind_it_are_read(adam):
    header, sound = b"user_id,rating,prompt,response,model_id", b"a,like,p,r,acme/old"
    endless = b'"' + b'","\n' * 2_100_000
    answer = send(adam, header, endless, sound, form="csv")
    assert report(answer)["refused"][0]["problem"]["code"] == "line_too_long"
    assert report(answer)["accepted"] == 1


@pytest.mark.parametrize("header", [b"user_id,user_id", b"user_id,,rating"])
def test_a_header_that_is_none_refuses_the_whole_file(adam, header):
    problem(send(adam, header, b"a,b,c", form="csv"), 422, "invalid")


FIELDS = {
    "rating": ["up", 5],
    "turn": [0, True, "one", 10**9],
    "flag": [1.5, {"reason": "odd"}, {"note": "x"}, "a" * 2_001],
    "dimension_ratings": [
        {}, [5], [{"score": 3}], [{"dimension_id": "accuracy", "score": [1]}],
        [{"dimension_id": "accuracy", "score": "a" * 201}],
        [{"dimension_id": "accuracy", "score": 9}], [{"dimension_id": "accuracy"}],
        [{"dimension_id": "accuracy", "score": 3, "weight": 2}],
        [{"dimension_id": "accuracy", "score": 3}] * 51,
    ],
    "overall_comment": ["a" * 20_001, []],
    "correction": [{"text": "x"}],
    "cannot_judge": ["yes", True],
    "spans": [[{"start": -1, "end": 2, "text": "x"}], [{"start": 0, "end": 1}],
              [{"start": 0, "end": True, "text": "F"}], [{"start": 0, "end": 1, "text": "x"}]],
    "user_id": ["a" * 256, "a\nb", " "],
    "response_id": ["5", "x"],
    "prompt": [5],
    "messages": ["x", [5]],
    "created_at": ["yesterday", "2999-01-01"],
    "external_id": ["a" * 256],
    "source": ["a" * 101],
    "title": ["a" * 201],
    "sentiment": ["good"],
    "model_id": ["", "a//b"],
}  # fmt: skip


def test_fields_that_do_not_fit_refuse_their_line(adam):
    named = [(name, one) for name, values in FIELDS.items() for one in values]
    lines = enumerate(named)
    bad = [{**RATED, "external_id": f"bad-{place}", name: one} for place, (name, one) in lines]
    answer = send(adam, *bad, {**RATED, "external_id": "sound"})
    assert counts(answer) == (1, 0, len(bad))
    assert {one["problem"]["code"] for one in report(answer)["refused"]} == {"invalid"}


NOTHING = [
    ({name: one for name, one in RATED.items() if name != "rating"}, "_schema"),
    ({"user_id": "kim", "rating": "like"}, "response_id"),
    ({**EXCHANGE, "rating": "like"}, "user_id"),
    ({**RATED, "model_id": None}, "model_id"),
]


@pytest.mark.parametrize(("line", "field"), NOTHING, ids=["part", "response", "rater", "model"])
def test_what_a_line_needs_is_named_where_it_is_missing(adam, line, field):
    assert list(faults(send(adam, line))) == [field]


def test_the_query_says_who_rated_and_which_model_where_lines_do_not(adam, pending):
    line = {"prompt": "a", "response": "b", "overall_comment": "  ", "rating": "like"}
    assert counts(send(adam, line, user_id="lou", model_id="acme/x")) == (1, 0, 0)
    assert pending()["lou"]["overall_comment"] is None


def test_an_exchange_without_an_answer_has_nothing_to_rate(adam):
    line = {"user_id": "kim", "prompt": "Why?", "model_id": "acme/x", "rating": "like"}
    assert refusals(send(adam, line)) == [(1, "not_found")]
    assert adam.read("/interactions")["items"] == []


def test_a_missing_dimension_is_named_with_what_to_do_and_leaves_nothing_behind(adam, pending):
    line = {**RATED, "dimension_ratings": [{"dimension_id": "wit", "score": 2}]}
    assert faults(send(adam, line)) == {
        "dimension_ratings.0.dimension_id": [
            "there is no dimension 'wit' for this model",
            "POST /dimensions creates one, dimension= maps scores to another",
        ]
    }
    assert adam.read("/interactions")["items"] == []
    created(adam.post("/dimensions", {"name": "wit"}))
    assert counts(send(adam, line)) == (1, 0, 0)
    assert pending()["kim"]["dimension_ratings"][0]["dimension_name"] == "wit"


@pytest.mark.parametrize(
    "raw",
    [b"{", b"[]", b'{"x":"\xff"}', b'{"x":NaN}', b'{"x":"\\ud800"}', b'{"x":' + b"[" * 5000],
    ids=["cut", "array", "bytes", "NaN", "surrogate", "bomb"],
)
def test_a_hostile_line_is_refused_and_the_others_go_on(adam, raw):
    other = {**RATED, "external_id": "r-2", "user_id": "lou"}
    answer = send(adam, RATED, raw, b"", other)
    assert counts(answer) == (2, 0, 1)
    assert refusals(answer) == [(2, "malformed")]


def test_only_who_may_import_for_all_may_and_no_other_kind_of_body(app, alice, vera, adam):
    for person in (alice, vera):
        problem(send(person, RATED), 403)
    problem(send(adam, RATED, kind="text/plain"), 415)
    problem(send(adam, RATED, form="xml"), 422)
    with app.app_context(), transaction() as session:
        key = api_keys.create(session, name="importer", scopes=["feedback:import_all"])
    service = Person(app.test_client(), "service", "user")
    service.headers = {"X-API-Key": key}
    answer = send(service, RATED, {**RATED, "external_id": "r-2", "owner_id": "lee"})
    assert counts(answer) == (1, 0, 1)
    assert refusals(answer) == [(2, "forbidden")]
