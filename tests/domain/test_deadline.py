"""A deadline tells what time is left, and never less than none."""

from app.domain.deadline import Deadline


def test_it_is_as_far_away_as_was_said():
    assert 9 < Deadline.after(10).remaining() <= 10


def test_steps_share_what_is_left():
    deadline = Deadline.after(10)
    before = deadline.remaining()
    assert deadline.remaining() <= before


def test_nothing_is_left_once_it_has_passed():
    assert Deadline.after(-1).remaining() == 0
