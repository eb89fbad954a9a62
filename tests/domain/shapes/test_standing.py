"""Standing: what many judgements of an answer come to."""

import pytest

from app.domain.shapes.standing import agreement, standing_of
from tests.domain.shapes.rows import answer, judged


def test_agreement_is_one_less_twice_the_deviation():
    assert agreement([]) is agreement([0.5]) is None
    assert agreement([0.3, 0.3, 0.3]) == 1
    assert agreement([0, 1]) == 0
    assert agreement([0.5, 1]) == 0.5


def test_dimensions_count_alike_however_many_scored_on_them():
    standing = standing_of(
        answer(
            "a",
            judged("alice", places={"accuracy": 1.0, "clarity": 0.0}, weight=0.5),
            judged("bob", places={"accuracy": 1.0}),
        )
    )
    assert (standing.mean, standing.raters, standing.weight) == (0.5, 2, 0.75)
    assert [(one.dimension, one.mean, one.raters) for one in standing.aggregates] == [
        ("accuracy", 1.0, 2),
        ("clarity", 0.0, 1),
    ]
    assert [one.agreement for one in standing.aggregates] == [1.0, None]
    assert standing.agreement == 1.0


def test_nothing_said_stands_nowhere():
    standing = standing_of(answer("a"))
    assert (standing.raters, standing.mean, standing.agreement, standing.weight) == (
        *(0, None, None),
        1.0,
    )
    assert not standing.is_bad
    assert not standing.is_good(0.75)


@pytest.mark.parametrize(
    ("said", "good", "bad"),
    [
        ([{"rating": "like"}], True, False),
        ([{"rating": "dislike"}], False, True),
        ([{"rating": "like"}, {"rating": "dislike"}], False, True),
        ([{"rating": "like"}, {"rating": "like"}, {"rating": "dislike"}], True, False),
        ([{"places": {"a": 0.75}}], True, False),
        ([{"places": {"a": 0.74}}], False, False),
        ([{"places": {"a": 0.5}}], False, False),
        ([{"places": {"a": 0.49}}], False, True),
        ([{"rating": "like", "places": {"a": 0.4}}], False, True),
        ([{"rating": "like", "flag": "pii"}], False, True),
        ([{"correction": "b"}], False, True),
        ([{"correction": "b", "rating": "like"}], True, False),
        ([{"correction": "b", "places": {"a": 0.6}}], False, False),
        ([{"correction": "a "}], False, False),
        ([{"correction": " "}], False, True),
        ([{"comment": "hm"}], False, False),
    ],
)
def test_an_answer_is_good_or_bad_or_neither(said, good, bad):
    standing = standing_of(answer("a", *(judged(**one) for one in said)))
    assert (standing.is_good(0.75), standing.is_bad) == (good, bad)


def test_corrections_come_once_and_only_those_that_are_selected():
    standing = standing_of(
        answer(
            "a",
            judged(correction="b"),
            judged(correction="b"),
            judged(correction="c"),
            judged(correction="d", selected=False),
        )
    )
    assert standing.corrections == ("b", "c")
