"""Splits keep together what a conversation or a person links, whatever the data."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.splits import Splits, components

SHARES = (("train", 0.8), ("validation", 0.1), ("test", 0.1))


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 9)), max_size=60), st.integers())
def test_no_conversation_and_no_person_is_in_two_parts(pairs, seed):
    splits = Splits(shares=SHARES, seed=seed)
    found = components(pairs, conversations=20, people=10)
    parts_of = defaultdict(set)
    for conversation, person in pairs:
        part = splits.of(str(found.root(conversation)))
        parts_of["conversation", conversation].add(part)
        parts_of["person", person].add(part)
    assert {len(parts) for parts in parts_of.values()} <= {1}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.randoms())
def test_the_order_of_rows_changes_nothing(pairs, chance):
    shuffled = list(pairs)
    chance.shuffle(shuffled)
    one, other = (components(these, conversations=10, people=10) for these in (pairs, shuffled))
    assert [one.root(n) for n in range(10)] == [other.root(n) for n in range(10)]


def test_shares_are_met_where_components_are_many_and_small():
    splits = Splits(shares=SHARES, seed=7)
    found = Counter(splits.of(str(number)) for number in range(10_000))
    assert found["train"] == pytest.approx(8000, rel=0.03)
    assert found["validation"] == pytest.approx(1000, rel=0.15)
    assert found["test"] == pytest.approx(1000, rel=0.15)


def test_another_seed_draws_anew_and_the_same_seed_does_not():
    keys = [str(number) for number in range(200)]
    one, same, other = (Splits(shares=SHARES, seed=seed) for seed in (1, 1, 2))
    assert [one.of(key) for key in keys] == [same.of(key) for key in keys]
    assert [one.of(key) for key in keys] != [other.of(key) for key in keys]


def test_a_part_without_a_share_gets_nothing():
    splits = Splits(shares=(("train", 0.0), ("test", 1.0), ("validation", 0.0)))
    assert {splits.of(str(number)) for number in range(500)} == {"test"}


def test_shares_that_miss_the_whole_lose_no_row(monkeypatch):
    splits = Splits(shares=(("train", 1e-9), ("test", 1e-9)))
    monkeypatch.setattr("app.domain.splits._WHOLE", 1)
    assert splits.of("any") == "test"
