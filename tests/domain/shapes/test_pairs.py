"""Pairs: from corrections, preferences and scores, each once, and ties not at all."""

import pytest

from app.domain.shapes.pairs import pairs
from app.domain.shapes.shape import Drop, Reason, Rules
from tests.domain.shapes.rows import answer, choice, judged, row


def found(given, **rules):
    """Return the pairs as (chosen, rejected, source), and the reasons of what is dropped."""
    told = list(pairs(given, Rules(**rules)))
    kept = [
        (one.chosen, one.rejected, one.lineage["source"])
        for one in told
        if not isinstance(one, Drop)
    ]
    return kept, [one.reason for one in told if isinstance(one, Drop)]


def scored(content, place, **more):
    return answer(content, judged(places={"accuracy": place}), **more)


def test_a_correction_is_better_than_what_it_corrects():
    given = row(
        answer("a", judged(correction="b"), judged("bob", correction="b")),
        answer("c", judged(correction="c ")),
    )
    assert found(given) == ([("b", "a", "correction")], [Reason.EQUAL_PAIR, Reason.NO_PAIR])


def test_nobody_says_by_how_much_a_correction_is_better():
    (pair,) = pairs(row(answer("a", judged(correction="b"))), Rules())
    assert pair.margin == 0


def test_what_is_scored_higher_by_a_margin_is_better():
    assert found(row(scored("a", 0.2), scored("b", 0.9)))[0] == [("b", "a", "scores")]
    assert found(row(scored("a", 0.9), scored("b", 0.2)))[0] == [("a", "b", "scores")]
    assert found(row(scored("a", 0.5), scored("b", 0.55))) == ([], [Reason.TIE])
    assert found(row(scored("a", 0.5), scored("b", 0.5)), margin=0) == ([], [Reason.TIE])
    assert found(row(scored("a", 0.5), scored("b", 0.55)), margin=0)[0] == [("b", "a", "scores")]


def test_only_dimensions_that_both_have_are_compared_else_likes():
    one = answer("a", judged(rating="like", places={"accuracy": 0.1, "clarity": 0.9}))
    other = answer("b", judged(rating="dislike", places={"accuracy": 0.5, "charm": 0.1}))
    assert found(row(one, other))[0] == [("b", "a", "scores")]
    liked = answer("c", judged(rating="like", places={"charm": 0.0}))
    assert found(row(answer("d", judged(rating="dislike")), liked))[0] == [("c", "d", "scores")]
    assert found(row(liked, answer("e", judged(comment="hm")))) == ([], [Reason.NO_PAIR])


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ([choice("a", "b")], ("a", "b")),
        ([choice("b", "a", verdict="better")], ("b", "a")),
        ([choice("a", "b"), choice("a", "b"), choice("b", "a")], ("a", "b")),
        ([choice("a", "b"), choice("b", "a")], None),
        ([choice(("a", "b"))], None),
        ([choice(("a", "b"), verdict="tie")], None),
        ([choice("a", "b", verdict="both_bad")], None),
        ([choice("a", "b"), choice(("a", "b")), choice(("a", "b"))], None),
        ([choice("a", "b"), choice(("a", "b"))], None),
        ([choice("c", "b", "a")], ("b", "a")),
    ],
)
def test_what_most_people_said_is_better(choices, expected):
    kept, dropped = found(row(answer("a"), answer("b"), choices=choices))
    assert kept == ([(*expected, "preference")] if expected else [])
    assert dropped == ([] if expected else [Reason.TIE])


def test_a_ranking_compares_all_with_all():
    given = row(answer("a"), answer("b"), answer("c"), choices=[choice("b", ("c", "a"))])
    kept, dropped = found(given)
    assert kept == [("b", "a", "preference"), ("b", "c", "preference")]
    assert dropped == [Reason.TIE]


def test_a_pair_says_how_many_chose_and_how_sure_they_are():
    choices = [
        choice("a", "b", rater="alice", weight=0.5),
        choice("a", "b", rater="bob"),
        choice("b", "a", rater="carol", weight=0.1),
        choice(("a", "b"), rater="dora"),
    ]
    (pair,) = pairs(row(answer("a"), answer("b"), choices=choices), Rules())
    assert pair.margin == 0.25
    assert pair.lineage["raters"] == 4
    assert pair.lineage["sample_weight"] == 0.75
    assert not pair.lineage["validated"]


def test_people_who_compare_go_before_scores():
    given = row(scored("a", 0.1), scored("b", 0.9), choices=[choice("a", "b")])
    assert found(given)[0] == [("a", "b", "preference")]


def test_equal_texts_repetitions_and_contradictions_are_no_pairs():
    same = row(answer("a"), answer("a "), choices=[choice("a", "a ")])
    assert found(same) == ([], [Reason.EQUAL_PAIR])
    given = row(answer("a", judged(correction="b")), answer("b"), choices=[choice("b", "a")])
    assert found(given) == ([("b", "a", "correction")], [Reason.DUPLICATE_PAIR])
    given = row(answer("a", judged(correction="b")), answer("b"), choices=[choice("a", "b")])
    assert found(given) == ([("b", "a", "correction")], [Reason.CONTRADICTION])


def test_answers_that_were_told_something_else_before_are_not_compared():
    told = ({"role": "system", "content": "Be brief."},)
    given = row(scored("a", 0.1), scored("b", 0.9, context=told))
    assert found(given) == ([], [Reason.PROMPTS_DIFFER])


def test_nothing_to_compare_is_said():
    assert found(row(answer("a", judged(rating="like")))) == ([], [Reason.NO_PAIR])


def test_the_lower_agreement_of_two_answers_is_that_of_their_pair():
    one = answer("a", *(judged(by, places={"accuracy": 1.0}) for by in "ab"))
    other = answer("b", judged("a", places={"accuracy": 0}), judged("b", places={"accuracy": 0.5}))
    (pair,) = pairs(row(one, other), Rules())
    assert (pair.lineage["agreement"], pair.margin) == (0.5, 0.75)


def test_what_only_one_of_two_was_judged_for_is_not_compared():
    given = row(scored("a", 0.1), answer("b"), choices=[choice("b", "c")])
    assert found(given) == ([], [Reason.NO_PAIR])
