"""What deserves a validator's attention first, and why it stays in order while it waits."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.priority import explain, queue_key, reasons_for

MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001  # Hypothesis adds the zone itself.
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
given_reasons = st.builds(
    reasons_for,
    positions=st.lists(st.floats(0, 1), max_size=4),
    rating=st.sampled_from([None, "like", "dislike"]),
    has_correction=st.booleans(),
    is_flagged=st.booleans(),
)


def reasons(**changes):
    plain = {"positions": [], "rating": None, "has_correction": False, "is_flagged": False}
    return reasons_for(**{**plain, **changes})


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
