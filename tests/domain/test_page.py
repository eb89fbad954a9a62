"""Pages are cut out of one row more than was asked for."""

import pytest

from app.domain.page import Page, PageRequest, page_of


def key(row):
    return (row, row * 10)


def test_where_more_follows_the_page_ends_with_the_key_of_its_last_item():
    assert page_of([5, 6, 7], PageRequest(2), key) == Page([5, 6], (6, 60))


@pytest.mark.parametrize("rows", [[], [5], [5, 6]])
def test_where_nothing_follows_there_is_no_next_key(rows):
    assert page_of(rows, PageRequest(2), key) == Page(rows, None)


def test_more_rows_than_one_extra_are_cut_as_well():
    assert page_of([1, 2, 3, 4], PageRequest(1), key) == Page([1], (1, 10))
