"""What events give and take; one function, for the moment itself and for the rebuild."""

from itertools import chain

import pytest

from app.domain import points
from app.domain.point_rules import CAPS, RULES, Pool, capped, explained
from app.domain.points import FeedbackEvent


def event(word, *, verdicts="", said=None, decision=None, **data):
    """Return an event about the feedback of Alice; ``verdicts`` are V and I, by 0, 1, 2 ..."""
    listed = [
        {"validation_id": f"v{number}", "validator_id": f"judge-{number}", "is_valid": one == "V"}
        for number, one in enumerate(verdicts)
    ]
    ids = {"validation_id": said} if said else {}
    ids |= {"decision_id": decision} if decision else {}
    actor = f"judge-{said[1:]}" if said else "somebody"
    facts = {"feedback_id": "f", "author_id": "alice", "round": 1, "verdicts": listed}
    return FeedbackEvent(type=f"feedback.{word}", actor=actor, data={**facts, **ids, **data})


def told(*events, had=None):
    """Return what each event gives, one after the other, without their common fields."""
    earned = []
    for one in events:
        rows = points.points_for(one, earned=earned, had=had or {})
        earned += rows
        yield [(row.user_id, row.rule, row.subject, row.amount) for row in rows]


def by_person(*events):
    sums = {}
    for user_id, _, _, amount in chain.from_iterable(told(*events)):
        sums[user_id] = sums.get(user_id, 0) + amount
    return sums


GIVEN = ("judge-0", "verdict_given", "validation:v0", 2)
VALIDATED = ("alice", "feedback_validated", "feedback:f#1", 10)


def test_one_verdict_that_decides_gives_to_both_and_confirms_nothing():
    given = told(event("validated", verdicts="V", said="v0"))
    assert list(given) == [[GIVEN, VALIDATED]]


@pytest.mark.parametrize("word", ["judged", "tied", "returned"])
def test_a_verdict_that_decides_nothing_gives_to_who_gave_it(word):
    assert list(told(event(word, said="v0"))) == [[GIVEN]]
    assert points.people_of(event(word, said="v0")) == ["judge-0"]


def test_an_answer_to_gold_gives_what_a_verdict_gives():
    data = {"feedback_id": "f", "answer_id": "v0", "author_id": "alice", "round": 1}
    answer = FeedbackEvent(type="gold.answered", actor="judge-0", data=data)
    assert points.people_of(answer) == ["judge-0"]
    assert list(told(answer)) == [[GIVEN]]


def test_corrections_and_scores_that_say_why_give_more_up_to_a_bound():
    whole = event("validated", verdicts="V", said="v0", has_correction=True, justified=3)
    assert next(told(whole))[1:] == [
        VALIDATED,
        ("alice", "correction_validated", "feedback:f#1", 10),
        ("alice", "justified_ratings_validated", "feedback:f#1", 6),
    ]
    many = event("validated", verdicts="V", said="v0", justified=70)
    assert next(told(many))[-1][-1] == 10


def test_who_said_what_most_said_is_confirmed_and_who_did_not_loses_nothing():
    final = event("rejected", verdicts="VII", said="v2")
    assert points.people_of(final) == ["alice", "judge-0", "judge-1", "judge-2"]
    assert next(told(final)) == [
        ("judge-2", "verdict_given", "validation:v2", 2),
        ("judge-1", "verdict_confirmed", "validation:v1", 3),
        ("judge-2", "verdict_confirmed", "validation:v2", 3),
    ]


def test_a_decision_confirms_a_single_verdict_and_gives_nothing_to_who_decides():
    first = event("rejected", verdicts="I", said="v0")
    appeal = event("appealed")
    upheld = event("rejected", verdicts="I", decision="d1")
    assert list(told(first, appeal, upheld))[1:] == [
        [],
        [("judge-0", "verdict_confirmed", "validation:v0@decision:d1", 3)],
    ]
    assert points.people_of(appeal) == []


def test_who_decides_confirms_others_and_not_themselves():
    decided = event("validated", verdicts="VV", decision="d")
    decided = FeedbackEvent(type=decided.type, actor="judge-1", data=decided.data)
    (rows,) = told(decided)
    assert [row[0] for row in rows if row[1] == "verdict_confirmed"] == ["judge-0"]


def test_what_is_overturned_is_taken_back_and_may_be_earned_again():
    said = "VVI"
    events = [
        event("validated", verdicts=said, said="v2", has_correction=True),
        event("rejected", verdicts=said, decision="d1"),
        event("validated", verdicts=said, decision="d2", has_correction=True),
    ]
    first, overturned, again = told(*events)
    assert [(row[0], row[1], row[3]) for row in overturned] == [
        ("alice", "feedback_validated_overturned", -10),
        ("alice", "correction_validated_overturned", -10),
        ("judge-0", "verdict_confirmed_overturned", -3),
        ("judge-1", "verdict_confirmed_overturned", -3),
        ("judge-2", "verdict_confirmed", 3),
    ]
    assert {row[2] for row in first} & {row[2] for row in overturned} == {
        "feedback:f#1", "validation:v0", "validation:v1",
    }  # fmt: skip
    assert ("alice", "feedback_validated", "feedback:f#1@decision:d2", 10) in again
    assert by_person(*events) == {"alice": 20, "judge-0": 3, "judge-1": 3, "judge-2": 2}
    # Nothing is given twice: rule, subject and person tell every row from all others.
    rows = [row[:3] for row in chain(first, overturned, again)]
    assert len(rows) == len(set(rows))


def test_an_outcome_that_is_upheld_gives_nothing_again():
    first = event("validated", verdicts="VV", said="v1")
    upheld = event("validated", verdicts="VV", decision="d1")
    assert list(told(first, upheld))[1] == []


def test_what_is_withdrawn_after_all_holds_for_nobody():
    final = event("validated", verdicts="VV", said="v1")
    withdrawn = event("withdrawn", verdicts="VV")
    assert by_person(final, withdrawn) == {"alice": 0, "judge-0": 0, "judge-1": 2}


@pytest.mark.parametrize(
    ("before", "amount"),
    [(0, 10), (499, 10), (500, 5), (999, 5), (1000, 0), (5000, 0)],
)
def test_a_day_gives_the_whole_then_half_then_nothing(before, amount):
    had = {("alice", Pool.AUTHORED): before, ("alice", Pool.JUDGED): 10_000}
    given = next(told(event("validated", verdicts="V", said="v0"), had=had))
    assert given == [GIVEN, (*VALIDATED[:3], amount)]


def test_odd_halves_are_rounded_up_and_a_cap_is_reached_within_an_event():
    assert capped(Pool.JUDGED, 3, before=100) == 2
    had = {("judge-1", Pool.JUDGED): 99}
    final = next(told(event("validated", verdicts="VV", said="v1"), had=had))
    assert [row[-1] for row in final if row[0] == "judge-1"] == [2, 2]


def test_what_a_cap_left_is_what_is_taken_back():
    had = {("alice", Pool.AUTHORED): 600}
    first = event("validated", verdicts="V", said="v0")
    overturned = event("rejected", verdicts="V", decision="d1")
    assert list(told(first, overturned, had=had))[1] == [
        ("alice", "feedback_validated_overturned", "feedback:f#1", -5)
    ]


def test_every_rule_says_in_words_what_it_is_for():
    for (rule, version), known in RULES.items():
        whole = explained(rule=rule, version=version, amount=9, full_amount=9)
        assert whole == known.reason
        assert whole.endswith(".")
    cap = CAPS[Pool.JUDGED]
    said = explained(rule="verdict_given", version=1, amount=1, full_amount=2)
    assert "counts 1 instead of 2" in said
    assert f"above {cap.full} count half" in said


def test_nothing_else_is_looked_at():
    words = ("judged", "tied", "returned", "validated", "rejected", "withdrawn")
    assert {*(f"feedback.{word}" for word in words), "gold.answered"} == points.TYPES
