"""Shapes: what each makes of answers that a story does not tell of."""

import pytest

from app.domain.shapes.catalogue import SHAPES, records
from app.domain.shapes.shape import Drop, Reason, Rules
from tests.domain.shapes.rows import answer, choice, judged, row


def made(shape, given, **rules):
    return list(records([given], shape=SHAPES[shape], rules=Rules(**rules)))


def reasons(shape, given):
    found = SHAPES[shape].make(given, Rules(dimensions=("accuracy",)))
    return [one.reason for one in found if isinstance(one, Drop)]


def test_the_columns_of_a_shape_are_the_keys_of_its_records():
    given = row(
        answer("a", judged(rating="like", correction="b", places={"accuracy": 0.9})),
        answer("c", judged("bob", rating="dislike", places={"accuracy": 0.1})),
    )
    rules = Rules(dimensions=("accuracy", "prompt"))
    for name, shape in SHAPES.items():
        found = list(records([given], shape=shape, rules=rules))
        names = [column for column, _ in shape.columns(rules)]
        assert found, name
        assert all(list(one) == names for one in found), name


def test_a_text_that_was_told_is_not_told_again():
    given = row(answer("a", judged(correction="c")), answer("b", judged(correction="c")))
    assert [one["completion"][0]["content"] for one in made("sft", given)] == ["c"]


@pytest.mark.parametrize(
    ("content", "told"), [("a", " a"), (" a", " a"), ("\na", "\na"), ("", " ")]
)
def test_an_answer_as_text_does_not_run_into_its_question(content, told):
    given = row(
        answer("b", judged(rating="dislike")), answer(content), choices=[choice(content, "b")]
    )
    (pair,) = made("preference", given, as_text=True)
    assert (pair["prompt"], pair["chosen"], pair["rejected"]) == ("Why?", told, " b")


@pytest.mark.parametrize("shape", ["sft", "chat", "openai_chat", "sharegpt"])
def test_what_nobody_judged_is_no_target_and_no_loss(shape):
    assert list(SHAPES[shape].make(row(answer("a"), choices=[choice("a")]), Rules())) == []


def test_earlier_answers_are_not_learned_from_at_openai():
    told = (
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!"},
    )
    (found,) = made("openai_chat", row(answer("a", judged(rating="like"), context=told)))
    assert [one.get("weight") for one in found["messages"]] == [None, 0, None, 1]


def test_as_many_likes_as_dislikes_make_no_label():
    given = row(answer("a", judged(rating="like"), judged("bob", rating="dislike")))
    assert made("kto", given) == []
    assert reasons("kto", given) == [Reason.TIE]
    assert reasons("kto", row(answer("a", judged(comment="hm")))) == [Reason.UNDECIDED]


def test_a_correction_of_what_is_liked_makes_it_no_worse():
    given = row(answer("a", judged(rating="like", correction="b")))
    labels = {one["completion"][0]["content"]: one["label"] for one in made("kto", given)}
    assert labels == {"b": True, "a": True}


def test_both_bad_is_a_label_where_all_say_so():
    bad = choice("a", "b", verdict="both_bad")
    found = made("kto", row(answer("a"), answer("b"), choices=[bad]))
    assert [(one["label"], one["source"], one["validated"]) for one in found] == [
        (False, "both_bad", False),
        (False, "both_bad", False),
    ]
    assert made("kto", row(answer("a"), answer("b"), choices=[bad, choice("a", "b")])) == []


def test_places_are_mapped_to_whole_numbers_halves_upwards():
    for place, expected in ((0, 0), (0.124, 0), (0.125, 1), (0.5, 2), (0.75, 3), (1, 4)):
        given = row(answer("a", judged(places={"accuracy": place})))
        (found,) = made("attributes", given, dimensions=("accuracy", "clarity"))
        assert (found["accuracy"], found["clarity"], found["scale"]) == (expected, None, "0-4")
    assert reasons("attributes", row(answer("a", judged(rating="like")))) == [Reason.NO_SCORES]
    assert reasons("attributes", row(answer("a"))) == []


def test_a_dimension_named_like_a_column_is_told_apart():
    given = row(answer("a", judged(places={"prompt": 1})))
    (found,) = made("attributes", given, dimensions=("prompt",))
    assert (found["prompt"], found["dimension_prompt"]) == ("Why?", 4)


def test_the_log_keeps_every_feedback_that_says_something():
    given = row(answer("a", judged(rating="like"), judged(rating="dislike"), judged(comment="hm")))
    assert [one["feedback"] for one in made("feedback_log", given)] == ["positive", "negative"]
    assert reasons("feedback_log", given) == [Reason.UNDECIDED]


def test_a_tree_has_what_came_before_above_and_the_answers_below():
    told = (
        {"role": "system", "content": "Be brief."},
        {"role": "tool", "content": "7"},
        {"role": "assistant", "content": "Hello!"},
    )
    given = row(
        answer("a", judged(places={"accuracy": 0.5}), context=told),
        answer("b", judged(places={"accuracy": 1.0}), context=told),
        answer("c", judged(rating="like")),
    )
    first, second = made("oasst", given)
    roles, node = [], first["prompt"]
    while len(node["replies"]) == 1:
        roles.append(node["role"])
        assert node["replies"][0]["parent_id"] == node["message_id"]
        node = node["replies"][0]
    assert roles == ["prompter", "prompter", "assistant"]
    assert [(one["text"], one["rank"]) for one in node["replies"]] == [("a", 1), ("b", 0)]
    assert second["prompt"]["replies"][0]["text"] == "c"
    assert second["message_tree_id"] != first["message_tree_id"]
    assert reasons("oasst", row()) == [Reason.NO_TARGET]


def test_raw_has_every_rating_and_only_what_was_selected():
    given = row(
        answer(
            "a",
            judged("alice", places={"accuracy": 1.0}),
            judged("bob", places={"accuracy": 0.5}, selected=False),
        )
    )
    (found,) = made("raw", given)
    assert [(one["rater"], one["score"]) for one in found["ratings"]] == [
        ("alice", "1.0"),
        ("bob", "0.5"),
    ]
    assert (found["rater"], found["raters"], found["agreement"]) == ("alice", 2, 0.5)
    assert reasons("raw", row(answer("a"))) == [Reason.NO_SCORES]


def test_a_conversation_as_a_text_names_who_speaks():
    told = ({"role": "tool", "content": "7"},)
    given = row(answer("a", judged(rating="like"), context=told))
    (found,) = made("sft", given, as_text=True)
    assert found["prompt"] == "Tool: 7\n\nUser: Why?\n\nAssistant:"


@pytest.mark.parametrize("shape", ["preference", "openai_dpo"])
def test_what_is_no_pair_is_no_record(shape):
    given = row(answer("a", judged(rating="like")))
    assert made(shape, given) == []
    assert reasons(shape, given) == [Reason.NO_PAIR]
