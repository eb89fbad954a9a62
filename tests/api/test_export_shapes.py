"""Shapes: each as its golden example has it, byte for byte, out of a story told by the API."""

import json
from pathlib import Path

import pytest

from tests.story import Story, settled

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
SHAPES = (
    *("raw", "sft", "chat", "preference", "kto", "attributes"),
    *("openai_chat", "openai_dpo", "sharegpt", "oasst", "feedback_log"),
)


@pytest.fixture
def story(app, model_side):
    told = Story(app, model_side)
    told.tell()
    return told


def records(story, shape, **query):
    return [json.loads(line) for line in story.export(shape, **query).splitlines()]


def test_every_shape_is_as_its_golden_example(story):
    for shape in SHAPES:
        golden = GOLDEN / f"{shape}.jsonl"
        assert settled(story.export(shape)) == golden.read_bytes(), shape


def test_every_record_has_every_key_in_its_order(story):
    for shape in SHAPES:
        keys = {tuple(record) for record in records(story, shape)}
        assert len(keys) == 1, shape


def test_prompts_and_answers_may_be_texts(story):
    chosen = {one["chosen"]: one["prompt"] for one in records(story, "preference", turns="text")}
    assert chosen[" Six.\n"] == "What is three and three?"
    assert chosen[" No: 8 = 2³."] == (
        "System: Be brief.\n\nUser: Is 7 prime?\n\nAssistant: You said: Is 7 prime?\n\n"
        "User: And 8?\n\nAssistant:"
    )
    for shape in ("sft", "kto"):
        for one in records(story, shape, turns="text"):
            assert {type(one["prompt"]), type(one["completion"])} == {str}


def test_no_target_is_a_bad_answer(story):
    targets = {one["completion"][0]["content"] for one in records(story, "sft")}
    assert targets == {"Four.", "Six.\n", "A ratio.", "No: 8 = 2³."}
    low = {one["completion"][0]["content"] for one in records(story, "sft", threshold="0.5")}
    assert low == targets | {"Perhaps 9½?"}


def test_the_margin_says_how_much_better_is_better(story):
    scored = [one for one in records(story, "preference") if one["source"] == "scores"]
    assert [one["margin"] for one in scored] == [1.0]
    assert scored == [
        one for one in records(story, "preference", margin="1") if one["source"] == "scores"
    ]


def test_without_preferences_nothing_rests_on_them(story):
    for shape in ("preference", "kto"):
        with_them = records(story, shape)
        without = records(story, shape, preferences="exclude")
        assert without == [one for one in with_them if one["validated"]]
        assert len(without) < len(with_them)


def test_what_is_left_out_and_why_is_told_before(story):
    def dropped(shape, **query):
        told = story.vera.read("/dataset/preview/acme/echo-1", shape=shape, **query)
        assert told["records"] == len(records(story, shape, **query))
        return {one["name"]: one["count"] for one in told["dropped"]}

    assert dropped("preference")["tie"] == 3
    assert dropped("preference")["equal_pair"] == 2
    assert dropped("sft") == {"no_target": 4}
    assert dropped("raw") == {"no_scores": 4}
    assert dropped("entries") == {}
