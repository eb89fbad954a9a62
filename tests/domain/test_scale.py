"""Scales say which scores fit, and where a score lies on them."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.scale import (
    DEFAULT_SCALE,
    BooleanScale,
    CategoricalScale,
    NumericScale,
    normal_scale,
    parse_scale,
    scale_faults,
)

FIVE = parse_scale(DEFAULT_SCALE)
TONES = CategoricalScale(("rude", "neutral", "kind"))


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5, 5.0])
def test_whole_steps_fit_the_default_scale(score):
    assert FIVE.fault(score) is None


@pytest.mark.parametrize(
    ("score", "fault"),
    [
        (0, "expected a number from 1 to 5, found 0"),
        (6, "expected a number from 1 to 5, found 6"),
        (5.5, "expected a number from 1 to 5, found 5.5"),
        (2.5, "expected steps of 1 from 1, found 2.5"),
        ("4", "expected a number from 1 to 5, found a string"),
        (True, "expected a number from 1 to 5, found a boolean"),
        (None, "expected a number from 1 to 5, found something else"),
        (float("nan"), "expected a number from 1 to 5, found nan"),
    ],
)
def test_what_does_not_fit_numbers_is_named_with_what_was_expected(score, fault):
    assert FIVE.fault(score) == fault


def test_a_step_of_a_tenth_takes_tenths_despite_binary_fractions():
    scale = NumericScale(0, 1, 0.1)
    assert [scale.fault(tenth / 10) for tenth in range(11)] == [None] * 11
    assert scale.fault(0.1 + 0.2) is None
    assert scale.fault(0.35) == "expected steps of 0.1 from 0, found 0.35"


def test_a_step_of_zero_takes_any_number_between():
    scale = NumericScale(-1, 1, 0)
    assert scale.fault(0.123456789) is None
    assert scale.fault(1.01) is not None


def test_steps_are_counted_from_the_least_number():
    scale = NumericScale(1, 10, 3)
    assert [score for score in range(1, 11) if scale.fault(score) is None] == [1, 4, 7, 10]


@pytest.mark.parametrize("score", [True, False])
def test_yes_and_no_fit_a_boolean_scale(score):
    assert BooleanScale().fault(score) is None


@pytest.mark.parametrize(
    ("score", "found"), [(1, "a number"), ("true", "a string"), (0.0, "a number")]
)
def test_what_merely_looks_like_yes_or_no_does_not_fit(score, found):
    assert BooleanScale().fault(score) == f"expected true or false, found {found}"


def test_named_categories_fit_and_others_do_not():
    assert [TONES.fault(name) for name in TONES.categories] == [None] * 3
    assert TONES.fault("Kind") == "expected one of rude, neutral, kind, found 'Kind'"
    assert TONES.fault(1) == "expected one of rude, neutral, kind, found a number"


def test_a_fault_shows_only_the_beginning_of_a_long_score():
    assert TONES.fault("x" * 200).endswith(f"found '{'x' * 40}'")


@pytest.mark.parametrize(
    ("scale", "score", "position"),
    [
        (FIVE, 1, 0),
        (FIVE, 3, 0.5),
        (FIVE, 5, 1),
        (NumericScale(-10, 10, 0), 5, 0.75),
        (BooleanScale(), False, 0),
        (BooleanScale(), True, 1),
        (TONES, "rude", 0),
        (TONES, "neutral", 0.5),
        (TONES, "kind", 1),
    ],
)
def test_a_score_lies_between_nought_and_one(scale, score, position):
    assert scale.position(score) == position


def test_scales_are_read_as_they_are_stored():
    assert parse_scale({"type": "boolean"}) == BooleanScale()
    assert parse_scale({"type": "categorical", "categories": ["a", "b"]}) == CategoricalScale(
        ("a", "b")
    )
    assert parse_scale({"type": "numeric", "min": 0, "max": 10, "step": 0.5}) == NumericScale(
        0, 10, 0.5
    )


def test_a_numeric_scale_gets_the_defaults_it_does_not_name():
    assert normal_scale({"type": "numeric"}) == DEFAULT_SCALE
    assert normal_scale({"type": "numeric", "max": 3})["max"] == 3
    assert normal_scale({"type": "boolean"}) == {"type": "boolean"}


@pytest.mark.parametrize(
    "scale",
    [
        {"type": "numeric"},
        {"type": "numeric", "min": 0, "max": 1, "step": 1},
        {"type": "numeric", "min": 0, "max": 1, "step": 0},
        {"type": "boolean"},
        {"type": "categorical", "categories": ["bad", "good"]},
    ],
)
def test_possible_scales_have_no_faults(scale):
    assert scale_faults(scale) == {}


@pytest.mark.parametrize(
    ("scale", "faults"),
    [
        (
            {"type": "numeric", "min": 5, "max": 5},
            {"max": "expected more than min (5), found 5"},
        ),
        ({"type": "numeric", "min": 9}, {"max": "expected more than min (9), found 5"}),
        ({"type": "numeric", "step": -1}, {"step": "expected from 0 to 4, found -1"}),
        ({"type": "numeric", "step": 4.5}, {"step": "expected from 0 to 4, found 4.5"}),
        (
            {"type": "numeric", "step": 1e-300},
            {"step": "expected a step that the scale has fewer than 2**53 of, found 1e-300"},
        ),
        (
            {"type": "numeric", "categories": ["a", "b"]},
            {"categories": "not for a numeric scale"},
        ),
        (
            {"type": "boolean", "min": 0, "max": 1, "categories": ["a", "b"]},
            {
                "categories": "not for a boolean scale",
                "min": "not for a boolean scale",
                "max": "not for a boolean scale",
            },
        ),
        (
            {"type": "categorical"},
            {"categories": "expected at least 2 categories, found 0"},
        ),
        (
            {"type": "categorical", "categories": ["one"]},
            {"categories": "expected at least 2 categories, found 1"},
        ),
        (
            {"type": "categorical", "categories": ["a", "b", "a"], "step": 1},
            {
                "step": "not for a categorical scale",
                "categories": "expected different categories, found one twice",
            },
        ),
    ],
)
def test_an_impossible_scale_is_refused_field_by_field(scale, faults):
    assert scale_faults(scale) == faults


@given(
    least=st.integers(-1000, 1000),
    width=st.integers(1, 1000),
    step=st.sampled_from([0, 0.1, 0.25, 1, 3]),
    score=st.floats(-3000, 3000),
)
def test_a_score_that_fits_lies_on_its_scale(least, width, step, score):
    value = {"type": "numeric", "min": least, "max": least + width, "step": step}
    assume(not scale_faults(value))
    scale = parse_scale(value)
    if scale.fault(score) is None:
        assert 0 <= scale.position(score) <= 1
    else:
        assert scale.fault(least) is None


@given(st.integers(0, 100), st.integers(1, 50), st.sampled_from([0.1, 0.25, 0.5, 1]))
def test_every_step_of_a_scale_fits(place, width, step):
    scale = NumericScale(0, width, step)
    score = place * step
    assert (scale.fault(score) is None) == (score <= width)
