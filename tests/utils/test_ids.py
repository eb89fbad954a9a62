"""Identifiers are UUIDs of version 7, which sort by the time they were made."""

from app.utils.ids import new_id


def test_identifiers_are_of_version_7_and_never_the_same():
    made = [new_id() for _ in range(1000)]
    assert {one.version for one in made} == {7}
    assert len(set(made)) == 1000


def test_identifiers_sort_by_the_time_they_were_made():
    made = [new_id() for _ in range(1000)]
    assert sorted(made) == made
