"""Components: what is linked has one root, the smallest number of all that hang together."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.components import Components

NUMBERS = st.integers(0, 19)


def test_the_smallest_number_stands_for_its_component():
    found = Components(5)
    found.link(4, 2)
    found.link(2, 3)
    assert [found.root(number) for number in range(5)] == [0, 1, 2, 2, 2]


def test_what_is_added_hangs_on_none_until_it_is_linked():
    found = Components(2)
    number = found.add()
    assert [found.root(one) for one in (0, 1, number)] == [0, 1, 2]
    found.link(1, number)
    assert found.root(number) == 1


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=40))
def test_two_numbers_have_one_root_where_links_lead_from_one_to_the_other(links):
    found, parts = Components(20), {number: {number} for number in range(20)}
    for one, other in links:
        found.link(one, other)
        whole = parts[one] | parts[other]
        parts |= dict.fromkeys(whole, whole)
    assert [found.root(number) for number in range(20)] == [min(parts[n]) for n in range(20)]
