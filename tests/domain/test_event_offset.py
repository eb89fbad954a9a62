"""Offsets of the log are opaque strings that sort as the log does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.event_offset import START, EventOffset, parse_offset

BIGGEST = 2**63 - 1
numbers = st.integers(0, BIGGEST)
offsets = st.builds(EventOffset, numbers, numbers)


@given(offsets)
def test_an_offset_survives_its_wire_form(offset):
    assert parse_offset(str(offset)) == offset


@given(offsets, offsets)
def test_the_wire_form_sorts_as_the_log_does(one, other):
    assert (str(one) < str(other)) == (one < other)


@given(numbers, numbers, numbers)
def test_the_transaction_comes_before_the_sequence(transaction, low, high):
    later = EventOffset(transaction + 1, low)
    assert EventOffset(transaction, high) < later


def test_the_start_is_before_everything():
    assert EventOffset(0, 1) > START
    assert str(START) == "0" * 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0" * 31,
        "0" * 33,
        "g" * 32,
        "A" * 32,
        "0" * 31 + "\n",
        "0" * 32 + "\n",
        "\u0660" * 32,
        "-" + "0" * 31,
        " " + "0" * 31,
    ],
)
def test_what_is_no_offset_is_told_apart(text):
    assert parse_offset(text) is None


@pytest.mark.parametrize("text", ["8" + "0" * 31, "0" * 16 + "8" + "0" * 15, "f" * 32])
def test_a_number_that_the_database_could_not_hold_is_no_offset(text):
    assert parse_offset(text) is None


def test_the_biggest_number_is_an_offset():
    assert parse_offset(("7" + "f" * 15) * 2) == EventOffset(BIGGEST, BIGGEST)
