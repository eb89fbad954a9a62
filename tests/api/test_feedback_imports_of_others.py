"""Feedback out of the exports of other systems: Argilla, Label Studio, Open WebUI, Langfuse."""

import json

import pytest

from tests.api.test_feedback_imports import counts, faults, origins, pending, refusals, send
from tests.model_side import MODEL
from tests.world import created

__all__ = ["origins", "pending"]

KIM, LOU = "b2c1a0de-0000-4000-8000-00000000000a", "b2c1a0de-0000-4000-8000-00000000000b"
# As Record.to_dict of Argilla 2 writes it.
RECORD = {
    "id": "row-17",
    "fields": {"instruction": "Name a prime.", "response": "Nine."},
    "metadata": {"model": "acme/old", "split": "train"},
    "suggestions": {"helpfulness": {"value": 4, "score": 0.8, "agent": "gpt-4"}},
    "responses": {
        "helpfulness": [{"value": 1, "user_id": KIM}, {"value": 2, "user_id": LOU}],
        "relevance": [{"value": [5], "user_id": KIM}],
        "corrected_response": [{"value": "Seven.", "user_id": KIM}],
        "comment": [{"value": "Nine is three times three.", "user_id": LOU}],
        "thumbs": [{"value": "dislike", "user_id": LOU}],
        "flag": [{"value": "Wrong", "user_id": LOU}],
    },
    "vectors": {"text": [0.1, 0.2]},
    "_server_id": "0d8b8a4f-3b0a-4b1e-9a0e-1b7d5c0f7f11",
}
# As a JSON export of Label Studio holds it.
TASK = {
    "id": 4,
    "created_at": "2021-03-09T21:52:49.513742Z",
    "updated_at": "2021-03-09T22:16:08.746926Z",
    "project": 83,
    "data": {"prompt": "Name a prime.", "response": "Nine.", "model": "acme/old"},
    "annotations": [
        {
            "id": 1001,
            "completed_by": {"id": 10, "email": "kim@example.com"},
            "result": [
                {"id": "a", "from_name": "accuracy", "to_name": "answer", "type": "rating",
                 "value": {"rating": 1}},
                {"id": "b", "from_name": "verdict", "to_name": "answer", "type": "choices",
                 "value": {"choices": ["dislike"]}},
                {"id": "c", "from_name": "correction", "to_name": "answer", "type": "textarea",
                 "value": {"text": ["Seven."]}},
                {"id": "d", "from_name": "why", "to_name": "answer", "type": "textarea",
                 "value": {"text": ["Three times", "three."]}},
                {"id": "e", "from_name": "clarity", "to_name": "answer", "type": "number",
                 "value": {"number": 4}},
            ],
            "was_cancelled": False,
            "ground_truth": False,
            "created_at": "2021-03-09T22:16:08.728353Z",
            "lead_time": 4.288,
        },
        {"id": 1002, "completed_by": 11, "result": [], "was_cancelled": True,
         "created_at": "2021-03-09T22:20:00Z"},
    ],
    "predictions": [{"model_version": "model 1", "result": []}],
}  # fmt: skip
MESSAGES = {
    "m1": {"id": "m1", "parentId": None, "childrenIds": ["m2", "m3"], "role": "user",
           "content": "Name a prime.", "timestamp": 1704067100, "models": ["llama3:8b"]},
    "m2": {"id": "m2", "parentId": "m1", "childrenIds": [], "role": "assistant", "done": True,
           "content": "Nine.", "timestamp": 1704067110, "model": "llama3:8b",
           "modelName": "Llama 3"},
    "m3": {"id": "m3", "parentId": "m1", "childrenIds": ["m4"], "role": "assistant",
           "content": "Seven.", "timestamp": 1704067120, "model": "llama3:8b"},
    "m4": {"id": "m4", "parentId": "m3", "childrenIds": ["m5"], "role": "user",
           "content": "Another.", "timestamp": 1704067130},
    "m5": {"id": "m5", "parentId": "m4", "childrenIds": [], "role": "assistant",
           "content": "Eleven.", "timestamp": 1704067140, "model": "llama3:8b"},
}  # fmt: skip
CHAT = {
    "id": "c-1",
    "user_id": "kim",
    "title": "Primes" + "!" * 300,
    "chat": {
        "title": "Primes",
        "models": ["llama3:8b"],
        "history": {"messages": MESSAGES, "currentId": "m5"},
    },
    "archived": False,
    "created_at": 1704067100,
}


def rated(id_="f-1", message_id="m2", user_id="kim", **data):
    """Return feedback as Open WebUI exports it."""
    return {
        "id": id_,
        "user_id": user_id,
        "version": 0,
        "type": "rating",
        "data": {
            "rating": -1, "model_id": "llama3:8b", "sibling_model_ids": None,
            "reason": "inaccurate_information", "comment": "Nine is no prime.", "tags": ["maths"],
            "details": {"rating": 2}, **data,
        },
        "meta": {"model_id": "llama3:8b", "message_id": message_id, "message_index": 2,
                 "chat_id": "c-1", "base_models": {"llama3:8b": None}},
        "snapshot": {"chat": CHAT},
        "created_at": 1704067200,
        "updated_at": 1704067200,
    }  # fmt: skip


def score(id_, name, value, **fields):
    """Return a score as Langfuse's API lists it."""
    return {
        "id": id_, "traceId": "trace-1", "observationId": None, "name": name, "value": value,
        "dataType": "NUMERIC", "source": "ANNOTATION", "comment": None, "authorUserId": "kim",
        "configId": None, "environment": "default", "timestamp": "2025-05-01T10:00:00.000Z",
        **fields,
    }  # fmt: skip


def scores_of(given):
    return {one["dimension_name"]: one["score"] for one in given["dimension_ratings"]}


def array(*records):
    return json.dumps(records, indent=2).encode()


def test_a_record_of_argilla_is_feedback_of_each_who_answered(adam, pending, origins):
    answer = send(adam, array(RECORD), form="argilla")
    assert counts(answer) == (2, 0, 0)
    kim, lou = pending()[KIM], pending()[LOU]
    assert scores_of(kim) == {"helpfulness": 1, "relevance": 5}
    assert kim["correction"] == "Seven."
    assert scores_of(lou) == {"helpfulness": 2}
    assert (lou["rating"], lou["flag"]) == ("dislike", "Wrong")
    assert lou["overall_comment"] == "Nine is three times three."
    assert kim["response_id"] == lou["response_id"]
    assert [one[1:3] for one in origins()] == [
        ("argilla", f"row-17/{KIM}"), ("argilla", f"row-17/{LOU}"),
    ]  # fmt: skip
    assert counts(send(adam, RECORD, form="argilla", kind="application/jsonl")) == (0, 2, 0)


def test_a_record_of_argilla_may_name_a_response_of_ours_or_hold_a_chat(alice, adam, pending):
    response_id = alice.response()["id"]
    ours = {**RECORD, "metadata": {"response_id": response_id},
            "responses": {"quality": [{"value": 2, "user_id": KIM}]}}  # fmt: skip
    chat = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    talk = {**RECORD, "id": "row-18", "fields": {"prompt": "Rate this:", "chat": chat},
            "responses": {"quality": [{"value": 5, "user_id": LOU}]}}  # fmt: skip
    answer = send(adam, array(ours, talk), form="argilla", dimension="accuracy")
    assert counts(answer) == (2, 0, 0)
    assert pending()[KIM]["response_id"] == response_id
    assert scores_of(pending()[LOU]) == {"accuracy": 5}


def test_records_without_an_id_go_by_their_content(adam):
    nameless = {name: one for name, one in RECORD.items() if name != "id"}
    task = {name: one for name, one in TASK.items() if name != "id"}
    for form, record in (("argilla", nameless), ("label_studio", task)):
        assert counts(send(adam, array(record), form=form)) == (2, 0, 0)
        assert counts(send(adam, array(record), form=form)) == (0, 2, 0)


BAD_RECORDS = [
    {**RECORD, "fields": {"text": "x"}},
    {**RECORD, "fields": []},
    {**RECORD, "responses": {"helpfulness": [5]}},
    {**RECORD, "responses": {"unheard": [{"value": 5, "user_id": KIM}]}},
    {**RECORD, "responses": {"relevance": [{"value": ["a", "b"], "user_id": KIM}]}},
]


def test_records_of_argilla_that_say_nothing_or_do_not_fit_are_refused(adam):
    silent = {**RECORD, "responses": {}}
    answer = send(adam, array(*BAD_RECORDS, silent), form="argilla")
    assert refusals(answer) == [
        *((place, "invalid") for place in range(1, 6)), (6, "nothing_said"),
    ]  # fmt: skip


def test_a_task_of_label_studio_is_feedback_of_each_annotation(adam, pending, origins):
    assert counts(send(adam, array(TASK), form="label_studio")) == (2, 0, 0)
    kim = pending()["kim@example.com"]
    assert scores_of(kim) == {"accuracy": 1, "clarity": 4}
    assert (kim["rating"], kim["correction"]) == ("dislike", "Seven.")
    assert kim["overall_comment"] == "why: Three times\nthree."
    skipped = pending()["label_studio:11"]
    assert (skipped["cannot_judge"], skipped["cannot_judge_reason"]) == (True, "skipped")
    assert origins()[0] == (
        "adam", "label_studio", "4/1001", "kim@example.com", "2021-03-09 22:16:08.728353+00",
    )  # fmt: skip
    assert counts(send(adam, array(TASK), form="label_studio")) == (0, 2, 0)


def annotated(*annotations, **fields):
    return {**TASK, "annotations": list(annotations), **fields}


BAD_TASKS = [
    ({"completed_by": 1, "result": [{"from_name": "x", "type": "labels", "value": {}}]}, "invalid"),
    ({"completed_by": 1, "result": [5]}, "invalid"),
    ({"completed_by": 1, "result": []}, "invalid"),
    ({"id": 5, "result": TASK["annotations"][0]["result"]}, "invalid"),
    (5, "invalid"),
]


def test_annotations_of_label_studio_that_do_not_fit_are_refused_by_themselves(adam):
    tasks = [annotated(one, TASK["annotations"][1] | {"id": place, "completed_by": place})
             for place, (one, _) in enumerate(BAD_TASKS)]  # fmt: skip
    silent, lost = annotated(), annotated(data={"image": "x.jpg"})
    answer = send(adam, array(*tasks, silent, lost, {"id": 9}), form="label_studio")
    assert counts(answer) == (5, 0, 8)
    assert refusals(answer) == [
        *((place, code) for place, (_, code) in enumerate(BAD_TASKS, start=1)),
        (6, "nothing_said"), (7, "invalid"), (8, "unknown_form"),
    ]  # fmt: skip


def test_feedback_of_open_webui_brings_the_branch_that_leads_to_its_message(adam, pending):
    other = rated("f-2", "m5", "lou", rating="1", reason="", comment="")
    assert counts(send(adam, array(rated(), other), form="open_webui")) == (2, 0, 0)
    kim, lou = pending()["kim"], pending()["lou"]
    assert (kim["rating"], kim["dimension_ratings"]) == ("dislike", [])
    assert kim["overall_comment"] == "inaccurate_information: Nine is no prime."
    assert lou["rating"] == "like"
    told = [
        [one["content"] for one in adam.read(f"/interactions/{given['interaction_id']}/history")
         ["messages"]]
        for given in (kim, lou)
    ]  # fmt: skip
    assert told == [["Name a prime.", "Nine."], ["Name a prime.", "Seven.", "Another.", "Eleven."]]
    interaction = adam.read(f"/interactions/{kim['interaction_id']}")
    assert (interaction["user_id"], interaction["model_id"]) == ("kim", "llama3:8b")
    assert interaction["created_at"] == "2023-12-31T23:58:20+00:00"
    assert counts(send(adam, array(rated(), other), form="open_webui")) == (0, 2, 0)


def test_the_detailed_rating_of_open_webui_is_taken_on_the_dimension_that_is_named(adam, pending):
    assert counts(send(adam, array(rated()), form="open_webui", dimension="accuracy")) == (1, 0, 0)
    assert scores_of(pending()["kim"]) == {"accuracy": 2}


@pytest.mark.parametrize(
    "snapshot",
    [{"chat": {"history": {"messages": list(MESSAGES.values())}, "user_id": "kim"}},
     {"chat": {"id": "c-1"}, "history": {"messages": MESSAGES}}],
    ids=["a list in the chat", "beside the chat"],
)  # fmt: skip
def test_snapshots_of_other_versions_of_open_webui_are_read_too(adam, snapshot):
    assert counts(send(adam, array({**rated(), "snapshot": snapshot}), form="open_webui"))[0] == 1


def test_feedback_of_open_webui_without_its_message_is_refused(adam):
    circle = {"m2": {**MESSAGES["m2"], "parentId": "m2"}}
    bad = [
        {**rated(), "snapshot": None},
        rated(message_id="m9"),
        {**rated(), "snapshot": {"history": {"messages": circle}}},
        rated(rating=0, comment="", reason=""),
    ]
    answer = send(adam, array(*bad), form="open_webui")
    assert refusals(answer) == [(place, "invalid") for place in range(1, 5)]


@pytest.fixture
def trace(adam):
    """Import the conversation of a trace under its id."""
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    adam.post("/interactions/import", None, content_type="application/jsonl",
              data=json.dumps({"id": "trace-1", "messages": messages}),
              query_string={"model_id": MODEL})  # fmt: skip


def test_scores_of_langfuse_that_one_person_gave_one_answer_are_put_together(
    adam, trace, pending, origins
):
    created(adam.post("/dimensions", {"name": "safe", "scale": {"type": "boolean"}}))
    tones = {"type": "categorical", "categories": ["kind", "rude"]}
    created(adam.post("/dimensions", {"name": "tone", "scale": tones}))
    page = {
        "data": [
            score("s-1", "accuracy", 4, comment="One date is off."),
            score("s-2", "safe", 1, dataType="BOOLEAN", stringValue="True"),
            score("s-3", "tone", 0, dataType="CATEGORICAL", stringValue="kind"),
            score("s-4", "user-feedback", 0, comment="Meh."),
            score("s-5", "remark", None, dataType="TEXT", stringValue="Too long."),
            score("s-6", "output", 0, dataType="CORRECTION", stringValue="Hello."),
        ],
        "meta": {"page": 1, "limit": 50, "totalItems": 6, "totalPages": 1},
    }
    assert counts(send(adam, page, form="langfuse")) == (6, 0, 0)
    given = pending()["kim"]
    assert scores_of(given) == {"accuracy": 4, "safe": True, "tone": "kind"}
    assert given["dimension_ratings"][0]["justification"] == "One date is off."
    assert (given["rating"], given["correction"]) == ("dislike", "Hello.")
    assert given["overall_comment"] == "Meh.\nremark: Too long."
    assert [one[2] for one in origins()] == [f"s-{number}" for number in range(1, 7)]
    assert given["provenance"]["source"] == "langfuse"
    assert given["provenance"]["external_ids"] == [f"s-{number}" for number in range(1, 7)]
    assert counts(send(adam, page, form="langfuse")) == (0, 6, 0)
    again = send(adam, score("s-7", "accuracy", 3), form="langfuse")
    assert refusals(again) == [(1, "said_before")]


def test_lines_of_langfuses_files_and_newer_answers_are_read_too(adam, trace, alice, pending):
    response_id = alice.response()["id"]
    line = {
        "id": "s-1", "timestamp": "2024-05-29 13:46:19.963000", "project_id": "p", "source": "API",
        "environment": "default", "trace_id": "trace-1", "name": "quality", "value": 3,
        "data_type": "NUMERIC", "string_value": None, "comment": None, "user_id": "lou",
    }  # fmt: skip
    newer = {
        **score("s-2", "safe", None, dataType="BOOLEAN", authorUserId=None),
        "value": True,
        "metadata": {"response_id": response_id},
        "trace": {"userId": "kim"},
    }
    created(adam.post("/dimensions", {"name": "safe", "scale": {"type": "boolean"}}))
    assert counts(send(adam, line, form="langfuse", dimension="accuracy")) == (1, 0, 0)
    assert counts(send(adam, newer, form="langfuse")) == (1, 0, 0)
    assert scores_of(pending()["lou"]) == {"accuracy": 3}
    assert pending()["kim"]["response_id"] == response_id


def test_scores_of_nobody_and_of_what_is_not_here_are_refused(adam, trace, vera, pending):
    bad = [
        score("s-1", "accuracy", 4, source="EVAL"),
        score("s-2", "accuracy", 4, authorUserId=None),
        score("s-3", "accuracy", 4, traceId="trace-2"),
        score("s-4", None, 4),
        5,
        score("s-5", "accuracy", "high", dataType="CATEGORICAL"),
        score("s-6", "accuracy", 4, traceId=None),
    ]
    answer = send(adam, {"data": bad}, form="langfuse")
    assert [code for _, code in refusals(answer)] == [
        "no_person", "invalid", "not_found", "unknown_form", "unknown_form", "invalid", "invalid",
    ]  # fmt: skip


def test_nothing_is_added_to_what_was_given_here_or_has_been_judged(adam, trace, vera, pending):
    assert counts(send(adam, score("s-1", "accuracy", 4), form="langfuse")) == (1, 0, 0)
    feedback = pending()["kim"]
    vera.verdict(feedback["id"])
    late = send(adam, score("s-2", "clarity", 4), form="langfuse")
    assert refusals(late) == [(1, "feedback_decided")]
    here = vera.feedback(feedback["response_id"], rating="like")
    other = send(adam, score("s-3", "clarity", 4, authorUserId="vera"), form="langfuse")
    assert refusals(other) == [(1, "feedback_exists")]
    assert here["id"] in json.dumps(other.json)


ARRAYS = {
    "nothing": (b" [ ] ", [], 0),
    "spaced": (b"\xef\xbb\xbf \n [%s\n,%s]\n", [], 2),
    "cut": (b"[%s,%s", [(3, "malformed")], 2),
    "cut within": (b"[%s,%s,{", [(3, "malformed"), (4, "malformed")], 2),
    "more behind": (b"[%s,%s] {}", [(3, "malformed")], 2),
    "a hole": (b"[%s,,%s]", [(2, "malformed")], 2),
    "no object": (b"[%s,[1],%s]", [(2, "malformed")], 2),
    "no JSON": (b"[%s,{x},%s]", [(2, "malformed")], 2),
    "late": (b" " * 70_000 + b"[%s,%s]", [], 2),
    "never": (b" " * 70_000, [], 0),
    "quotes and brackets in texts": (b'[{"id":"\\\\\\"]}"},%s,%s]', [(1, "invalid")], 2),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_read_element_by_element(adam, name):
    raw, refused, accepted = ARRAYS[name]
    # With records of some kilobytes the pieces of a body end anywhere.
    long = {**RECORD, "metadata": {"model": "acme/old", "note": '\\"[]{},' * 20_000}}
    one, two = (json.dumps({**long, "id": f"row-{n}"}).encode() for n in range(2))
    two = two.replace(b"Nine.", b"Ten.")
    answer = send(adam, raw % (one, two) if accepted else raw, form="argilla")
    assert counts(answer) == (2 * accepted, 0, len(refused))
    assert refusals(answer) == refused


def test_an_element_of_more_than_8_mib_is_refused_without_being_kept(adam):
    long = {**RECORD, "metadata": {"note": "a" * 8_400_000}}
    answer = send(adam, array(long, RECORD), form="argilla")
    assert (counts(answer), refusals(answer)) == ((2, 0, 1), [(1, "line_too_long")])


def test_a_dimension_for_all_scores_takes_one_a_line(adam):
    answer = send(adam, array(RECORD), form="argilla", dimension="accuracy")
    assert counts(answer) == (1, 0, 1)
    assert faults(answer) == {"dimension_ratings.1.dimension_id": ["'accuracy' is rated twice"]}
