"""How far somebody is relied on: what fades, and what stays."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.reliability import Forgetting, faded
from tests.reliability import reliability

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RULE = Forgetting(alpha=2.0, beta=1.0, half_life_days=30.0)
answers = st.lists(st.tuples(st.booleans(), st.integers(0, 400).map(float)), max_size=30)


def at(age):
    return NOW - timedelta(days=age)


def held(said, rule=RULE):
    return reliability(said, as_of=NOW, rule=rule)


def test_nobody_knows_who_has_given_no_answer():
    nobody = held([], Forgetting())
    assert (nobody.mean, nobody.answers) == (0.5, 0)
    assert nobody.interval(0.9) == pytest.approx((0.05, 0.95))


def test_fresh_answers_count_one_each():
    found = held([(True, 0)] * 7 + [(False, 0)] * 2)
    assert (found.alpha, found.beta, found.answers) == (9, 3, 9)
    assert found.mean == 0.75


def test_an_answer_counts_half_after_each_half_life():
    found = held([(True, 30), (False, 60)])
    assert (found.alpha, found.beta) == (2.5, 1.25)


def test_an_answer_of_tomorrow_counts_as_one_of_now():
    assert held([(True, -5)]) == held([(True, 0)])


def test_long_silence_leads_back_to_what_is_held_of_anybody():
    found = faded(held([(False, 0)] * 50), at=NOW + timedelta(days=3000), rule=RULE)
    assert (found.alpha, found.beta) == pytest.approx((2, 1))
    assert found.answers == 50


def test_going_back_in_time_brings_nothing_back():
    known = held([(True, 10)])
    assert faded(known, at=at(100), rule=RULE) == known


def test_the_interval_is_the_one_of_the_beta_distribution():
    found = held([(True, 0)] * 40 + [(False, 0)] * 5)
    expected = stats.beta.interval(0.95, found.alpha, found.beta)
    assert found.interval() == pytest.approx(expected)


@given(answers, st.integers(0, 400))
def test_what_has_faded_is_what_would_be_counted_anew(said, days):
    later = faded(held(said), at=at(-days), rule=RULE)
    together = held([(agreed, age + days) for agreed, age in said])
    assert (later.as_of, later.answers) == (at(-days), len(said))
    assert (later.alpha, later.beta) == pytest.approx((together.alpha, together.beta))


@given(answers)
def test_the_mean_lies_in_its_interval_and_a_wider_level_is_wider(said):
    found = held(said)
    low, high = found.interval(0.9)
    lowest, highest = found.interval(0.99)
    assert 0 <= lowest <= low <= found.mean <= high <= highest <= 1


@given(answers, st.integers(0, 400))
def test_a_right_answer_never_lowers_and_a_wrong_one_never_raises_the_mean(said, age):
    found = held(said)
    right, wrong = (held([*said, (agreed, float(age))]).mean for agreed in (True, False))
    assert wrong <= found.mean <= right


@given(answers.filter(bool))
def test_time_alone_makes_nobody_better_known(said):
    known = held(said)
    later = faded(known, at=NOW + timedelta(days=90), rule=RULE)
    assert later.alpha + later.beta <= known.alpha + known.beta
