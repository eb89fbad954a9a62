"""Items in batches: all of them, in order, and none taken too early."""

from itertools import count, islice

from hypothesis import given
from hypothesis import strategies as st

from app.utils.iterables import batched, filled


@given(st.lists(st.integers()), st.integers(1, 9))
def test_batches_hold_all_items_in_order_and_only_the_last_is_smaller(items, size):
    found = list(batched(items, size))
    assert [item for batch in found for item in batch] == items
    assert all(len(batch) == size for batch in found[:-1])
    assert all(0 < len(batch) <= size for batch in found)


def test_what_never_ends_is_taken_as_far_as_it_is_asked_for():
    endless = count()
    assert list(islice(batched(endless, 3), 2)) == [[0, 1, 2], [3, 4, 5]]
    assert next(endless) == 6


@given(st.lists(st.integers(0, 5)), st.integers(1, 9), st.integers(0, 12))
def test_lists_are_filled_until_they_have_enough_items_or_room_for_no_more(items, most, room):
    found = list(filled(items, most=most, room=room, size=lambda item: item))
    assert [item for batch in found for item in batch] == items
    assert all(len(batch) == most or sum(batch) > room for batch in found[:-1])
    assert all(0 < len(batch) <= most and sum(batch[:-1]) <= room for batch in found)
