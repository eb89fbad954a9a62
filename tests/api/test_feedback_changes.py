"""Changing feedback: by its author, to the version that was seen, until somebody judges it."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.world import Person, problem

RATED = {
    "rating": "like",
    "overall_comment": "Good.",
    "dimension_ratings": [
        {"dimension_id": "accuracy", "score": 4, "justification": "Mostly."},
        {"dimension_id": "clarity", "score": 5},
    ],
}


@pytest.fixture
def given(alice):
    return alice.feedback(**RATED)


@pytest.fixture
def path(given):
    return f"/feedback/{given['id']}"


def changed(person, path, body, tag="*"):
    answer = person.patch(path, body, tag)
    assert answer.status_code == 200, answer.text
    return answer.json


def scores(feedback):
    return {one["dimension_name"]: one["score"] for one in feedback["dimension_ratings"]}


def test_what_is_said_changes_and_the_rest_stays(alice, given, path):
    answer = alice.patch(path, {"rating": "dislike", "correction": "Better so."}, '"1"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    after = answer.json
    assert after["updated_at"] > given["updated_at"]
    parts = {"rating": "dislike", "correction": "Better so.", "version": 2}
    assert after == {**given, **parts, "updated_at": after["updated_at"]}
    assert alice.read(path) == after


def test_null_takes_a_part_away_and_one_must_stay(alice, path):
    after = changed(alice, path, {"rating": None, "dimension_ratings": None})
    assert (after["rating"], after["dimension_ratings"]) == (None, [])
    told = problem(alice.patch(path, {"overall_comment": None}), 422, "invalid")
    assert "at least one of rating" in told["errors"]["_schema"][0]
    assert alice.read(path) == after


def test_ratings_replace_those_of_their_dimension(alice, path):
    ratings = [{"dimension_id": "clarity", "score": 1}, {"dimension_id": "relevance", "score": 2}]
    after = changed(alice, path, {"dimension_ratings": ratings})
    assert scores(after) == {"accuracy": 4, "clarity": 1, "relevance": 2}
    assert after["dimension_ratings"][0]["justification"] == "Mostly."
    assert alice.read(path) == after


def test_a_score_of_null_takes_a_rating_away(alice, given, path):
    (accuracy, _) = given["dimension_ratings"]
    for dimension_id, left in ((accuracy["dimension_id"], {"clarity": 5}), ("clarity", {})):
        gone = [{"dimension_id": dimension_id, "score": None}]
        assert scores(changed(alice, path, {"dimension_ratings": gone})) == left


def test_a_score_that_stays_keeps_the_version_of_its_scale(alice, adam, given, path):
    clarity = given["dimension_ratings"][1]["dimension_id"]
    adam.put(f"/dimensions/{clarity}", {"scale": {"type": "boolean"}})
    after = changed(alice, path, {"dimension_ratings": [{"dimension_id": "accuracy", "score": 2}]})
    kept = {one["dimension_name"]: one["dimension_version"] for one in after["dimension_ratings"]}
    assert kept == {"clarity": 1, "accuracy": 1}


def test_ratings_that_do_not_fit_are_refused_at_their_place(alice, given, path):
    ratings = [{"dimension_id": "clarity", "score": 9}, {"dimension_id": "charm", "score": 1}]
    told = problem(alice.patch(path, {"dimension_ratings": ratings}), 422, "invalid")
    assert told["errors"].keys() == {
        "dimension_ratings.0.score",
        "dimension_ratings.1.dimension_id",
    }
    assert alice.read(path) == given


def test_what_is_required_has_to_stay(alice, adam, path):
    adam.post("/dimensions", {"name": "safety", "required": True})
    assert changed(alice, path, {"rating": None})["version"] == 2
    ratings = [{"dimension_id": "clarity", "score": 2}]
    told = problem(alice.patch(path, {"dimension_ratings": ratings}), 422)
    assert told["errors"] == {"dimension_ratings._schema": ["'safety' must be rated"]}
    ratings.append({"dimension_id": "safety", "score": 3})
    changed(alice, path, {"dimension_ratings": ratings})
    changed(alice, path, {"dimension_ratings": ratings[:1]})


def test_the_same_said_again_is_no_change(alice, given, path):
    same = {"rating": "like", "dimension_ratings": RATED["dimension_ratings"][1:]}
    assert changed(alice, path, same) == given
    assert changed(alice, path, {}) == given
    assert alice.read(f"{path}/revisions")["items"] == []


def test_the_place_in_the_queue_follows(alice, vera, path):
    def waiting():
        (item,) = vera.read("/feedback/pending")["items"]
        return item["priority"], item["reasons"]

    before, _ = waiting()
    changed(alice, path, {"rating": "dislike", "flag": "Look."})
    after, reasons = waiting()
    assert (reasons["flagged"], reasons["disliked"], reasons["low_score"]) == (3.0, 1.0, 0.5)
    assert after > before + 3
    changed(alice, path, {"dimension_ratings": [{"dimension_id": "clarity", "score": 1}]})
    assert waiting()[1]["low_score"] == 2.0


def test_a_change_says_which_version_it_means(alice, path):
    answer = alice.call("PATCH", path, json={"rating": "dislike"})
    problem(answer, 428, "if_match_required")
    assert problem(alice.patch(path, {"rating": "dislike"}, '"2"'), 412, "stale")["version"] == 1
    problem(alice.patch(path, {"rating": "dislike"}, "1"), 412, "stale")
    assert alice.read(path)["version"] == 1


def test_r34_of_fifty_who_saw_the_same_version_one_changes_it(app, alice, given, path):
    def change(number):
        person = Person(app.test_client(), "alice", "user")
        return person.patch(path, {"overall_comment": f"thought {number}"}, '"1"')

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(change, range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 49
    assert {problem(one, 412)["version"] for one in answers if one.status_code == 412} == {2}
    (winner,) = [answer.json for answer in answers if answer.status_code == 200]
    assert alice.read(path) == winner
    (revision,) = alice.read(f"{path}/revisions")["items"]
    assert (revision["version"], revision["replaced"]) == (1, {"overall_comment": "Good."})


def test_nobody_but_its_author_changes_it(alice, bob, vera, adam, given, path):
    for reader in (vera, adam):
        problem(reader.patch(path, {"rating": "dislike"}), 403, "not_the_author")
    problem(bob.patch(path, {"rating": "dislike"}), 404, "not_found")
    problem(alice.patch(f"/feedback/{uuid4()}", {"rating": "dislike"}), 404, "not_found")
    assert alice.read(path) == given


def test_once_it_is_decided_it_stays(alice, vera, given, path):
    vera.verdict(given["id"])
    told = problem(alice.patch(path, {"rating": "dislike"}), 409, "feedback_decided")
    assert "validated" in told["detail"]
    problem(alice.patch(path, {"rating": "dislike"}, '"1"'), 412, "stale")


def send_back(person, given):
    body = {"verdict": "returned", "notes": "Which source?"}
    assert person.post(f"/validation/feedback/{given['id']}", body).status_code == 201


def test_a_verdict_of_this_round_holds_it_as_it_is(alice, vera, adam):
    adam.put("/validation/policies/all", {"validators": 2})
    given = alice.feedback(**RATED)
    path = f"/feedback/{given['id']}"
    vera.verdict(given["id"])
    problem(alice.patch(path, {"rating": "dislike"}), 409, "feedback_judged")
    send_back(adam, given)
    assert alice.post(f"{path}/resubmit").status_code == 200
    assert changed(alice, path, {"rating": "dislike"})["rating"] == "dislike"


def test_what_was_returned_may_be_changed_after_its_verdict(alice, vera, given, path):
    send_back(vera, given)
    assert changed(alice, path, {"rating": "dislike"})["status"] == "returned"


def test_what_it_was_can_be_read(alice, bob, vera, given, path):
    changed(alice, path, {"rating": "dislike"})
    changed(alice, path, {"overall_comment": None, "dimension_ratings": None})
    items = alice.read(f"{path}/revisions")["items"]
    assert vera.read(f"{path}/revisions")["items"] == items
    second = {
        "overall_comment": "Good.",
        "dimension_ratings": given["dimension_ratings"],
    }
    assert [(one["version"], one["replaced"]) for one in items] == [
        (2, second),
        (1, {"rating": "like"}),
    ]
    pages = alice.walk(f"{path}/revisions", limit=1)
    assert [item for page in pages for item in page] == items
    problem(bob.get(f"{path}/revisions"), 404)
    problem(alice.get(f"/feedback/{uuid4()}/revisions"), 404)


def test_the_log_tells_each_comment_as_it_was_and_holds_no_text(app, alice, adam, given, path):
    changed(alice, path, {"rating": "dislike"})
    changed(alice, path, {"overall_comment": "Worse."})
    changed(alice, path, {"flag": "Look."})
    changed(alice, path, {"overall_comment": None})
    said = adam.read("/events", type="update_message", limit=100)["items"]
    assert [(one["data"]["rating"], one["data"]["feedback"]) for one in said] == [
        ("like", "Good."),
        ("dislike", "Good."),
        ("dislike", "Worse."),
        ("dislike", ""),
    ]
    told = adam.read("/events", type="feedback.changed", limit=100)["items"]
    ids = {"feedback_id": given["id"], "response_id": given["response_id"]}
    assert [one["data"] for one in told] == [{**ids, "version": n} for n in (2, 3, 4, 5)]
    with app.app_context(), transaction() as session:
        rows = session.scalars(text("SELECT CAST(data AS text) FROM events")).all()
    assert [row for row in rows if "Worse" in row or "Good." in row] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rating": "love"}, "rating"),
        ({"overall_comment": " "}, "overall_comment"),
        ({"flag": 1}, "flag"),
        ({"status": "validated"}, "status"),
        ({"response_id": str(uuid4())}, "response_id"),
        ({"dimension_ratings": [{"dimension_id": "clarity"}]}, "dimension_ratings.0.score"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(alice, given, path, body, field):
    assert problem(alice.patch(path, body), 422, "invalid")["errors"].keys() == {field}
    assert alice.read(path) == given


def test_the_dataset_has_what_it_was_changed_to(alice, vera, given, path):
    changed(alice, path, {"correction": "Better so."})
    entry_id = vera.verdict(given["id"])["dataset_entry_id"]
    assert vera.read(f"/dataset/entry/{entry_id}")["response"] == "Better so."
