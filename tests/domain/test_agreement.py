"""Krippendorff's alpha against the figures that are published for known data."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.agreement import alpha_of, coincidences
from tests.ratings import pandalm_votes

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers,
# twelve units, "." where an observer said nothing.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def units_of(rows, values):
    """Return each unit's counts, out of one row of answers an observer."""
    for unit in zip(*rows, strict=True):
        said = Counter(unit)
        yield [said[value] for value in values]


def krippendorff_alpha(units, *, values, level):
    met = coincidences(((unit, 1) for unit in units), size=len(values))
    return alpha_of(met, values=values, level=level)


def textbook():
    rows = [[int(word) if word != "." else None for word in row.split()] for row in OBSERVERS]
    return list(units_of(rows, (1, 2, 3, 4, 5)))


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_the_textbook_is_the_published_one(level, published):
    alpha = krippendorff_alpha(textbook(), values=(1, 2, 3, 4, 5), level=level)
    assert round(alpha.value, 3) == published
    assert (alpha.undefined, alpha.units, alpha.ratings) == (None, 11, 40)


def test_alpha_of_three_annotators_of_999_real_rows_is_the_known_one():
    alpha = krippendorff_alpha(pandalm_votes().counts(), values=(0, 1, 2), level="nominal")
    assert (round(alpha.value, 4), alpha.units, alpha.ratings) == (0.8642, 999, 2997)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_raters_who_always_agree_have_an_alpha_of_one(level):
    units = [[2, 0, 0], [0, 3, 0], [0, 0, 2]]
    assert krippendorff_alpha(units, values=(1, 2, 3), level=level).value == 1


def test_raters_who_systematically_differ_have_an_alpha_below_zero():
    assert krippendorff_alpha([[1, 1]] * 4, values=(0, 1), level="nominal").value < 0


def test_a_near_miss_weighs_less_than_a_far_one_where_values_have_distances():
    near, far = ([[5, 0, 0], [0, 0, 5], unit] for unit in ([1, 1, 0], [1, 0, 1]))
    near_alpha, far_alpha = (
        krippendorff_alpha(units, values=(1, 2, 3), level="interval").value for units in (near, far)
    )
    assert near_alpha > far_alpha


@pytest.mark.parametrize(
    ("units", "why"),
    [
        pytest.param([], "nothing_rated_twice", id="nothing was rated"),
        pytest.param([[1, 0], [0, 1]], "nothing_rated_twice", id="nothing was rated twice"),
        pytest.param([[2, 0], [3, 0]], "nobody_differed", id="nobody said anything else"),
    ],
)
def test_alpha_is_not_defined_where_ratings_cannot_differ_or_meet(units, why):
    alpha = krippendorff_alpha(units, values=(0, 1), level="nominal")
    assert (alpha.value, alpha.undefined) == (None, why)


def test_alpha_is_not_defined_without_any_value():
    assert krippendorff_alpha([], values=(), level="interval").value is None


def test_a_unit_with_a_single_rating_changes_nothing():
    values = (1, 2, 3, 4, 5)
    alone = [*textbook(), [0, 0, 0, 0, 1]]
    with_it, without = (
        krippendorff_alpha(units, values=values, level="interval").value
        for units in (alone, textbook())
    )
    assert with_it == pytest.approx(without, abs=1e-12)


def test_units_too_many_for_one_batch_count_like_few():
    # The correction for small samples alone is gone: the rest is the same shares.
    units = np.tile(textbook(), (1000, 1))
    few, many = (
        krippendorff_alpha(one, values=(1, 2, 3, 4, 5), level="nominal")
        for one in (textbook(), units)
    )
    assert (many.units, many.ratings) == (11_000, 40_000)
    disagreement = (1 - few.value) / (1 - many.value)
    assert disagreement == pytest.approx((40 - 1) / 40, abs=1e-4)


counts = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), max_size=12)


@given(counts)
def test_alpha_never_exceeds_one_and_does_not_mind_the_order_of_units(units):
    alpha = krippendorff_alpha(units, values=(1, 2, 4), level="interval")
    turned = krippendorff_alpha(units[::-1], values=(1, 2, 4), level="interval")
    assert alpha.value is None or alpha.value <= 1 + 1e-12
    assert turned.undefined == alpha.undefined
    assert turned.value == (None if alpha.value is None else pytest.approx(alpha.value))


@given(counts)
def test_alpha_is_what_its_definition_says_pair_by_pair(units):
    pairs = [
        (one, other, 1 / (sum(unit) - 1))
        for unit in units
        for one, other in permutations([value for value, n in enumerate(unit) for _ in range(n)], 2)
    ]
    said = [value for unit in units if sum(unit) > 1 for value in np.repeat((0, 1, 2), unit)]
    expected = sum((one - other) ** 2 for one in said for other in said)
    alpha = krippendorff_alpha(units, values=(0, 1, 2), level="interval")
    if not expected:
        assert alpha.value is None
        return
    observed = sum(weight * (one - other) ** 2 for one, other, weight in pairs)
    defined = 1 - (len(said) - 1) * observed / expected
    assert alpha.value == pytest.approx(defined)


@given(counts, st.floats(0.1, 10), st.floats(-10, 10))
def test_alpha_of_distances_minds_neither_unit_nor_zero_of_the_scale(units, factor, summand):
    plain, moved = (
        krippendorff_alpha(units, values=values, level="interval").value
        for values in ((1, 2, 4), [factor * value + summand for value in (1, 2, 4)])
    )
    assert moved == (None if plain is None else pytest.approx(plain, abs=1e-6))
