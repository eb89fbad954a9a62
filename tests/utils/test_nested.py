"""What is nested is told by its path, and only so much of it."""

from app.utils.nested import by_path

FAULTS = {"ratings": {0: {"score": ["expected 1 to 5", "found 9"]}, 2: {"score": "none"}}, "n": [7]}


def test_texts_stand_under_the_names_that_lead_to_them():
    assert by_path(FAULTS, most=9) == {
        "ratings.0.score": ["expected 1 to 5", "found 9"],
        "ratings.2.score": ["none"],
        "n": ["7"],
    }


def test_no_more_are_told_than_asked_for():
    assert list(by_path(FAULTS, most=1)) == ["ratings.0.score"]


def test_what_has_no_names_has_the_empty_path():
    assert by_path(["wrong"], most=1) == {"": ["wrong"]}
