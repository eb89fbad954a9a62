"""What ends unasked is started again, but not for ever."""

import pytest

from devstack.errors import PartError
from devstack.watching import Watch


class FakeChild:
    name = "web"

    def __init__(self):
        self.code = None
        self.begun = 0

    def begin(self):
        self.code = None
        self.begun += 1

    def poll(self):
        return self.code

    def ended_as(self):
        return "was ended by SIGKILL"


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def child():
    return FakeChild()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def remembered():
    return []


@pytest.fixture
def watch(child, clock, remembered):
    return Watch(child, delay=5, on_begin=lambda: remembered.append(clock()), clock=clock)


def crash(child, watch, clock, after=0):
    clock.now += after
    child.code = -9
    watch.look()
    clock.now += 5
    watch.look()


def test_a_child_that_runs_is_left_alone(child, watch):
    watch.look()
    assert child.begun == 0


def test_a_child_that_ended_starts_again_after_the_delay(child, watch, clock, remembered, capsys):
    child.code = -9
    watch.look()
    clock.now += 4
    watch.look()
    assert child.begun == 0
    clock.now += 1
    watch.look()
    assert child.begun == 1
    assert remembered == [clock.now]
    told = capsys.readouterr().out
    assert "web was ended by SIGKILL unexpectedly" in told
    assert "web started again" in told


def test_a_child_that_keeps_ending_is_given_up(child, watch, clock):
    for _ in range(5):
        crash(child, watch, clock)
    with pytest.raises(PartError, match="web was ended by SIGKILL again and again"):
        crash(child, watch, clock)


def test_a_child_that_ends_now_and_then_is_not_given_up(child, watch, clock):
    for _ in range(20):
        crash(child, watch, clock, after=60)
    assert child.begun == 20
