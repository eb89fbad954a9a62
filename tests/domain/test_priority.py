"""What deserves a validator's attention first, and why it stays in order while it waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.priority import (
    USUAL_WEIGHTS,
    Said,
    Standing,
    Weights,
    disagreement,
    expected_share,
    explain,
    factors_of,
    queue_key,
    thin_evidence,
    uncertainty,
    unweighed,
    weighed,
    weights_of,
    widest_disagreement,
)

MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001  # Hypothesis adds the zone itself.
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
measures = st.none() | st.floats(0, 1)
standings = st.builds(
    Standing,
    disagreement=measures,
    uncertainty=measures,
    thin_evidence=measures,
    novelty=measures,
)
given_said = st.builds(
    Said,
    positions=st.lists(st.floats(0, 1), max_size=4),
    rating=st.sampled_from([None, "like", "dislike"]),
    has_correction=st.booleans(),
    is_flagged=st.booleans(),
)
given_reasons = st.builds(lambda *known: weighed(factors_of(*known)), given_said, standings)


def reasons(*, standing=None, weights=USUAL_WEIGHTS, **said):
    return weighed(factors_of(Said(**said), standing or Standing()), weights)


def test_praise_alone_gives_no_reason():
    assert reasons(positions=[1.0, 1.0], rating="like") == {}
    assert reasons() == {}


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"is_flagged": True}, {"flagged": 3.0}),
        ({"has_correction": True}, {"has_correction": 2.0}),
        ({"rating": "dislike"}, {"disliked": 1.0}),
        ({"positions": [0.0]}, {"low_score": 2.0}),
        ({"positions": [0.75]}, {"low_score": 0.5}),
        ({"positions": [1.0, 0.25, 0.5]}, {"low_score": 1.5}),
    ],
)
def test_each_reason_is_named_with_its_number(what, reason):
    assert reasons(**what) == reason


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(disagreement=0.5), {"disagreement": 1.0}),
        (Standing(uncertainty=1.0), {"uncertainty": 2.0}),
        (Standing(thin_evidence=0.5, novelty=0.0), {"thin_evidence": 0.5}),
        (Standing(novelty=0.25), {"novelty": 0.25}),
        (Standing(), {}),
    ],
)
def test_what_is_little_known_is_wanted_and_says_why(standing, reason):
    assert reasons(standing=standing) == reason
    assert reasons(standing=standing, is_flagged=True) == {"flagged": 3.0, **reason}


def test_weights_decide_what_counts():
    weights = Weights(flagged=0.0, novelty=10.0)
    found = reasons(is_flagged=True, standing=Standing(novelty=0.5), weights=weights)
    assert found == {"novelty": 5.0}


def test_weights_of_which_nothing_is_said_are_the_usual_ones():
    assert weights_of(None) == weights_of({}) == USUAL_WEIGHTS
    assert weights_of({"flagged": 7}) == replace(USUAL_WEIGHTS, flagged=7.0)


def test_each_weight_is_that_of_a_factor():
    every = factors_of(
        Said(positions=[0], rating="dislike", has_correction=True, is_flagged=True),
        Standing(disagreement=1, uncertainty=1, thin_evidence=1, novelty=1),
    )
    assert every == dict.fromkeys(Weights.__slots__, 1.0)


@given(given_said, standings)
def test_reasons_lead_back_to_the_factors_they_were_made_of(said, standing):
    factors = factors_of(said, standing)
    found = unweighed(weighed(factors))
    # What counts less than a thousandth is not told.
    assert all(found.get(name, 0) == pytest.approx(factors[name], abs=0.001) for name in factors)


def test_people_are_as_far_apart_as_on_what_they_are_most_apart_on():
    assert widest_disagreement([]) == widest_disagreement([{"clarity": 1}]) == 0
    assert widest_disagreement([{"clarity": 1}, {"accuracy": 0}]) == 0
    stances = [{"clarity": 1, "accuracy": 0.5}, {"clarity": 0.5, "accuracy": 0.5}, {"rating": 1}]
    assert widest_disagreement(stances) == 0.5


def test_what_to_expect_moves_from_half_towards_what_was_seen():
    assert expected_share(0, 0) == 0.5
    assert expected_share(1, 0) == pytest.approx(2 / 3)
    assert expected_share(0, 1) == pytest.approx(1 / 3)
    assert expected_share(30, 0) > 0.96


def test_scores_that_lie_apart_disagree():
    assert disagreement([]) == disagreement([0.5]) == disagreement([0.7, 0.7]) == 0
    assert disagreement([0, 1]) == disagreement([1, 0, 0, 1]) == 1
    assert 0 < disagreement([0.25, 0.5]) < disagreement([0.25, 1])


def test_a_toss_up_is_most_uncertain():
    assert (uncertainty(0), uncertainty(0.5), uncertainty(1)) == (0, 1, 0)
    assert uncertainty(0.9) == pytest.approx(0.469, abs=0.001)


def test_each_rating_thickens_the_evidence():
    assert [thin_evidence(ratings) for ratings in (0, 1, 3)] == [1, 0.5, 0.25]


def test_reasons_add_up():
    found = reasons(is_flagged=True, has_correction=True, rating="dislike", positions=[0])
    assert explain(found, MOMENT, MOMENT) == (8.0, {**found, "age": 0.0})


def test_a_flag_outweighs_a_correction_and_that_a_dislike():
    flag, correction, dislike = (
        queue_key(reasons(**what), MOMENT)
        for what in ({"is_flagged": True}, {"has_correction": True}, {"rating": "dislike"})
    )
    assert flag > correction > dislike > queue_key({}, MOMENT)


def test_waiting_a_day_counts_half_a_point():
    number, named = explain({"disliked": 1.0}, MOMENT - timedelta(days=3), MOMENT)
    assert (number, named) == (2.5, {"disliked": 1.0, "age": 1.5})


def test_a_clock_that_runs_behind_makes_no_negative_age():
    assert explain({}, MOMENT + timedelta(hours=1), MOMENT) == (0.0, {"age": 0.0})


def test_nothing_waits_for_ever_behind_fresh_complaints():
    worst = reasons(is_flagged=True, has_correction=True, rating="dislike", positions=[0])
    old_praise = queue_key({}, MOMENT - timedelta(days=17))
    assert old_praise > queue_key(worst, MOMENT)


@given(given_reasons, moments, given_reasons, moments, st.timedeltas(timedelta(0)))
def test_the_order_of_two_never_changes_while_they_wait(one, at, other, other_at, wait):
    now = max(at, other_at) + min(wait, timedelta(days=3650))
    ahead = queue_key(one, at) - queue_key(other, other_at)
    shown = explain(one, at, now)[0] - explain(other, other_at, now)[0]
    # What is shown is rounded; the stored key is not.
    assert shown == pytest.approx(ahead, abs=0.005)


@given(given_reasons, moments, st.timedeltas(timedelta(0), timedelta(days=365)))
def test_the_priority_is_the_sum_of_its_named_reasons(found, at, wait):
    number, named = explain(found, at, at + wait)
    assert number == pytest.approx(sum(named.values()), abs=0.001)
    assert named.keys() == found.keys() | {"age"}


@given(st.lists(st.floats(0, 1), max_size=10))
def test_disagreement_lies_between_nought_and_one_and_minds_no_order(positions):
    assert 0 <= disagreement(positions) <= 1 + 1e-9
    assert disagreement(positions[::-1]) == pytest.approx(disagreement(positions))


@given(st.floats(0, 1))
def test_uncertainty_is_the_same_for_yes_and_no(probability):
    assert 0 <= uncertainty(probability) <= 1 + 1e-9
    assert uncertainty(1 - probability) == pytest.approx(uncertainty(probability), abs=1e-6)


@given(standings, st.sampled_from(["disagreement", "uncertainty", "thin_evidence", "novelty"]))
def test_knowing_less_never_makes_anything_less_wanted(standing, name):
    more = replace(standing, **{name: 1.0})
    assert sum(reasons(standing=more).values()) >= sum(reasons(standing=standing).values())
