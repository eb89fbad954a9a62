"""Texts that are much alike share a band, others do not."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.text_bands import BANDS, bands

SAID = "The answer names the wrong year, and the source that it gives does not say so."


def test_the_same_text_has_the_same_bands_however_it_is_spaced():
    assert len(bands(SAID)) == BANDS
    assert bands(SAID) == bands(f"  {SAID.upper()}  ".replace(" ", "  "))


def test_a_text_that_was_changed_a_little_shares_a_band():
    assert set(bands(SAID)) & set(bands(f"{SAID} Look."))


def test_another_text_shares_none():
    other = "A good explanation for beginners; a picture would have made it better still."
    assert not set(bands(SAID)) & set(bands(other))


def test_what_is_too_short_says_too_little():
    assert bands("") == bands("Good answer.") == []


def test_what_comes_late_in_a_long_text_is_not_looked_at():
    long = "0123456789 abcdef " * 200
    assert bands(long) == bands(f"{long} and more")


@given(st.text())
def test_bands_fit_a_column_of_eight_bytes(text):
    assert all(-(2**63) <= band < 2**63 for band in bands(text))
