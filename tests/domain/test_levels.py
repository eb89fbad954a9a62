"""Levels begin with so many points, and some carry a right."""

import pytest

from app.domain.levels import level_of, next_step, verdict_weight


@pytest.mark.parametrize(
    ("points", "level"),
    [
        (-5, "newcomer"),
        (0, "newcomer"),
        (49, "newcomer"),
        (50, "contributor"),
        (499, "contributor"),
        (500, "trusted"),
        (2000, "expert"),
        (10**9, "expert"),
    ],
)
def test_a_level_begins_with_its_points(points, level):
    assert level_of(points) == level


def test_what_comes_next_is_told_until_there_is_nothing_above():
    found = next_step(49)
    assert found is not None
    assert (found.level, found.points) == ("contributor", 50)
    assert next_step(2000) is None


@pytest.mark.parametrize(
    ("level", "weight"),
    [("newcomer", 1), ("contributor", 1), ("trusted", 3), ("expert", 3)],
)
def test_verdicts_of_trusted_people_count_as_the_policy_says(level, weight):
    assert verdict_weight(level, trusted_weight=3) == weight
