"""Exports: personal data in them are masked or stay here, and it is known who fetched what."""

import json

import pytest

from tests.model_side import MODEL, Reply

PATH = f"/dataset/model/{MODEL}/export"


@pytest.fixture
def entries(alice, vera, model_side):
    """Leave an entry with an address in its question, and one with nothing of the kind."""
    model_side.query_reply = lambda _: Reply([{"generated_text": "Call +49 30 901820."}])
    found = []
    for content in ("I am a@example.com.", "Hello?"):
        exchange = alice.exchange(content)
        given = alice.feedback(exchange["response"]["id"], rating="like")
        found.append(vera.verdict(given["id"])["dataset_entry_id"])
        model_side.query_reply = lambda _: Reply([{"generated_text": "Hello!"}])
    return found


def fetch(vera, **query):
    answer = vera.get(PATH, query_string={"format": "jsonl", **query})
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def say(adam, pii):
    assert adam.put(f"/privacy/policies/{MODEL}", {"pii": pii}).status_code == 200


def test_without_a_policy_rows_leave_as_they_are(vera, entries):
    found = fetch(vera)
    assert [row["prompt"] for row in found] == ["Hello?", "I am a@example.com."]
    assert "masked" not in found[0]


def test_what_is_masked_is_said_in_the_row(vera, adam, entries):
    say(adam, "mask")
    clean, covered = fetch(vera)
    assert (clean["prompt"], clean["masked"]) == ("Hello?", [])
    assert covered["prompt"] == "I am [EMAIL]."
    assert covered["response"] == covered["original_response"] == "Call [PHONE]."
    assert covered["masked"] == [
        {"field": field, "kind": kind, "count": 1}
        for field, kind in (
            ("original_response", "phone"),
            ("prompt", "email"),
            ("response", "phone"),
        )
    ]
    kept = vera.read(f"/dataset/entry/{entries[0]}")
    assert kept["prompt"] == "I am a@example.com."


@pytest.mark.parametrize("shape", ["raw", "sft", "chat", "openai_chat", "kto", "sharegpt"])
def test_every_shape_is_masked(vera, adam, entries, shape):
    assert "a@example.com" in json.dumps(fetch(vera, shape=shape))
    say(adam, "mask")
    text = json.dumps(fetch(vera, shape=shape))
    assert "a@example.com" not in text
    assert "[EMAIL]" in text


def test_a_shape_of_others_has_no_field_of_ours(vera, adam, entries):
    plain = fetch(vera, shape="openai_chat")
    say(adam, "mask")
    assert [row.keys() for row in fetch(vera, shape="openai_chat")] == [row.keys() for row in plain]


def test_rows_with_personal_data_may_stay_here(vera, adam, entries):
    say(adam, "drop")
    assert [row["prompt"] for row in fetch(vera)] == ["Hello?"]


def test_tables_have_the_masks_in_a_column(vera, adam, entries):
    say(adam, "mask")
    answer = vera.get(PATH, query_string={"format": "csv"})
    assert "masked" in answer.text.splitlines()[0]


def test_it_is_known_who_fetched_what(vera, adam, entries, app):
    fetch(vera, shape="raw")
    (event,) = adam.read("/events", type="dataset.exported")["items"]
    assert event["actor"] == "vera"
    assert (event["data"]["model_id"], event["data"]["shape"], event["data"]["format"]) == (
        MODEL,
        "raw",
        "jsonl",
    )
