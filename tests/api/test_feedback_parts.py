"""Parts of feedback beyond a score: flags with reasons, what nobody can judge, and spans."""

import pytest

from tests.model_side import MODEL, Reply
from tests.world import created, problem

# Characters of one, two, three and four bytes, and two that are one to the eye.
ANSWER = "Das heißt: 値 and 🙂 and e\u0301 end."


@pytest.fixture
def response_id(alice, model_side):
    model_side.query_reply = lambda _: Reply([{"generated_text": ANSWER}])
    return alice.response()["id"]


def refused(person, response_id, **parts):
    answer = person.post("/feedback", {"response_id": response_id, **parts})
    return problem(answer, 422, "invalid")["errors"]


def span(text, start=None, **more):
    start = ANSWER.index(text) if start is None else start
    return {"start": start, "end": start + len(text), "text": text, **more}


@pytest.mark.parametrize("reason", ["spam", "unsafe", "pii", "off_topic", "other"])
def test_a_flag_may_have_a_reason(alice, response_id, reason):
    given = alice.feedback(response_id, flag={"reason": reason})
    assert given["flag"] == {"reason": reason, "note": None}
    assert alice.read(f"/feedback/{given['id']}") == given


def test_a_flag_is_given_back_as_it_was_given_and_changes_its_form(alice, vera, response_id):
    given = alice.feedback(response_id, flag="Look at this.")
    path = f"/feedback/{given['id']}"
    flag = {"reason": "pii", "note": "A name."}
    assert given["flag"] == "Look at this."
    assert alice.patch(path, {"flag": flag}).json["flag"] == flag
    assert alice.read(path)["flag"] == flag
    (waiting,) = vera.read("/feedback/pending")["items"]
    assert (waiting["flag"], waiting["reasons"]["flagged"]) == (flag, 3.0)
    assert alice.patch(path, {"flag": {"reason": "pii"}}).json["flag"]["note"] is None
    assert alice.patch(path, {"flag": None, "rating": "like"}).json["flag"] is None
    kept = [one["replaced"]["flag"] for one in alice.read(f"{path}/revisions")["items"]]
    assert kept == [{"reason": "pii", "note": None}, flag, "Look at this."]


@pytest.mark.parametrize(
    ("flag", "field"),
    [
        ({"reason": "rude"}, "flag.reason"),
        ({}, "flag.reason"),
        ({"reason": "spam", "note": " "}, "flag.note"),
        ({"reason": "spam", "severity": 3}, "flag.severity"),
        (["spam"], "flag"),
        ("", "flag"),
    ],
)
def test_a_flag_that_does_not_fit_is_refused(alice, response_id, flag, field):
    assert refused(alice, response_id, flag=flag).keys() == {field}


def test_who_cannot_judge_says_so_and_why(alice, vera, response_id):
    given = alice.feedback(response_id, cannot_judge=True, cannot_judge_reason="Not my field.")
    assert (given["cannot_judge"], given["cannot_judge_reason"]) == (True, "Not my field.")
    assert alice.read(f"/feedback/{given['id']}") == given
    assert vera.feedback(response_id, cannot_judge=True)["cannot_judge_reason"] is None


def test_a_dimension_that_cannot_be_judged_has_no_score(alice, vera, response_id):
    ratings = [
        {"dimension_id": "accuracy", "score": None, "cannot_judge": True,
         "cannot_judge_reason": "No source."},
        {"dimension_id": "clarity", "score": 3},
    ]  # fmt: skip
    given = alice.feedback(response_id, dimension_ratings=ratings)
    accuracy, clarity = given["dimension_ratings"]
    assert (accuracy["score"], accuracy["cannot_judge"]) == (None, True)
    assert accuracy["cannot_judge_reason"] == "No source."
    assert (clarity["score"], clarity["cannot_judge"]) == (3, False)
    assert alice.read(f"/feedback/{given['id']}") == given
    (waiting,) = vera.read("/feedback/pending")["items"]
    assert waiting["reasons"]["low_score"] == 1.0
    entry_id = vera.verdict(given["id"])["dataset_entry_id"]
    entry = vera.read(f"/dataset/entry/{entry_id}")
    assert entry["quality_ratings"] == {"clarity": 3}
    assert [one["score"] for one in entry["provenance"]["ratings"]] == [None, 3]
    assert vera.read("/validation/stats")["agreement"].keys() == {"clarity"}


def test_what_is_required_is_answered_by_not_judging_too(alice, adam, response_id):
    created(adam.post("/dimensions", {"name": "safety", "required": True}))
    ratings = [{"dimension_id": "safety", "score": None, "cannot_judge": True}]
    assert alice.feedback(response_id, dimension_ratings=ratings)["rating"] is None


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"cannot_judge": True, "rating": "like"}, "cannot_judge"),
        (
            {"cannot_judge": True, "dimension_ratings": [{"dimension_id": "clarity", "score": 1}]},
            "cannot_judge",
        ),
        ({"rating": "like", "cannot_judge_reason": "No."}, "cannot_judge_reason"),
        ({"cannot_judge": "true"}, "cannot_judge"),
        ({"cannot_judge": False}, "_schema"),
        (
            {"dimension_ratings": [{"dimension_id": "clarity", "score": 1, "cannot_judge": True}]},
            "dimension_ratings.0.score",
        ),
        (
            {"dimension_ratings": [
                {"dimension_id": "clarity", "score": 1, "cannot_judge_reason": "No."}
            ]},
            "dimension_ratings.0.cannot_judge_reason",
        ),
        (
            {"dimension_ratings": [{"dimension_id": "clarity", "score": None}]},
            "dimension_ratings.0.score",
        ),
    ],
)  # fmt: skip
def test_who_cannot_judge_does_not_judge(alice, response_id, parts, field):
    assert refused(alice, response_id, **parts).keys() == {field}
    assert alice.read("/feedback/user")["items"] == []


def test_not_judging_can_be_taken_back_and_its_reason_goes_along(alice, response_id):
    given = alice.feedback(response_id, cannot_judge=True, cannot_judge_reason="Not yet.")
    path = f"/feedback/{given['id']}"
    problem(alice.patch(path, {"rating": "like"}), 422)
    problem(alice.patch(path, {"cannot_judge": None}), 422)
    after = alice.patch(path, {"cannot_judge": False, "rating": "like"}).json
    assert (after["cannot_judge"], after["cannot_judge_reason"]) == (False, None)
    (revision,) = alice.read(f"{path}/revisions")["items"]
    assert revision["replaced"] == {
        "rating": None,
        "cannot_judge": True,
        "cannot_judge_reason": "Not yet.",
    }


def test_a_score_can_be_changed_to_not_judging_and_back(alice, response_id):
    ratings = [{"dimension_id": "clarity", "score": 1}, {"dimension_id": "accuracy", "score": 2}]
    path = f"/feedback/{alice.feedback(response_id, dimension_ratings=ratings)['id']}"
    cannot = {"dimension_id": "clarity", "score": None, "cannot_judge": True}
    after = alice.patch(path, {"dimension_ratings": [cannot]}).json
    assert [one["score"] for one in after["dimension_ratings"]] == [2, None]
    after = alice.patch(path, {"dimension_ratings": [{**ratings[1], "score": 4}]}).json
    assert [one["score"] for one in after["dimension_ratings"]] == [None, 4]
    after = alice.patch(path, {"dimension_ratings": ratings}).json
    assert [one["score"] for one in after["dimension_ratings"]] == [1, 2]


@pytest.mark.parametrize("text", ["Das heißt", "値", "🙂 and", "e\u0301", "end.", ANSWER])
def test_a_span_counts_code_points_and_quotes_the_response(alice, response_id, text):
    given = alice.feedback(response_id, spans=[span(text)])
    assert given["spans"] == [span(text, dimension_id=None, note=None)]
    assert alice.read(f"/feedback/{given['id']}") == given


def test_a_span_may_have_a_note_and_a_dimension(alice, response_id):
    (accuracy,) = (
        one
        for one in alice.read(f"/dimensions/model/{MODEL}")["items"]
        if one["name"] == "accuracy"
    )
    spans = [
        span("and", dimension_id="accuracy", note="Or?"),
        span("and", start=ANSWER.rindex("and"), dimension_id=accuracy["id"]),
    ]
    given = alice.feedback(response_id, rating="like", spans=spans)
    assert [one["dimension_id"] for one in given["spans"]] == [accuracy["id"]] * 2
    assert [one["note"] for one in given["spans"]] == ["Or?", None]
    assert alice.read("/feedback/user")["items"] == [given]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (span("value", start=3), "spans.0.text"),
        (span("das heißt", start=0), "spans.0.text"),
        ({"start": 0, "end": 2, "text": "Das"}, "spans.0.text"),
        (span("\u00e9", start=ANSWER.index("e\u0301")), "spans.0.text"),
        ({"start": 3, "end": 3, "text": "x"}, "spans.0.end"),
        ({"start": 5, "end": 3, "text": "x"}, "spans.0.end"),
        ({"start": 0, "end": len(ANSWER) + 1, "text": ANSWER}, "spans.0.end"),
        ({"start": -1, "end": 3, "text": "x"}, "spans.0.start"),
        ({"start": 0, "end": 2**31, "text": "x"}, "spans.0.end"),
        ({"start": 0.0, "end": 3, "text": "Das"}, "spans.0.start"),
        ({"start": 0, "end": 3}, "spans.0.text"),
        (span("Das", dimension_id="charm"), "spans.0.dimension_id"),
        (span("Das", color="red"), "spans.0.color"),
    ],
)
def test_a_span_that_is_not_in_the_response_is_refused(alice, response_id, given, field):
    assert refused(alice, response_id, spans=[given]).keys() == {field}


def test_spans_are_at_most_fifty_and_each_fault_is_named(alice, response_id):
    assert refused(alice, response_id, spans=[span("and")] * 51).keys() == {"spans"}
    mixed = [span("and"), span("AND", start=0), span("Das"), span("Dos", start=0)]
    assert refused(alice, response_id, spans=mixed).keys() == {"spans.1.text", "spans.3.text"}
    assert len(alice.feedback(response_id, spans=[span("and")] * 50)["spans"]) == 50


def test_spans_are_replaced_as_a_whole_and_kept_without_the_text(alice, response_id):
    given = alice.feedback(response_id, rating="like", spans=[span("Das"), span("end")])
    path = f"/feedback/{given['id']}"
    after = alice.patch(path, {"spans": [span("値")]}).json
    assert [one["text"] for one in after["spans"]] == ["値"]
    assert alice.read(path) == after
    assert alice.patch(path, {"rating": None}).json["spans"] == after["spans"]
    errors = problem(alice.patch(path, {"spans": [span("value", start=0)]}), 422)["errors"]
    assert errors.keys() == {"spans.0.text"}
    assert alice.patch(path, {"spans": None, "rating": "like"}).json["spans"] == []
    kept = [one["replaced"].get("spans") for one in alice.read(f"{path}/revisions")["items"]]
    places = [
        {"start": one["start"], "end": one["end"], "dimension_id": None, "note": None}
        for one in given["spans"]
    ]
    assert kept[0][0]["start"] == ANSWER.index("値")
    assert kept[1:] == [None, places]
