"""Mappings from an old scale to a new one."""

import pytest

from app.domain.scale_mapping import carried, mapping_faults

FIVE = {"type": "numeric", "min": 1, "max": 5, "step": 1}
TEN = {"type": "numeric", "min": 0, "max": 10, "step": 1}
YES = {"type": "boolean"}
WORDS = {"type": "categorical", "categories": ["bad", "fair", "good"]}
LINEAR = {"type": "linear"}
TABLE = {"type": "table", "table": [{"from": 1, "to": False}, {"from": 5, "to": True}]}


@pytest.mark.parametrize(
    ("score", "old", "new", "expected"),
    [(1, FIVE, TEN, 0), (5, FIVE, TEN, 10), (2, FIVE, TEN, 2.5), (True, YES, FIVE, 5),
     ("fair", WORDS, TEN, 5), (10, TEN, FIVE, 5)],
)  # fmt: skip
def test_a_linear_mapping_keeps_where_a_score_lies(score, old, new, expected):
    assert mapping_faults(LINEAR, old=old, new=new) == {}
    assert carried(score, mapping=LINEAR, old=old, new=new) == expected


@pytest.mark.parametrize("new", [YES, WORDS])
def test_between_words_there_is_no_line(new):
    assert mapping_faults(LINEAR, old=FIVE, new=new).keys() == {"type"}
    assert carried(3, mapping=LINEAR, old=FIVE, new=new) is None


@pytest.mark.parametrize(("score", "expected"), [(1, False), (5, True), (3, None)])
def test_a_table_says_it_for_each_score(score, expected):
    assert mapping_faults(TABLE, old=FIVE, new=YES) == {}
    assert carried(score, mapping=TABLE, old=FIVE, new=YES) is expected


def test_without_a_mapping_nobody_has_said():
    assert carried(3, mapping=None, old=FIVE, new=TEN) is None


def test_every_fault_of_a_table_is_named_at_its_place():
    rows = [(1, 2), (9, 2), (1, 3), (2, 99), ("bad", "good")]
    mapping = {"type": "table", "table": [{"from": old, "to": new} for old, new in rows]}
    found = mapping_faults(mapping, old=FIVE, new=TEN)["table"]
    assert {place: set(faults) for place, faults in found.items()} == {
        1: {"from"},
        2: {"from"},
        3: {"to"},
        4: {"from", "to"},
    }
    assert found[2]["from"] == "expected different scores, found one twice"
